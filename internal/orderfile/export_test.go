package orderfile

import "strings"

// Check reads a whole file, whatever is in it.
func Check(text string) {
	lines, _, err := read(strings.NewReader(text))
	if err != nil {
		return
	}
	heading, err := lines.Read()
	if err != nil {
		return
	}
	rows, err := newReader(heading, "Asia/Shanghai", "CNY")
	if err != nil {
		return
	}
	for {
		line, err := lines.Read()
		if err != nil {
			return
		}
		if o, wrong := rows.row(line); wrong == "" && (o.Amount < 0 || o.Commission < 0) {
			panic("an amount below zero")
		}
	}
}

package orderfile

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"deputy/ent/order"
)

// fields are what columns hold, in the order in which people are told of them.
var fields = []field{number, platformID, productName, amount, commission, status, paidAt, settledAt}

// Describe writes what a file of orders may hold: its kinds, its columns under all names that are known, and what
// their cells may say.
func Describe(out io.Writer) error {
	var b strings.Builder
	b.WriteString("\nFiles / 文件\n  CSV, TSV, XLSX, JSON Lines; UTF-8, UTF-16, GB18030 (GBK), Big5\n\nColumns, in any " +
		"order / 列，顺序不限\n")
	for _, f := range fields {
		needed := "required / 必填"
		if !slices.Contains(required, f) {
			needed = "optional / 可选"
		}
		fmt.Fprintf(&b, "  %s (%s)\n      %s\n", headings[f][1], needed, strings.Join(headings[f], ", "))
	}
	b.WriteString("\nStatuses / 状态\n")
	for _, s := range []order.Status{order.StatusPAID, order.StatusSETTLED, order.StatusREFUNDED} {
		texts := slices.DeleteFunc(slices.Sorted(maps.Keys(statuses)), func(text string) bool { return statuses[text] != s })
		fmt.Fprintf(&b, "  %s\n      %s\n", s, strings.Join(texts, ", "))
	}
	b.WriteString("\nAmounts / 金额\n" +
		"  199.00 or 1,299.00 in the org's currency; whole numbers of its smallest unit under amount, commission and (分)\n" +
		"  以机构货币填写；列名为 amount、commission 或带（分）时填最小货币单位的整数\n" +
		"\nTimes / 时间\n" +
		"  2026-03-01 12:00:00 in the org's time zone, or 2026-03-01T12:00:00+08:00\n" +
		"  按机构时区填写，或写明时差\n")
	_, err := io.WriteString(out, b.String())
	return err
}

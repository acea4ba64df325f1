package orderfile

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"deputy/ent/creator"
	"deputy/ent/order"
)

// Describe writes the description of files: their formats, their columns with all known names, and the values of cells.
func Describe(out io.Writer) error {
	var b strings.Builder
	b.WriteString("\nFiles / 文件\n  CSV, TSV, XLSX, JSON Lines; UTF-8, UTF-16, GB18030 (GBK), Big5\n")
	orderLayout.describe(&b, "Columns of orders, in any order / 订单的列，顺序不限")
	b.WriteString("\nStatuses of orders / 订单状态\n")
	for _, s := range []order.Status{order.StatusPAID, order.StatusSETTLED, order.StatusREFUNDED} {
		describeTexts(&b, s, statuses)
	}
	creatorLayout.describe(&b, "Columns of creators, in any order / 达人的列，顺序不限")
	b.WriteString("\nStatuses of creators / 达人状态\n")
	for _, s := range []creator.Status{creator.StatusSIGNED, creator.StatusENDED} {
		describeTexts(&b, s, creatorStatuses)
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

// describe writes the columns of a layout.
func (l *layout) describe(b *strings.Builder, title string) {
	fmt.Fprintf(b, "\n%s\n", title)
	for _, f := range l.fields {
		needed := "required / 必填"
		if !slices.Contains(l.required, f) {
			needed = "optional / 可选"
		}
		fmt.Fprintf(b, "  %s (%s)\n      %s\n", l.headings[f][1], needed, strings.Join(l.headings[f], ", "))
	}
}

// describeTexts writes the texts that mean a status.
func describeTexts[S ~string](b *strings.Builder, s S, all map[string]S) {
	texts := slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(text string) bool { return all[text] != s })
	fmt.Fprintf(b, "  %s\n      %s\n", s, strings.Join(texts, ", "))
}

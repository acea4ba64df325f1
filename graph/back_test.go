package graph_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// pieces are what texts are drawn from that somebody, a spreadsheet or a file may take for something else.
var pieces = []string{
	"a", "Z", "0", "7", "007", "1e5", "6.9E+18", "2026-03-01", "TRUE", "=", "+", "-", "@", "'", "`", "‘", "\"", "\"\"",
	",", ";", "\t", "|", " ", "　", "\u00a0", ".", "#N/A", "#",
	"(", ")", "%", "¥", "元", "口红", "王", "𠮷", "é", "e\u0301", "👩\u200d🍳", "❤️\u200d🔥", "علی\u200cرضا", "ශ්\u200dරී",
	"\u200b", "\u00ad", "\ufeff", "ｍａｒｙ", "９", "ß", "ﬁ", "Ω", "\\", "/", "<&>", "\r", "\n", "--", "—",
	"无", "合计", "合计：", "total", "说明：", "sep=;", "共 3 条", "订单号", "https://a.cn", "\x1f", "\u202e", "{}", "[",
	"=HYPERLINK(\"x\")", "_x000D_", "&amp;",
}

// TestEveryTextComesBackFromAFile: of all texts that an order takes, what Deputy writes into a file it reads again as
// the same order.
func TestEveryTextComesBackFromAFile(t *testing.T) {
	t.Parallel()
	text := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 5).Draw(t, "pieces"), "")
	})
	eachFixture(t, func(s *fixture) {
		var texts []string
		texts = append(texts, pieces...)
		for seed := range 250 {
			texts = append(texts, text.Example(seed))
		}
		s.row("", nil) // makes the creator
		kept := 0
		for from := 0; from < len(texts); from += 100 {
			var rows []vars
			for i, one := range texts[from:min(len(texts), from+100)] {
				number := fmt.Sprintf("T%d", from+i)
				rows = append(rows, s.row(number, vars{"productName": one}), s.row(one+number, nil), s.row(number+one, nil))
				if i%2 == 0 {
					rows = append(rows, s.row(one, vars{"productName": one}))
				}
			}
			a := s.A.Owner.Do(documentOf("importOrders"), vars{"in": vars{"orgId": s.A.ID, "orders": rows}}).OK()
			kept += int(a.Get("importOrders.created").(float64))
		}
		if kept < 500 {
			s.Fatalf("%d orders alone were taken", kept)
		}
		want := fmt.Sprintf("0 created, 0 changed, %d unchanged, 0 refused", kept)
		for _, lang := range []string{"zh", "en"} {
			for _, format := range []string{"CSV", "XLSX"} {
				body, file := s.downloaded(in(lang, s.A.Owner), "exportOrders", vars{"format": format})
				if got := s.imported(body, strings.TrimPrefix(filepath.Ext(file), ".")); got != want {
					s.Errorf("%s %s: %s, want %s", lang, format, got, want)
				}
			}
		}
	})
}

package bounds_test

import (
	"errors"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"deputy/internal/bounds"
	"deputy/internal/fault"
)

// small limits, so that short documents reach them.
var small = bounds.LimitsOf(smallest)

var smallest = map[string]int{
	"text": 4 << 10, "tokens": 1_000, "depth": 4, "fields": 40, "selections": 120, "aliases": 6, "sameName": 5,
	"comparisons": 1 << 30, "operations": 4, "fragments": 8, "fragmentFields": 200, "spreads": 20, "directives": 6,
	"variables": 6, "arguments": 4, "values": 20,
}

// plain expands a document place by place, the obvious way, until it has seen too much.
type plainCount struct {
	doc                        *ast.QueryDocument
	fields, steps, aliases     int
	depth, sameName, onceNames int
	once                       map[string]int
}

const cutoff = 5_000

// walk follows every spread; names are counted by the path of response names that leads to them.
func (p *plainCount) walk(set ast.SelectionSet, path string, depth int, places map[string]int) {
	for _, selection := range set {
		if p.steps++; p.steps > cutoff {
			return
		}
		switch s := selection.(type) {
		case *ast.Field:
			p.fields++
			p.depth = max(p.depth, depth+1)
			if s.Alias != s.Name {
				p.aliases++
			}
			here := path + "/" + s.Alias
			places[here]++
			p.sameName = max(p.sameName, places[here])
			p.once[s.Name]++
			p.walk(s.SelectionSet, here, depth+1, places)
		case *ast.InlineFragment:
			p.walk(s.SelectionSet, path, depth, places)
		case *ast.FragmentSpread:
			if f := p.doc.Fragments.ForName(s.Name); f != nil {
				p.walk(f.SelectionSet, path, depth, places)
			}
		}
	}
}

func FuzzLimits(f *testing.F) {
	for _, test := range hostile {
		if len(test.query) < 4<<10 {
			f.Add(test.query)
		}
	}
	for _, query := range []string{
		introspection, doubling(3), doubling(7),
		"{a{b{c{d}}}}", "{a{b{c{d{e}}}}}", "{a a a a a}", "{a a a a a a}", "{...f ...f} fragment f on X{a a a}",
		"{a:b c:d} query q{x:y}", "mutation{signIn} fragment f on M{signIn}", "{a{b} a{b} a{b b b b}}",
		"{...f} fragment f on X{...f}", "{...f} fragment f on X{g{...f}}", "query($a:Int=1@x){b(c:[1,2,{d:$a}])@e(f:3)}",
		"{... on A{x} ...@skip(if:true){x}}", "{...f} fragment f on X{a} fragment f on X{a a a a a a}",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		err := small.Check(query)
		_ = (bounds.Limits{}).Check(query)
		doc, parsing := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, smallest["tokens"])
		if parsing != nil || len(query) > smallest["text"] {
			return
		}
		p := plainCount{doc: doc, once: make(map[string]int)}
		for _, op := range doc.Operations {
			p.walk(op.SelectionSet, "", 0, make(map[string]int))
		}
		for _, name := range []string{"signIn", "setPassword", "sendCode", "sendBindCode"} {
			p.onceNames = max(p.onceNames, p.once[name])
		}
		over := map[string]bool{
			"depth":      p.depth > smallest["depth"],
			"fields":     p.fields > smallest["fields"],
			"selections": p.steps > smallest["selections"],
			"aliases":    p.aliases > smallest["aliases"],
			"sameName":   p.sameName > smallest["sameName"],
			"once":       p.onceNames > 1,
			"operations": len(doc.Operations) > smallest["operations"],
			"fragments":  len(doc.Fragments) > smallest["fragments"],
		}
		if err == nil {
			for limit, is := range over {
				if is {
					t.Fatalf("accepted over %s: %+v", limit, p)
				}
			}
			return
		}
		// What the model counts over whole operations must be over when it is refused for that reason. Depth and names are
		// also looked at in fragments that no operation reaches, which the model does not see.
		var found *fault.Error
		if !errors.As(err, &found) {
			t.Fatalf("refused with %v, which is no fault", err)
		}
		switch limit, _ := found.Extra["limit"].(string); limit {
		case "fields", "selections", "aliases", "operations", "fragments":
			if !over[limit] && p.steps <= cutoff {
				t.Fatalf("refused for %s: %+v", limit, p)
			}
		}
	})
}

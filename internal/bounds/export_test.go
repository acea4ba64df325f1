package bounds

import (
	"math"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Lengths are what limits reckon the lists of an introspection with.
var Lengths = lengths

// LimitsOf returns limits of documents, by their names.
func LimitsOf(most map[string]int) (l Limits) {
	for i, of := range table {
		l.most[i] = most[of.name]
	}
	return l
}

// CountsOf returns what a document comes to, by the names of the limits, without what is zero.
func CountsOf(query string) (map[string]int, error) {
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		return nil, err
	}
	w := newWalk(doc, nil)
	all := w.document(doc)
	if w.cycle == nil {
		var most counts
		for i := range most {
			most[i] = math.MaxInt
		}
		if err := w.compare(doc, &all, most); err != nil {
			return nil, err
		}
	}
	counted := map[string]int{}
	for i, of := range table {
		if all[i] > 0 {
			counted[of.name] = all[i]
		}
	}
	return counted, nil
}

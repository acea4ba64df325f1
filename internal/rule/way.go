package rule

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Way is a field with its own rule from which objects of a type can be reached.
type Way struct {
	Def   *ast.Definition
	Field *ast.FieldDefinition
	Rule  Rule
	// Through are the names of the types in between, including the last one.
	Through []string
}

// Ways returns the ways to the objects of a type, sorted: first those whose parent is not in a module, then by length,
// and subscriptions last, since they return the same objects as queries. Query.node is not included: it checks access
// to each object.
func Ways(schema *ast.Schema, of *ast.Definition) []Way {
	holders := map[string][]Way{}
	last := func(w Way) int {
		if w.Def == schema.Subscription {
			return 1
		}
		return 0
	}
	for _, def := range schema.Types {
		if def.Kind == ast.Object && !def.BuiltIn {
			for _, field := range Fields(def) {
				holders[field.Type.Name()] = append(holders[field.Type.Name()], Way{Def: def, Field: field})
			}
		}
	}
	var ways []Way
	seen := map[string]bool{of.Name: true}
	for queue := [][]string{{of.Name}}; len(queue) > 0; queue = queue[1:] {
		held := holders[queue[0][0]]
		slices.SortFunc(held, func(a, b Way) int {
			return strings.Compare(a.Def.Name+"."+a.Field.Name,
				b.Def.Name+"."+b.Field.Name)
		})
		for _, w := range held {
			w.Through = queue[0]
			if own := Own(w.Field); len(own) > 0 {
				w.Rule = own[0]
				ways = append(ways, w)
			} else if !seen[w.Def.Name] {
				seen[w.Def.Name] = true
				queue = append(queue, append([]string{w.Def.Name}, w.Through...))
			}
		}
	}
	slices.SortStableFunc(ways, func(a, b Way) int {
		return cmp.Or(cmp.Compare(last(a), last(b)), strings.Compare(Module(a.Def), Module(b.Def)))
	})
	return ways
}

package bounds

import (
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/fault"
)

// into returns the selections of a fragment spread or an inline fragment, or nil to skip it.
type into func(ast.Selection) ast.SelectionSet

// fields calls see for each field of the selections at this place of the response.
func (in into) fields(set ast.SelectionSet, see func(*ast.Field)) {
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok {
			see(field)
		} else {
			in.fields(in(selection), see)
		}
	}
}

// asked are the fields of one place of the response that have the same name. Their selections are merged too.
type asked []*ast.Field

// merged returns the fields of selection sets at one place of the response, in their order, grouped by key. A field
// without a key is left out. Visiting all places takes time linear in the number of expanded selections.
func (in into) merged(sets []ast.SelectionSet, key func(*ast.Field) string) []asked {
	places := make(map[string]int)
	var order []asked
	for _, set := range sets {
		in.fields(set, func(f *ast.Field) {
			name := key(f)
			place, known := places[name]
			switch {
			case name == "":
			case known:
				order[place] = append(order[place], f)
			default:
				places[name] = len(order)
				order = append(order, asked{f})
			}
		})
	}
	return order
}

// below returns the selection sets of the fields.
func (a asked) below() (sets []ast.SelectionSet) {
	for _, f := range a {
		if len(f.SelectionSet) > 0 {
			sets = append(sets, f.SelectionSet)
		}
	}
	return sets
}

// weight returns the cost of comparing the fields with another one: every argument is looked up among those of the
// other, and their values are compared element by element.
func (a asked) weight() (weight int) {
	for _, f := range a {
		weight = add(weight, 1+len(f.Arguments)*len(f.Arguments)/2)
		for _, argument := range f.Arguments {
			weight = add(weight, valuesIn(argument.Value))
		}
	}
	return weight
}

// compare counts the cost of comparing the fields of one name in one place, and returns LIMIT_EXCEEDED when it is too
// high. Validation compares each of them with every other one and then compares their selections. It also does so for
// unused fragments, which it refuses later.
func (w *walk) compare(doc *ast.QueryDocument, all *counts, most counts) *fault.Error {
	reached := make(map[*ast.FragmentDefinition]bool)
	in := into(func(s ast.Selection) ast.SelectionSet {
		switch s := s.(type) {
		case *ast.InlineFragment:
			return s.SelectionSet
		case *ast.FragmentSpread:
			if f := w.fragments[s.Name]; f != nil {
				reached[f] = true
				return f.SelectionSet
			}
		}
		return nil
	})
	for _, op := range doc.Operations {
		if err := in.compare(all, most, op.SelectionSet); err != nil {
			return err
		}
	}
	for _, f := range doc.Fragments {
		if !reached[f] {
			if err := in.compare(all, most, f.SelectionSet); err != nil {
				return err
			}
		}
	}
	return nil
}

func (in into) compare(all *counts, most counts, sets ...ast.SelectionSet) *fault.Error {
	order := in.merged(sets, func(f *ast.Field) string { return f.Alias })
	for _, a := range order {
		all[ofSameName] = max(all[ofSameName], len(a))
		all[ofComparisons] = add(all[ofComparisons], min((len(a)-1)*a.weight(), ceiling))
		if all[ofSameName] > most[ofSameName] || all[ofComparisons] > most[ofComparisons] {
			return most.over(*all)
		}
	}
	for _, a := range order {
		if below := a.below(); len(below) > 0 {
			if err := in.compare(all, most, below...); err != nil {
				return err
			}
		}
	}
	return nil
}

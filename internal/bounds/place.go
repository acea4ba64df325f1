package bounds

import (
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/fault"
)

// into returns the selections of a fragment that a selection spreads or holds, or nil not to look there.
type into func(ast.Selection) ast.SelectionSet

// fields calls see for each field that selections ask for in their place of the response.
func (in into) fields(set ast.SelectionSet, see func(*ast.Field)) {
	for _, selection := range set {
		if field, ok := selection.(*ast.Field); ok {
			see(field)
		} else {
			in.fields(in(selection), see)
		}
	}
}

// asked are the fields of one place of the response that have one name. What they select stands in one place too.
type asked []*ast.Field

// merged returns what selection sets ask for in one place of the response, in their order: fields of one key are one. A
// field without a key is left out. To go over all places takes as long as there are selections, expanded.
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

// below returns the selections under the fields.
func (a asked) below() (sets []ast.SelectionSet) {
	for _, f := range a {
		if len(f.SelectionSet) > 0 {
			sets = append(sets, f.SelectionSet)
		}
	}
	return sets
}

// weight is what comparing the fields with another one takes: every argument is looked for among those of the other,
// and their values are compared member by member.
func (a asked) weight() (weight int) {
	for _, f := range a {
		weight = add(weight, 1+len(f.Arguments)*len(f.Arguments)/2)
		for _, argument := range f.Arguments {
			weight = add(weight, valuesIn(argument.Value))
		}
	}
	return weight
}

// compare counts what comparing the fields of one name in one place takes, and returns LIMIT_EXCEEDED when that is too
// much. Validation compares each of them with every other one and goes on with what they select. It does so for what no
// operation reaches too, which it refuses later.
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

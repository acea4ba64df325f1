package bounds

import (
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/fault"
)

// merger walks the document as its answer is shaped: fields that answer under one name in one place are one group.
// Validation compares each field of a group with every other one and goes on with what they select, so the groups here
// are the squares there. The walk takes as long as the expanded selections are many, which were bounded before.
type merger struct {
	limits      Limits
	fragments   map[string]*ast.FragmentDefinition
	reached     map[*ast.FragmentDefinition]bool
	comparisons int
}

func (l Limits) merge(doc *ast.QueryDocument, fragments map[string]*ast.FragmentDefinition) *fault.Error {
	m := merger{limits: l, fragments: fragments, reached: make(map[*ast.FragmentDefinition]bool)}
	for _, op := range doc.Operations {
		if err := m.place(op.SelectionSet); err != nil {
			return err
		}
	}
	// What no operation reaches will be refused, but only after it was compared.
	for _, f := range doc.Fragments {
		if !m.reached[f] {
			if err := m.place(f.SelectionSet); err != nil {
				return err
			}
		}
	}
	return nil
}

type group struct {
	fields int
	weight int
	below  []ast.SelectionSet
}

// place looks at one place of the answer, which several selection sets may fill.
func (m *merger) place(sets ...ast.SelectionSet) *fault.Error {
	groups := make(map[string]*group)
	var order []*group
	for _, set := range sets {
		order = m.collect(set, groups, order)
	}
	for _, g := range order {
		if g.fields > m.limits.SameName {
			return OverLimit(limitSameName, m.limits.SameName, g.fields)
		}
		m.comparisons = add(m.comparisons, min((g.fields-1)*g.weight, ceiling))
		if m.comparisons > m.limits.Comparisons {
			return OverLimit(limitComparisons, m.limits.Comparisons, m.comparisons)
		}
	}
	for _, g := range order {
		if len(g.below) == 0 {
			continue
		}
		if err := m.place(g.below...); err != nil {
			return err
		}
	}
	return nil
}

func (m *merger) collect(set ast.SelectionSet, groups map[string]*group, order []*group) []*group {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			g := groups[s.Alias]
			if g == nil {
				g = &group{}
				groups[s.Alias] = g
				order = append(order, g)
			}
			g.fields++
			g.weight = add(g.weight, weight(s))
			if len(s.SelectionSet) > 0 {
				g.below = append(g.below, s.SelectionSet)
			}
		case *ast.InlineFragment:
			order = m.collect(s.SelectionSet, groups, order)
		case *ast.FragmentSpread:
			if f := m.fragments[s.Name]; f != nil {
				m.reached[f] = true
				order = m.collect(f.SelectionSet, groups, order)
			}
		}
	}
	return order
}

// weight is what comparing a field with another one takes: every argument is looked for among those of the other, and
// their values are compared member by member.
func weight(f *ast.Field) int {
	n := len(f.Arguments)
	w := 1 + n*n/2
	for _, a := range f.Arguments {
		w += valuesIn(a.Value)
	}
	return w
}

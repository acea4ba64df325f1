package bounds

import (
	"math"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/fault"
)

// written counts what stands in the document, nothing expanded: one pass over it.
type written struct {
	spreads, directives, variables, arguments, values int
	names                                             map[string]int
	longest                                           int // name, in bytes
}

func (l Limits) measure(doc *ast.QueryDocument) *fault.Error {
	w := written{names: make(map[string]int)}
	for _, op := range doc.Operations {
		w.variables += len(op.VariableDefinitions)
		w.name(op.Name)
		for _, v := range op.VariableDefinitions {
			w.name(v.Variable)
			w.value(v.DefaultValue)
			w.direct(v.Directives)
		}
		w.direct(op.Directives)
		w.selections(op.SelectionSet)
	}
	for _, f := range doc.Fragments {
		w.name(f.Name)
		w.direct(f.Directives)
		w.selections(f.SelectionSet)
	}
	for _, c := range []count{
		{limitName, w.longest, l.Name},
		{limitOperations, len(doc.Operations), l.Operations},
		{limitFragments, len(doc.Fragments), l.Fragments},
		{limitVariables, w.variables, l.Variables},
		{limitSpreads, w.spreads, l.Spreads},
		{limitDirectives, w.directives, l.Directives},
		{limitArguments, w.arguments, l.Arguments},
		{limitValues, w.values, l.Values},
	} {
		if err := c.check(); err != nil {
			return err
		}
	}
	return l.expand(doc, w.names)
}

type count struct {
	limit       string
	asked, most int
}

func (c count) check() *fault.Error {
	if c.asked <= c.most {
		return nil
	}
	return OverLimit(c.limit, c.most, min(c.asked, math.MaxInt32))
}

// selections recurses no deeper than the parser did.
func (w *written) selections(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			w.names[s.Name]++
			w.name(s.Name)
			w.name(s.Alias)
			w.args(s.Arguments)
			w.direct(s.Directives)
			w.selections(s.SelectionSet)
		case *ast.InlineFragment:
			w.direct(s.Directives)
			w.selections(s.SelectionSet)
		case *ast.FragmentSpread:
			w.spreads++
			w.direct(s.Directives)
		}
	}
}

func (w *written) name(name string) { w.longest = max(w.longest, len(name)) }

func (w *written) direct(list ast.DirectiveList) {
	w.directives += len(list)
	for _, d := range list {
		w.args(d.Arguments)
	}
}

func (w *written) args(list ast.ArgumentList) {
	w.arguments = max(w.arguments, len(list))
	for _, a := range list {
		w.value(a.Value)
	}
}

func (w *written) value(v *ast.Value) { w.values += valuesIn(v) }

func valuesIn(v *ast.Value) int {
	if v == nil {
		return 0
	}
	n := 1
	for _, child := range v.Children {
		n += valuesIn(child.Value)
	}
	return n
}

// size is what a selection set comes to when its fragments are expanded. Counts stop at ceiling instead of overflowing.
type size struct {
	fields, selections, aliases, depth int
	// values that the fields come to as a part of an introspection, and what all introspections come to.
	values, introspection int
	once                  map[string]int
}

// lengths is how long the lists of an introspection are on average, about; each of its other fields is one value.
var lengths = map[string]int{"types": 150, "directives": 10, "fields": 4, "inputFields": 2, "enumValues": 2}

const ceiling = math.MaxInt32

func add(a, b int) int { return min(a+b, ceiling) }

func (s *size) add(other size) {
	s.fields = add(s.fields, other.fields)
	s.selections = add(s.selections, other.selections)
	s.aliases = add(s.aliases, other.aliases)
	s.depth = max(s.depth, other.depth)
	s.values = add(s.values, other.values)
	s.introspection = add(s.introspection, other.introspection)
	for name, n := range other.once {
		s.count(name, n)
	}
}

func (s *size) count(name string, n int) {
	if s.once == nil {
		s.once = make(map[string]int)
	}
	s.once[name] = add(s.once[name], n)
}

// sizer knows the size of each fragment once it was computed.
type sizer struct {
	fragments map[string]*ast.FragmentDefinition
	known     map[string]size
	open      map[string]bool
	once      map[string]bool
	cycle     *fault.Error
}

func (z *sizer) fragment(name string) size {
	if known, ok := z.known[name]; ok {
		return known
	}
	definition := z.fragments[name]
	if definition == nil { // validation says so
		return size{}
	}
	if z.open[name] {
		z.cycle = fault.New(fault.ValidationFailed, msgCycle, fault.Shorten(name, 100))
		return size{}
	}
	z.open[name] = true
	s := z.set(definition.SelectionSet)
	delete(z.open, name)
	z.known[name] = s
	return s
}

func (z *sizer) set(set ast.SelectionSet) size {
	var total size
	for _, selection := range set {
		s := size{selections: 1}
		switch sel := selection.(type) {
		case *ast.Field:
			s.add(z.set(sel.SelectionSet))
			s.fields = add(s.fields, 1)
			s.depth++
			s.values = multiply(max(lengths[sel.Name], 1), add(s.values, 1))
			if sel.Name == "__schema" || sel.Name == "__type" {
				s.introspection = add(s.introspection, s.values)
			}
			if sel.Alias != sel.Name {
				s.aliases = add(s.aliases, 1)
			}
			if z.once[sel.Name] {
				s.count(sel.Name, 1)
			}
		case *ast.InlineFragment:
			s.add(z.set(sel.SelectionSet))
		case *ast.FragmentSpread:
			s.add(z.fragment(sel.Name))
		}
		total.add(s)
	}
	return total
}

// expand measures each fragment once, and merges only what these measures let pass.
func (l Limits) expand(doc *ast.QueryDocument, names map[string]int) *fault.Error {
	z := sizer{
		fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)),
		known:     make(map[string]size, len(doc.Fragments)),
		open:      make(map[string]bool),
		once:      make(map[string]bool, len(l.Once)),
	}
	for _, name := range l.Once {
		z.once[name] = true
	}
	for _, f := range doc.Fragments {
		if z.fragments[f.Name] == nil { // the first of a name counts; validation refuses the second
			z.fragments[f.Name] = f
		}
	}
	var total, spread size
	for _, f := range doc.Fragments {
		// A second definition of a name is no fragment to z, but it is walked by validation all the same.
		spread.add(z.set(f.SelectionSet))
	}
	for _, op := range doc.Operations {
		total.add(z.set(op.SelectionSet))
	}
	if z.cycle != nil {
		return z.cycle
	}
	for _, c := range []count{
		{limitDepth, max(total.depth, spread.depth), l.Depth},
		{limitFields, total.fields, l.Fields},
		{limitSelections, total.selections, l.Selections},
		{limitFragmentFields, spread.selections, l.FragmentFields},
		{limitAliases, total.aliases, l.Aliases},
		{limitIntrospection, total.introspection, l.Introspection},
	} {
		if err := c.check(); err != nil {
			return err
		}
	}
	for _, name := range l.Once {
		if max(total.once[name], names[name]) > 1 {
			return fault.New(fault.BadRequest, msgOnce, name)
		}
	}
	return l.merge(doc, z.fragments)
}

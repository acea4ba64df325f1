package bounds

import (
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/fault"
)

// lengths are the approximate average lengths of an introspection's lists; each of its other fields is one value.
var lengths = map[string]int{"types": 190, "directives": 10, "fields": 4, "inputFields": 2, "enumValues": 2}

// part has the counts of a selection set with its fragments expanded.
type part struct {
	counts counts
	// shown is the number of values of its fields in an introspection.
	shown int
	// once is how often each field of Limits.Once occurs in it.
	once map[string]int
}

func (p *part) add(q part) {
	p.counts.add(q.counts)
	p.shown = add(p.shown, q.shown)
	for name, n := range q.once {
		p.stand(name, n)
	}
}

func (p *part) stand(name string, n int) {
	if p.once == nil {
		p.once = make(map[string]int)
	}
	p.once[name] = add(p.once[name], n)
}

// walk visits a document that was parsed and may be invalid otherwise. It takes time linear in the document, however
// its fragments nest, since the counts of each fragment are kept. Within a fragment, it recurses no deeper than the
// parser did.
type walk struct {
	fragments map[string]*ast.FragmentDefinition
	once      map[string]bool
	// written has the counts of the document as written, without expansion.
	written part
	known   map[string]part // of the fragments
	open    map[string]bool // the fragments that are being expanded
	cycle   *fault.Error
}

func newWalk(doc *ast.QueryDocument, once []string) *walk {
	w := &walk{
		fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)),
		once:      make(map[string]bool, len(once)),
		known:     make(map[string]part, len(doc.Fragments)),
		open:      make(map[string]bool),
	}
	for _, name := range once {
		w.once[name] = true
	}
	for _, f := range doc.Fragments {
		if w.fragments[f.Name] == nil { // the first of a name counts; validation refuses the second
			w.fragments[f.Name] = f
		}
	}
	return w
}

// document returns the counts of a document, without those of comparisons. A document with a cycle is not expanded.
func (w *walk) document(doc *ast.QueryDocument) counts {
	var defined, asked part
	for _, f := range doc.Fragments { // includes duplicates of a name, which validation visits too
		w.name(f.Name)
		w.directives(f.Directives)
		defined.add(w.set(f.SelectionSet))
	}
	for _, op := range doc.Operations {
		w.name(op.Name)
		w.directives(op.Directives)
		w.written.counts[ofVariables] += len(op.VariableDefinitions)
		for _, v := range op.VariableDefinitions {
			w.name(v.Variable)
			w.directives(v.Directives)
			w.written.counts[ofValues] += valuesIn(v.DefaultValue)
		}
		asked.add(w.set(op.SelectionSet))
	}
	all := w.written.counts
	all[ofOperations], all[ofFragments] = len(doc.Operations), len(doc.Fragments)
	if w.cycle != nil {
		return all
	}
	all.add(asked.counts)
	all[ofDepth], all[ofFragmentFields] = max(all[ofDepth], defined.counts[ofDepth]), defined.counts[ofSelections]
	for name, n := range asked.once {
		w.written.once[name] = max(w.written.once[name], n)
	}
	return all
}

// set returns the counts of a selection set.
func (w *walk) set(set ast.SelectionSet) part {
	var all part
	for _, selection := range set {
		if len(w.open) == 0 {
			w.write(selection)
		}
		var one part
		switch s := selection.(type) {
		case *ast.Field:
			one = w.field(s)
		case *ast.InlineFragment:
			one = w.set(s.SelectionSet)
		case *ast.FragmentSpread:
			one = w.fragment(s.Name)
		}
		one.counts[ofSelections] = add(one.counts[ofSelections], 1)
		all.add(one)
	}
	return all
}

func (w *walk) field(f *ast.Field) part {
	p := w.set(f.SelectionSet)
	p.counts[ofFields] = add(p.counts[ofFields], 1)
	p.counts[ofDepth]++
	p.shown = multiply(max(lengths[f.Name], 1), add(p.shown, 1))
	if f.Name == "__schema" || f.Name == "__type" {
		p.counts[ofIntrospection] = add(p.counts[ofIntrospection], p.shown)
	}
	if f.Alias != f.Name {
		p.counts[ofAliases] = add(p.counts[ofAliases], 1)
	}
	if w.once[f.Name] {
		p.stand(f.Name, 1)
	}
	return p
}

// fragment returns the counts of a fragment at a spread.
func (w *walk) fragment(name string) part {
	if known, ok := w.known[name]; ok {
		return known
	}
	definition := w.fragments[name]
	if definition == nil { // validation refuses it
		return part{}
	}
	if w.open[name] {
		w.cycle = fault.New(fault.ValidationFailed, msgCycle, fault.Shorten(name, 100))
		return part{}
	}
	w.open[name] = true
	p := w.set(definition.SelectionSet)
	delete(w.open, name)
	w.known[name] = p
	return p
}

// write counts a selection as written, without its contents.
func (w *walk) write(selection ast.Selection) {
	switch s := selection.(type) {
	case *ast.Field:
		w.name(s.Name)
		w.name(s.Alias)
		w.arguments(s.Arguments)
		w.directives(s.Directives)
		if w.once[s.Name] {
			w.written.stand(s.Name, 1)
		}
	case *ast.InlineFragment:
		w.directives(s.Directives)
	case *ast.FragmentSpread:
		w.written.counts[ofSpreads]++
		w.directives(s.Directives)
	}
}

func (w *walk) name(name string) { w.written.counts[ofName] = max(w.written.counts[ofName], len(name)) }

func (w *walk) directives(list ast.DirectiveList) {
	w.written.counts[ofDirectives] += len(list)
	for _, d := range list {
		w.arguments(d.Arguments)
	}
}

func (w *walk) arguments(list ast.ArgumentList) {
	w.written.counts[ofArguments] = max(w.written.counts[ofArguments], len(list))
	for _, a := range list {
		w.written.counts[ofValues] += valuesIn(a.Value)
	}
}

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

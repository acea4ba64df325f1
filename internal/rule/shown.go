package rule

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Shown returns the part of a proven schema that a viewer may use: the fields whose own rule allows it, the types of
// these fields and of their arguments, and nothing that is reachable only through other fields. Interfaces keep the
// implementations that they may return by their own rules. The result is a valid schema, as long as Query keeps a
// field: no type is without fields, and every name is defined. It shares unchanged definitions with the schema, so
// neither may be modified.
func Shown(schema *ast.Schema, allows func(Rule) bool) *ast.Schema {
	s := &shown{
		schema: schema, allows: allows, fields: make(map[string]ast.FieldList, len(schema.Types)),
		gone: map[string]bool{},
	}
	for again := true; again; {
		s.reached, s.handed = make(map[string]bool, len(schema.Types)), map[string]bool{}
		s.walk()
		again = s.empty()
	}
	return s.build()
}

type shown struct {
	schema *ast.Schema
	allows func(Rule) bool
	// fields are the visible fields of the types visited so far.
	fields map[string]ast.FieldList
	// gone are types without visible fields.
	gone map[string]bool
	// reached are the types that visible definitions refer to, and handed the interfaces and unions that fields return.
	reached, handed map[string]bool
}

func (s *shown) roots() []*ast.Definition {
	return slices.DeleteFunc([]*ast.Definition{s.schema.Query, s.schema.Mutation, s.schema.Subscription},
		func(d *ast.Definition) bool { return d == nil })
}

func (s *shown) walk() {
	for _, root := range s.roots() {
		s.visit(root.Name)
	}
	for _, directive := range s.schema.Directives {
		s.reachArguments(directive.Arguments)
	}
}

// visit visits a type and all types that it refers to.
func (s *shown) visit(name string) {
	def := s.schema.Types[name]
	if s.reached[name] || def.BuiltIn {
		return
	}
	s.reached[name] = true
	switch def.Kind {
	case ast.Object, ast.Interface:
		for _, field := range s.fieldsOf(def) {
			s.hand(field.Type.Name())
			s.reachArguments(field.Arguments)
		}
		for _, name := range s.interfaces(def) {
			s.visit(name)
		}
	case ast.InputObject:
		for _, field := range def.Fields {
			s.visit(field.Type.Name())
		}
	}
}

// hand visits a type that a field returns, and for an interface or a union all of its object types.
func (s *shown) hand(name string) {
	s.visit(name)
	def := s.schema.Types[name]
	if !def.IsAbstractType() || s.handed[name] {
		return
	}
	s.handed[name] = true
	for _, object := range s.schema.GetPossibleTypes(def) {
		allowed := !slices.ContainsFunc(OfType(object), func(r Rule) bool { return !s.allows(r) })
		if allowed && !s.gone[object.Name] && s.member(def, object) {
			s.visit(object.Name)
		}
	}
}

func (s *shown) reachArguments(arguments ast.ArgumentDefinitionList) {
	for _, argument := range arguments {
		s.visit(argument.Type.Name())
	}
}

// fieldsOf returns the visible fields of the type, including those of introspection.
func (s *shown) fieldsOf(def *ast.Definition) ast.FieldList {
	kept, known := s.fields[def.Name]
	if !known {
		kept = make(ast.FieldList, 0, len(def.Fields))
		for _, field := range def.Fields {
			hidden := slices.ContainsFunc(Own(field), func(r Rule) bool { return !s.allows(r) })
			if !hidden && !s.gone[field.Type.Name()] {
				kept = append(kept, field)
			}
		}
		s.fields[def.Name] = kept
	}
	return kept
}

// interfaces returns the interfaces of the type all of whose fields it still has.
func (s *shown) interfaces(def *ast.Definition) []string {
	return slices.DeleteFunc(slices.Clone(def.Interfaces),
		func(name string) bool { return !s.member(s.schema.Types[name], def) })
}

func (s *shown) member(of, def *ast.Definition) bool {
	if of.Kind != ast.Interface {
		return true
	}
	return !slices.ContainsFunc(s.fieldsOf(of),
		func(f *ast.FieldDefinition) bool { return s.fieldsOf(def).ForName(f.Name) == nil })
}

// empty finds the types without visible members, and reports whether there were any: then references to them are
// removed too.
func (s *shown) empty() bool {
	found := false
	for name := range s.reached {
		def := s.schema.Types[name]
		left := true
		switch def.Kind {
		case ast.Object:
			left = slices.ContainsFunc(s.fieldsOf(def), func(f *ast.FieldDefinition) bool { return !Introspects(f) })
		case ast.Interface, ast.Union:
			left = len(s.members(def)) > 0
		}
		if !left && !slices.Contains(s.roots(), def) {
			s.gone[name], found = true, true
		}
	}
	if found {
		clear(s.fields)
	}
	return found
}

// members returns the visible object types of an interface or a union.
func (s *shown) members(def *ast.Definition) []string {
	var names []string
	for _, object := range s.schema.GetPossibleTypes(def) {
		if s.reached[object.Name] && s.member(def, object) {
			names = append(names, object.Name)
		}
	}
	return names
}

func (s *shown) build() *ast.Schema {
	built := *s.schema
	built.Types = make(map[string]*ast.Definition, len(s.reached))
	built.PossibleTypes = make(map[string][]*ast.Definition, len(s.reached))
	built.Implements = make(map[string][]*ast.Definition, len(s.reached))
	for name, def := range s.schema.Types {
		if def.BuiltIn || s.reached[name] {
			built.Types[name] = s.definition(def)
		}
	}
	root := func(def *ast.Definition) *ast.Definition {
		if def == nil || !slices.ContainsFunc(s.fieldsOf(def), func(f *ast.FieldDefinition) bool { return !Introspects(f) }) {
			return nil
		}
		return built.Types[def.Name]
	}
	built.Query, built.Mutation, built.Subscription = root(built.Query), root(built.Mutation), root(built.Subscription)
	for _, def := range s.roots() {
		if root(def) == nil {
			delete(built.Types, def.Name)
		}
	}
	for name, def := range built.Types {
		switch def.Kind {
		case ast.Object:
			built.AddPossibleType(name, def)
			for _, implemented := range def.Interfaces {
				built.AddPossibleType(implemented, def)
				built.AddImplements(name, built.Types[implemented])
			}
		case ast.Interface:
			for _, implemented := range def.Interfaces {
				built.AddImplements(name, built.Types[implemented])
			}
		case ast.Union:
			for _, member := range def.Types {
				built.AddPossibleType(name, built.Types[member])
				built.AddImplements(member, def)
			}
		}
	}
	for _, members := range built.PossibleTypes {
		slices.SortFunc(members, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	}
	return &built
}

// definition returns the visible part of the type; the type itself if all of it is visible.
func (s *shown) definition(def *ast.Definition) *ast.Definition {
	if def.BuiltIn || !def.IsCompositeType() {
		return def
	}
	part := *def
	if def.Kind == ast.Union {
		part.Types, part.TypePositions = s.members(def), nil
	} else {
		part.Fields, part.Interfaces = s.fieldsOf(def), s.interfaces(def)
	}
	if len(part.Fields) == len(def.Fields) && len(part.Interfaces) == len(def.Interfaces) &&
		len(part.Types) == len(def.Types) {
		return def
	}
	return &part
}

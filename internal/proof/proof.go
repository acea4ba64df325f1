// Package proof proves, before code is generated from the GraphQL schema, that every field has a rule (default deny),
// and documents the permissions.
//
// Package rule reads the rules. The proof is that an object of a module is returned only by fields that the module
// guards, by objects of the same module, or by the viewer when the object is its own.
package proof

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/rule"
)

// Fault is an error that the proof finds in the schema.
type Fault struct {
	// Coordinate of the element at fault, such as Org.roles, Query.org(id:), Action.VIEW or @hasModule(action:).
	Coordinate string
	// File is the name of the schema's source, and Line the line of the element in it, from 1.
	File string
	Line int
	// Problem states what is wrong and what to do about it.
	Problem string
}

// String returns the fault in one line: file:line: coordinate: problem.
func (f Fault) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.File, f.Line, f.Coordinate, f.Problem)
}

// Check returns all faults of a valid schema in the order of files and lines, none when the proof holds:
//
//   - Each field of Query, Mutation and Subscription has exactly one rule of its own; each field of another object has
//     one, or its type has exactly one. Rules that would never run (of a root type, of an interface's field) are
//     refused.
//   - Modules and actions are those of package access; a mutation is guarded by more than VIEW.
//   - A field with @hasModule is nullable, and has exactly one org: input.orgId for a mutation, orgId or input.orgId
//     for another root field, the object's own for any other.
//   - A field that can return a type of a module, also through an interface or a union, is guarded by that module, or
//     belongs to a type of that module, or to Viewer with @signedIn. Query.node and Query.nodes are exempt: they check
//     access themselves.
//   - Every element has a description.
func Check(schema *ast.Schema) []Fault {
	c := &checker{schema: schema}
	for _, def := range schema.Types {
		if !def.BuiltIn {
			c.definition(def)
		}
	}
	for _, directive := range schema.Directives {
		if !directive.Position.Src.BuiltIn {
			c.directive(directive)
		}
	}
	slices.SortFunc(c.faults, func(a, b Fault) int {
		return cmp.Or(
			strings.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			strings.Compare(a.Coordinate, b.Coordinate),
			strings.Compare(a.Problem, b.Problem),
		)
	})
	return c.faults
}

// checker collects the faults of one schema.
type checker struct {
	schema *ast.Schema
	faults []Fault
}

func (c *checker) fault(at *ast.Position, coordinate, problem string, args ...any) {
	c.faults = append(c.faults, Fault{
		Coordinate: coordinate,
		File:       at.Src.Name,
		Line:       at.Line,
		Problem:    fmt.Sprintf(problem, args...),
	})
}

func (c *checker) definition(def *ast.Definition) {
	c.described(def)
	switch def.Kind {
	case ast.Object:
		c.typeRules(def)
		for _, field := range rule.Fields(def) {
			c.fieldRules(def, field)
			c.ways(def, field)
		}
	case ast.Interface:
		c.interfaceRules(def)
	case ast.Enum:
		c.checkModules(def)
	}
}

// isRoot reports whether the type is Query, Mutation or Subscription.
func isRoot(schema *ast.Schema, def *ast.Definition) bool {
	return def == schema.Query || def == schema.Mutation || def == schema.Subscription
}

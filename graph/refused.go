package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/id"
)

// typeOf is what the schema calls objects whose ids are of a kind.
var typeOf = map[id.Kind]string{
	id.Account: accountTable.Satisfies[0], id.Org: orgTable.Satisfies[0], id.Role: roleTable.Satisfies[0],
	id.SubAccount: subAccountTable.Satisfies[0], id.Session: sessionTable.Satisfies[0],
	id.AuditEvent: auditEventTable.Satisfies[0],
	id.Creator:    creatorTable.Satisfies[0], id.Task: taskTable.Satisfies[0],
	id.TaskAssignment: assignmentTable.Satisfies[0],
	id.Order:          orderTable.Satisfies[0],
}

// nameless is the type on record of an object whose id is none.
const nameless = "Node"

// refusedTargets returns what a refused mutation was about: the objects that its refusals name, or else all whose ids
// it was given. Of more than the record names, their number comes first.
func (r *Resolver) refusedTargets(
	ctx context.Context, orgID string, code fault.Code, refusals fault.Refusals,
) []audit.Target {
	var about fault.Refusals
	for _, refusal := range refusals {
		if refusal.Object != nil {
			about = append(about, refusal)
		}
	}
	field := graphql.GetFieldContext(ctx).Field
	if len(about) == 0 {
		given := field.ArgumentMap(graphql.GetOperationContext(ctx).Variables)
		for _, arg := range field.Definition.Arguments {
			about = append(about, r.named(arg.Name, arg.Type, given[arg.Name], code)...)
		}
	}
	targets := audit.RefusedTargets(about)
	if len(about) > audit.MaxRefused {
		targets = append([]audit.Target{{
			ID: orgID, Type: field.Definition.Type.Name(), Code: code, Changes: audit.Set(audit.Number("refused", len(about))),
		}}, targets...)
	}
	return targets
}

// named returns the objects whose ids stand in a value of a type, other than the org that all of them are of.
func (r *Resolver) named(name string, of *ast.Type, value any, code fault.Code) (about fault.Refusals) {
	switch value := value.(type) {
	case []any:
		for _, one := range value {
			about = append(about, r.named(name, of.Elem, one, code)...)
		}
	case []string:
		for _, one := range value {
			about = append(about, r.named(name, of.Elem, one, code)...)
		}
	case map[string]any:
		for _, field := range r.schema.Schema().Types[of.Name()].Fields {
			about = append(about, r.named(field.Name, field.Type, value[field.Name], code)...)
		}
	case string:
		if of.Name() != "ID" || slices.Contains(unnamed, name) {
			return nil
		}
		object := fault.Object{ID: value, Type: nameless}
		if kind, ok := id.KindOf(value); ok {
			object.Type = typeOf[kind]
		}
		about = append(about, (&fault.Error{Code: code}).About(object))
	}
	return about
}

// unnamed are the inputs of ids that are no objects of an org.
var unnamed = []string{"orgId", "flow"}

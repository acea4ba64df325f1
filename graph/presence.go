package graph

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/viewer"
)

// attend notes in which orgs an operation finds its viewer at work: those that its root fields name. It is the one
// place where the use of a seat is noted, but for files; see signin.Service.Active.
func (r *Resolver) attend(ctx context.Context) {
	if r.Identity == nil {
		return
	}
	v, err := viewer.FromContext(ctx)
	if err != nil || !v.SignedIn() {
		return
	}
	unnoted := r.Identity.Unnoted(v)
	if len(unnoted) == 0 {
		return
	}
	op := graphql.GetOperationContext(ctx)
	for _, field := range graphql.CollectFields(op, op.Operation.SelectionSet,
		[]string{"Query", mutationType, "Subscription"}) {
		if field.Definition == nil || len(field.Arguments) == 0 {
			continue
		}
		for _, value := range field.ArgumentMap(op.Variables) {
			unnoted = slices.DeleteFunc(unnoted, func(orgID string) bool {
				named := names(value, orgID)
				if named {
					r.Identity.Active(ctx, v, orgID)
				}
				return named
			})
		}
	}
}

// names reports whether an argument of a root field is the org, has it among its ids, or is an input about it.
func names(value any, orgID string) bool {
	switch value := value.(type) {
	case string:
		return value == orgID
	case []any:
		return slices.ContainsFunc(value, func(one any) bool { return one == any(orgID) })
	case []string:
		return slices.Contains(value, orgID)
	case map[string]any:
		return value["orgId"] == any(orgID)
	}
	return false
}

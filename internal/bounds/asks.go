package bounds

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/share"
	"deputy/internal/viewer"
)

// Asks returns the caller to which shared capacity is charged: the account, or the address of a caller who is not
// signed in, and the org of the request, if it is known.
func Asks(ctx context.Context) share.Caller {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return share.Caller{}
	}
	if !v.SignedIn() {
		return share.Caller{Account: "from " + address(v)}
	}
	who := share.Caller{Account: v.Principal()}
	if orgID := viewer.OnlyOrg(ctx); orgID != "" {
		who.Org = orgID
		return who
	}
	if len(v.Memberships) == 1 {
		for orgID := range v.Memberships {
			who.Org = orgID
		}
		return who
	}
	if orgID := firstOrg(ctx); orgID != "" {
		if _, ok := v.In(orgID); ok {
			who.Org = orgID
		}
	}
	return who
}

// firstOrg returns the org of the first field of the running operation that names one.
func firstOrg(ctx context.Context) string {
	if !graphql.HasOperationContext(ctx) {
		return ""
	}
	op := graphql.GetOperationContext(ctx)
	if op.Operation == nil {
		return ""
	}
	for _, selection := range op.Operation.SelectionSet {
		field, ok := selection.(*ast.Field)
		if !ok {
			continue
		}
		for _, argument := range field.Arguments {
			value, err := argument.Value.Value(op.Variables)
			if err != nil {
				continue
			}
			if input, ok := value.(map[string]any); ok && argument.Name == "input" {
				value = input["orgId"]
			} else if argument.Name != "orgId" && (field.Name != "org" || argument.Name != "id") {
				continue
			}
			if orgID, ok := value.(string); ok && orgID != "" {
				return orgID
			}
		}
	}
	return ""
}

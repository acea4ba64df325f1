package bounds

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/share"
	"deputy/internal/viewer"
)

// Asks is a function that returns on whose behalf a request runs, for what it shares with others: the account, or the
// address of who is not signed in, and the org that it is about, where that can be told.
func Asks(ctx context.Context) share.Caller {
	v, err := viewer.FromContext(ctx)
	if err != nil {
		return share.Caller{}
	}
	if !v.SignedIn() {
		return share.Caller{Account: "from " + address(v)}
	}
	who := share.Caller{Account: v.AccountID}
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

// firstOrg returns the org that the first field of the running operation names which names any.
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

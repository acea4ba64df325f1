package graph

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"deputy/graph/generated"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/fault"
	"deputy/internal/gqlserve"
	"deputy/internal/load"
	"deputy/internal/plan"
	"deputy/internal/viewer"
)

// Directives returns the rules of fields. A rule without a function fails closed (gqlgen).
func (r *Resolver) Directives() generated.DirectiveRoot {
	return generated.DirectiveRoot{Public: public, SignedIn: signedIn, HasModule: r.hasModule}
}

var msgForbidden = fault.Message{
	Zh: "您在该机构没有“%s”的%s权限，请联系%s。",
	En: "You can't %[2]s %[1]s in this org. Ask %[3]s.",
}

// public lets everybody in, apps only where it says so: signing in is for people.
func public(ctx context.Context, _ any, next graphql.Resolver, apps *bool) (any, error) {
	v, err := viewer.FromContext(ctx)
	if err == nil {
		err = admitApp(v, apps)
	}
	if err != nil {
		return nil, err
	}
	return next(ctx)
}

// signedIn admits people who are signed in, and apps where the rule says so.
func signedIn(ctx context.Context, _ any, next graphql.Resolver, apps *bool) (any, error) {
	v, err := viewer.SignedIn(ctx)
	if err == nil {
		err = admitApp(v, apps)
	}
	if err != nil {
		return nil, err
	}
	return next(ctx)
}

// admitApp refuses an app unless the rule admits apps.
func admitApp(v *viewer.Viewer, apps *bool) error {
	if apps != nil && *apps {
		return nil
	}
	return v.RefuseApp()
}

// planRules are the directives' decisions, for plans.
func planRules() plan.Rules {
	return plan.Rules{Allow: allowed, OrgOf: orgOf, Passed: gqlserve.Passed}
}

// hasModule requires the action in the module, in the org of the object or the arguments. A refused mutation is
// recorded if the viewer has a seat there.
func (r *Resolver) hasModule(
	ctx context.Context, obj any, next graphql.Resolver, m access.Module, given *access.Action, apps *bool,
) (any, error) {
	var a access.Action // none, which nobody is granted
	if given != nil {
		a = *given
	}
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return nil, err
	}
	orgID, err := orgOf(ctx, obj)
	if err != nil {
		return nil, err
	}
	err = admitApp(v, apps)
	if err == nil {
		err = allowed(v, orgID, m, a)
	}
	if err != nil {
		r.refuse(ctx, audit.Entry{Viewer: v, OrgID: orgID, Operation: graphql.GetFieldContext(ctx).Field.Name, At: r.Now()},
			fault.Forbidden, nil)
		return nil, err
	}
	if field := graphql.GetFieldContext(ctx); gqlserve.InList(field) {
		gqlserve.Passed(ctx, load.PlaceOf(field))
	}
	return next(ctx)
}

// allowed is the decision: it requires an enabled seat with the action in the module, in any scope.
func allowed(v *viewer.Viewer, orgID string, m access.Module, a access.Action) error {
	if v.Scope(orgID, m, a) != access.None {
		return nil
	}
	info, _ := m.Info()
	return fault.New(fault.Forbidden, msgForbidden, info.InSentence(), actionName(a), v.Ask(orgID)).
		With("module", m.String()).With("action", a.String()).With("orgId", orgID)
}

// actionName returns the verb of an action in a message.
func actionName(a access.Action) fault.Message {
	switch a {
	case access.View:
		return fault.Message{Zh: "查看", En: "view"}
	case access.Edit:
		return fault.Message{Zh: "编辑", En: "edit"}
	default:
		return fault.Message{Zh: "导出", En: "export"}
	}
}

// tenant is an object of an org.
type tenant interface{ TenantID() string }

// orgOf returns the org in which a guarded field is checked: the object's, or that of input.orgId or orgId.
func orgOf(ctx context.Context, obj any) (string, error) {
	if row, ok := obj.(tenant); ok {
		return row.TenantID(), nil
	}
	args := graphql.GetFieldContext(ctx).Args
	if orgID, ok := args["orgId"].(string); ok {
		return orgID, nil
	}
	if input := reflect.ValueOf(args["input"]); input.Kind() == reflect.Struct {
		if field := input.FieldByName("OrgID"); field.Kind() == reflect.String {
			return field.String(), nil
		}
	}
	return "", fmt.Errorf("no org to judge %s in", graphql.GetFieldContext(ctx).Field.Name)
}

// permissions is the generated permissions.json.
//
//go:embed permissions.json
var permissions []byte

// ServePermissions serves permissions.json to everybody, with an ETag: with viewerGrants, clients derive from it which
// fields to omit.
func ServePermissions() http.Handler {
	hash := sha256.Sum256(permissions)
	etag := `"` + hex.EncodeToString(hash[:16]) + `"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		w.Header().Set("ETag", etag)
		http.ServeContent(w, r, "permissions.json", time.Time{}, bytes.NewReader(permissions))
	})
}

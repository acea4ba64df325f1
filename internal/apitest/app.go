package apitest

import (
	"maps"
	"strings"
	"testing"
)

// App is a partner system of an agency, and its client.
type App struct {
	ID, TokenID string
	*Client
}

// App makes an app of the agency with a token. Grants are written such as "CREATORS VIEW, ORDERS VIEW EDIT"; more is
// what else the input of createApp has.
func (s *Server) App(t testing.TB, a *Agency, name, grants string, more Vars) *App {
	t.Helper()
	in := Vars{"orgId": a.ID, "name": name, "grants": Grants(grants)}
	maps.Copy(in, more)
	made := a.Owner.Do(`mutation($in: CreateAppInput!) { createApp(input: $in) { app { id } userErrors { code message field } } }`,
		Vars{"in": in}).OK()
	app := &App{ID: made.Text("createApp.app.id"), Client: s.Nobody(t)}
	if app.ID == "" {
		t.Fatalf("app %s: %s", name, made.Body)
	}
	app.TokenID, app.Token = a.NewToken(t, app.ID, "测试机")
	return app
}

// NewToken makes a token of an app of the agency, and returns its id and secret.
func (a *Agency) NewToken(t testing.TB, appID, name string) (id, secret string) {
	t.Helper()
	made := a.Owner.Do(`mutation($in: CreateApiTokenInput!) { createApiToken(input: $in) { secret token { id } userErrors { code
		message } } }`, Vars{"in": Vars{"orgId": a.ID, "appId": appID, "name": name}}).OK()
	id, secret = made.Text("createApiToken.token.id"), made.Text("createApiToken.secret")
	if secret == "" {
		t.Fatalf("token %s: %s", name, made.Body)
	}
	return id, secret
}

// Grants reads grants such as "CREATORS VIEW, ORDERS VIEW EDIT" as AppGrantInput takes them.
func Grants(text string) []Vars {
	grants := []Vars{}
	for one := range strings.SplitSeq(text, ",") {
		if words := strings.Fields(one); len(words) > 0 {
			grants = append(grants, Vars{"module": words[0], "actions": words[1:]})
		}
	}
	return grants
}

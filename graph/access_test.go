package graph_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

// TestTheLogOfARequest has one line that says what was asked for and how it ended, and nothing of what is in it.
func TestTheLogOfARequest(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	owner, seat := w.A.Owner, w.A.Seats["财务"]
	secret := "Geheim8431"
	vars := apitest.Vars{"org": w.A.ID, "name": secret}
	for _, c := range []struct {
		by                       *apitest.Client
		operation, outcome, text string
	}{
		{owner, "Done", "done", `query Done($org: ID!) { org(id: $org) { name } }`},
		{seat.Client, "Partial", "partial", `query Partial($org: ID!) { org(id: $org) { name roles { totalCount } } }`},
		{
			owner, "Make", "done",
			`mutation Make($org: ID!, $name: String!) { createRole(input: {orgId: $org, name: $name, grants: []}) { userErrors {
				code } } }`,
		},
		{owner, "", "refused", `query Refused { ` + secret + ` }`},
		{owner, "", "refused", `query Refused { "` + secret},
	} {
		a := c.by.Do(c.text, vars)
		id := a.Header.Get("X-Request-ID")
		eventually(t, "the request is logged", func() bool { return w.Log.Has("msg=request", "request_id="+id) })
		var line string
		for text := range strings.Lines(w.Log.String()) {
			if strings.Contains(text, "request_id="+id) {
				if line != "" {
					t.Errorf("more than one line: %s%s", line, text)
				}
				line = text
			}
		}
		operation := c.operation
		if operation == "" {
			operation = `""`
		}
		for _, want := range []string{
			" operation=" + operation + " ", " outcome=" + c.outcome + " ", " method=POST ",
			" route=/graphql ", " status=200 ",
		} {
			if !strings.Contains(line, want) {
				t.Errorf("%s is not in %s", want, line)
			}
		}
		if !regexp.MustCompile(` duration_ms=[0-9.]+ `).MatchString(line) {
			t.Errorf("no duration in %s", line)
		}
	}
	w.A.Owner.Download("/graphql?query=" + secret + "&variables=" + secret)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "__Host-deputy", Value: secret})
	if response, err := http.DefaultClient.Do(r); err != nil || response.Body.Close() != nil {
		t.Fatal(err)
	}
	for _, never := range []string{secret, owner.Token, w.A.ID, "13901000000", "createRole", "财务"} {
		if strings.Contains(w.Log.String(), never) {
			t.Errorf("%s stands in the log", never)
		}
	}
}

package graph_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

// foreignPage is a page of an origin, in the browser of the owner, whose cookie goes along with whatever it sends.
type foreignPage struct {
	w      *apitest.World
	origin string
}

// send returns the status, what a page may read of the response's origin, and the start of the body: streams go on.
func (p foreignPage) send(
	t *testing.T, method, path, body string, header ...string,
) (status int, readable, text string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(p.w.URL, "/graphql")+path,
		strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", p.origin)
	r.Header.Set("Cookie", "__Host-deputy="+p.w.A.Owner.Token)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // what matters of it was read
	first := make([]byte, 4096)
	n, err := response.Body.Read(first)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Access-Control-Allow-Origin"), string(first[:n])
}

// TestPagesOfOtherOriginsExecuteNothing attacks with everything that a page can send, and with what its browser would
// not let it send. The same, sent by a page of the listed origin, runs as long as it is no simple request that changes
// something.
func TestPagesOfOtherOriginsExecuteNothing(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	encode := func(query string) string {
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	roles := func() any {
		return w.A.Owner.Do(`query($id: ID!) { org(id: $id) { roles { totalCount } } }`,
			apitest.Vars{"id": w.A.ID}).OK().Get("org.roles.totalCount")
	}
	link := w.A.Owner.Do(`mutation($id: ID!) { exportOrders(input: {orgId: $id, format: CSV}) { url } }`,
		apitest.Vars{"id": w.A.ID}).OK().Text("exportOrders.url")
	create := `mutation { createRole(input: {orgId: "` + w.A.ID +
		`", name: "stolen", grants: [{module: ORDERS, actions: [VIEW]}]}) { role { id } } }`
	me := "{ viewer { account { id } } }"
	watch := `subscription { auditEvents(orgId: "` + w.A.ID + `") { id } }`
	inURL := func(query string) string { return "/graphql?query=" + url.QueryEscape(query) }
	for _, attack := range []struct {
		name               string
		method, path, body string
		header             []string
		listed             int // the status for a page of the listed origin
	}{
		{"JSON", "POST", "/graphql", encode(create), []string{"Content-Type", "application/json"}, 200},
		{
			"JSON after a preflight", "POST", "/graphql", encode(strings.Replace(create, "stolen", "stolen again", 1)),
			[]string{"Content-Type", "application/json", "X-Requested-With", "x", "Apollo-Require-Preflight", "1"},
			200,
		},
		{"JSON as text", "POST", "/graphql", encode(create), []string{"Content-Type", "text/plain"}, 415},
		{"JSON without a type", "POST", "/graphql", encode(create), nil, 415},
		{
			"a form", "POST", "/graphql", "query=" + url.QueryEscape(create),
			[]string{"Content-Type", "application/x-www-form-urlencoded"},
			415,
		},
		{
			"a form with a file", "POST", "/graphql", "--x\r\n\r\n" + encode(create) + "\r\n--x--",
			[]string{"Content-Type", "multipart/form-data; boundary=x"},
			415,
		},
		{"a form as text", "POST", inURL(create), "", []string{"Content-Type", "text/plain"}, 415},
		{"a mutation in the address", "GET", inURL(create), "", nil, 405},
		{"a query in the address", "GET", inURL(me), "", nil, 200},
		{"a query in the address after a preflight", "GET", inURL(me), "", []string{"GraphQL-Require-Preflight", "1"}, 200},
		{"an EventSource", "GET", inURL(watch), "", []string{"Accept", "text/event-stream"}, 200},
		{
			"an event stream", "POST", "/graphql", encode(watch),
			[]string{"Accept", "text/event-stream", "Content-Type", "application/json"},
			200,
		},
		{"a file", "GET", link, "", nil, 200},
	} {
		for _, marks := range [][]string{nil, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
			for _, origin := range []string{"https://evil.example", "null", apitest.Origin + ".evil.example"} {
				before := roles()
				var status int
				var readable, text string
				statements := w.Statements(func() {
					status, readable, text = foreignPage{w, origin}.send(t, attack.method, attack.path, attack.body,
						append(marks, attack.header...)...)
				})
				if status != http.StatusForbidden || readable != "" || len(statements) > 0 ||
					!strings.Contains(text, "BAD_REQUEST") {
					t.Errorf("%s from %s: %d, readable by %q: %s\n%s", attack.name, origin, status, readable, text,
						strings.Join(statements, "\n"))
				}
				if after := roles(); after != before {
					t.Fatalf("%s from %s: %v roles, then %v", attack.name, origin, before, after)
				}
			}
		}
		before := roles()
		status, readable, text := foreignPage{w, apitest.Origin}.send(t, attack.method, attack.path, attack.body,
			append(attack.header, "Sec-Fetch-Site", "same-site")...)
		if status != attack.listed || readable != apitest.Origin {
			t.Errorf("%s from the listed origin: %d, readable by %q: %s", attack.name, status, readable, text)
		}
		eventually(t, "the stream has ended, and reads no more",
			func() bool { return w.Streams.Open() == 0 && w.Resolver.Feed.Len() == 0 })
		if after, runs := roles(), status == 200 && strings.Contains(attack.body, "createRole"); (after != before) != runs {
			t.Errorf("%s from the listed origin: %v roles, then %v: %s", attack.name, before, after, text)
		}
	}
}

package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"deputy/internal/fault"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

const console = "https://console.agency.example"

// visit sends a request with headers, name after name, through the chain and the door, and returns what came back, and
// the token that the handler was reached with: "-" when it was not.
func visit(
	t *testing.T, origins web.Origins, method, path string, header ...string,
) (answer *http.Response, reached string) {
	t.Helper()
	answer, reached, _ = visitChain(t, web.Chain{Origins: origins}, method, path, header...)
	return answer, reached
}

// visitChain is visit with a chain, and returns what it logged too.
func visitChain(
	t *testing.T, chain web.Chain, method, path string, header ...string,
) (answer *http.Response, reached, lines string) {
	t.Helper()
	reached = "-"
	var log logged
	door := web.Identity{
		Viewer: func(_ context.Context, _ viewer.Origin, token string) (*viewer.Viewer, error) {
			reached = token
			return &viewer.Viewer{}, nil
		},
		Cookie: "__Host-deputy",
		Lang:   func(*http.Request) fault.Lang { return fault.En },
		Broken: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusForbidden) },
	}
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	inside := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Add("Vary", "Accept") })
	chain.Log = log.logger()
	chain.Wrap(door.Wrap(inside)).ServeHTTP(w, r)
	answer = w.Result()
	return answer, reached, log.String()
}

// TestForeignPagesDoNotBorrowTheCookie: a browser adds the cookie to whatever a page sends, so where the page is from
// decides.
func TestForeignPagesDoNotBorrowTheCookie(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method string
		marks  []string
		in     bool
	}{
		"no browser": {"POST", nil, true},
		"our own page": {"POST", []string{
			"Sec-Fetch-Site", "same-origin", "Origin",
			"http://example.com",
		}, true},
		"our own page in an old browser":      {"POST", []string{"Origin", "http://example.com"}, true},
		"the listed origin":                   {"POST", []string{"Sec-Fetch-Site", "same-site", "Origin", console}, true},
		"the listed origin in an old browser": {"POST", []string{"Origin", console}, true},
		"the listed origin reads":             {"GET", []string{"Sec-Fetch-Site", "same-site", "Origin", console}, true},
		"a link on another page of the site":  {"GET", []string{"Sec-Fetch-Site", "same-site"}, true},
		"another site": {"POST", []string{
			"Sec-Fetch-Site", "cross-site", "Origin",
			"https://evil.example",
		}, false},
		"another site without an origin": {"POST", []string{"Sec-Fetch-Site", "cross-site"}, false},
		"another site reads": {"GET", []string{
			"Sec-Fetch-Site", "cross-site", "Origin",
			"https://evil.example",
		}, false},
		"another site in an old browser":       {"POST", []string{"Origin", "https://evil.example"}, false},
		"another site reads in an old browser": {"GET", []string{"Origin", "https://evil.example"}, false},
		"a WebSocket of another site": {
			"GET",
			[]string{"Sec-Fetch-Site", "cross-site", "Upgrade", "websocket"},
			false,
		},
		"a WebSocket of another host": {
			"GET",
			[]string{"Sec-Fetch-Site", "same-site", "Upgrade", "WebSocket"},
			false,
		},
		"a WebSocket of our own page": {
			"GET",
			[]string{"Sec-Fetch-Site", "same-origin", "Upgrade", "websocket"},
			true,
		},
		"a WebSocket of no browser":      {"GET", []string{"Upgrade", "websocket"}, true},
		"a hidden origin":                {"POST", []string{"Origin", "null"}, false},
		"a sandbox of the listed origin": {"POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, false},
		"another host of the site": {"POST", []string{
			"Sec-Fetch-Site", "same-site", "Origin",
			"https://blog.agency.example",
		}, false},
		"a name that begins alike": {"POST", []string{"Origin", console + ".evil.example"}, false},
		"another port":             {"POST", []string{"Origin", console + ":8443"}, false},
		"another scheme": {
			"POST",
			[]string{"Origin", strings.Replace(console, "https", "http", 1)},
			false,
		},
		"other letters": {"POST", []string{"Origin", strings.ToUpper(console)}, false},
		"two origins, the listed one second": {
			"POST",
			[]string{"Origin", "https://evil.example", "Origin", console},
			false,
		},
		"after a preflight, of another origin": {"POST", []string{
			"Origin", "https://evil.example", "Content-Type",
			"application/json", "X-Requested-With", "x",
		}, false},
	} {
		answer, reached := visit(t, web.Origins{console}, c.method, "/graphql",
			append(c.marks, "Cookie", "__Host-deputy=token")...)
		if c.in != (reached == "token") || !c.in && (reached != "-" || answer.StatusCode != http.StatusForbidden) {
			t.Errorf("%s: %d, reached with %q", name, answer.StatusCode, reached)
		}
	}
	if _, reached := visit(t, nil, "POST", "/graphql", "Origin", console, "Cookie",
		"__Host-deputy=token"); reached != "-" {
		t.Errorf("nothing is listed, reached with %q", reached)
	}
	if _, reached := visit(t, nil, "POST", "/graphql", "Origin", console, "Cookie", "__Host-deputy=token", "Authorization",
		"Bearer other"); reached != "other" {
		t.Errorf("a bearer token is no cookie, reached with %q", reached)
	}
}

func TestPreflights(t *testing.T) {
	t.Parallel()
	ask := func(origin, method, headers string) []string {
		return []string{
			"Origin", origin, "Access-Control-Request-Method", method, "Access-Control-Request-Headers", headers,
			"Cookie", "__Host-deputy=token",
		}
	}
	const needed = "accept-language,apollo-require-preflight,authorization,content-type,idempotency-key,last-event-id"
	for name, c := range map[string]struct {
		path string
		sent []string
		in   bool
	}{
		"a mutation":      {"/graphql", ask(console, "POST", needed), true},
		"a query":         {"/graphql", ask(console, "GET", needed), true},
		"a file":          {"/downloads/x", ask(console, "GET", "authorization"), true},
		"the schema":      {"/schema.graphql", ask(console, "GET", ""), true},
		"another origin":  {"/graphql", ask("https://evil.example", "POST", needed), false},
		"a hidden origin": {"/graphql", ask("null", "POST", needed), false},
		"another host":    {"/graphql", ask("https://blog.agency.example", "POST", "content-type"), false},
		"another method":  {"/graphql", ask(console, "DELETE", "content-type"), false},
		"headers of tools": {"/graphql", ask(console, "POST",
			"baggage,sentry-trace,traceparent,tracestate,x-datadog-trace-id,x-graphql-client-name"), true},
	} {
		answer, reached := visit(t, web.Origins{"http://localhost:3000", console}, http.MethodOptions, c.path, c.sent...)
		h := answer.Header
		if reached != "-" || answer.StatusCode != http.StatusNoContent {
			t.Errorf("%s: %d, reached with %q", name, answer.StatusCode, reached)
		}
		if vary := strings.Join(h.Values("Vary"), ", "); !strings.Contains(vary, "Origin") ||
			!strings.Contains(vary, "Access-Control-Request-Headers") {
			t.Errorf("%s: varies by %q", name, vary)
		}
		allowed := h.Get("Access-Control-Allow-Origin") == console && h.Get("Access-Control-Allow-Credentials") == "true" &&
			h.Get("Access-Control-Max-Age") == "7200"
		if allowed != c.in || !c.in &&
			(h.Get("Access-Control-Allow-Origin")+h.Get("Access-Control-Allow-Credentials") != "") {
			t.Errorf("%s: %v", name, h)
		}
	}
}

func TestAnswersToOtherOrigins(t *testing.T) {
	t.Parallel()
	for origin, in := range map[string]bool{console: true, "https://evil.example": false, "null": false, "": false} {
		answer, _ := visit(t, web.Origins{console}, http.MethodPost, "/graphql", "Origin", origin)
		h := answer.Header
		if vary := strings.Join(h.Values("Vary"), ", "); vary != "Origin, Accept" {
			t.Errorf("%q: varies by %q", origin, vary)
		}
		if got := h.Get("Access-Control-Allow-Origin"); in != (got == console) || !in && got != "" {
			t.Errorf("%q: allows %q", origin, got)
		}
		if exposed := h.Get("Access-Control-Expose-Headers"); in != (exposed == "Content-Disposition, Retry-After, "+
			"X-Request-Id") {
			t.Errorf("%q: exposes %q", origin, exposed)
		}
	}
	answer, _ := visit(t, nil, http.MethodPost, "/graphql", "Origin", console)
	for name := range answer.Header {
		if strings.HasPrefix(name, "Access-Control-") {
			t.Errorf("nothing is listed, answers %s", name)
		}
	}
}

// TestGuests has pages of this machine come in with a bearer token, and never with the cookie, where the chain has
// guests.
func TestGuests(t *testing.T) {
	t.Parallel()
	const cookie, bearer = "__Host-deputy=token", "Bearer other"
	for origin, in := range map[string]bool{
		"http://localhost:5173": true, "http://127.0.0.1:3000": true, "http://[::1]:3000": true, "https://localhost": true,
		"http://127.8.8.8":              true,
		"http://localhost.evil.example": false, "http://evil.example": false, "null": false, "http://10.0.0.1:3000": false,
		"http://127.0.0.1.evil.example": false,
		"http://localhost:5173/":        false, "ftp://localhost": false, "http://user@localhost:1": false,
	} {
		for _, guests := range []bool{true, false} {
			chain := web.Chain{Guests: guests}
			in := in && guests
			answer, reached, _ := visitChain(t, chain, http.MethodPost, "/graphql", "Sec-Fetch-Site", "same-site", "Origin",
				origin, "Authorization", bearer)
			if got := answer.Header.Get("Access-Control-Allow-Origin"); reached != "other" || in != (got == origin) {
				t.Errorf("%s, guests %v: reached with %q, %q may read it", origin, guests, reached, got)
			}
			if got := answer.Header.Get("Access-Control-Allow-Credentials"); got != "" {
				t.Errorf("%s: credentials: %s", origin, got)
			}
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				_, reached, _ = visitChain(t, chain, method, "/graphql", "Sec-Fetch-Site", "same-site", "Origin", origin, "Cookie",
					cookie)
				if reached != "-" {
					t.Errorf("%s, guests %v: %s with the cookie reached with %q", origin, guests, method, reached)
				}
			}
			_, _, lines := visitChain(t, chain, http.MethodOptions, "/graphql", "Sec-Fetch-Site", "same-site", "Origin", origin,
				"Access-Control-Request-Method", "POST")
			told := strings.Contains(lines, "DEPUTY_ORIGINS") && strings.Contains(lines, origin)
			if told == in {
				t.Errorf("%s, guests %v: the log says %s", origin, guests, lines)
			}
		}
	}
	// Behind a proxy that says where a request goes, the page is ours.
	if _, reached, _ := visitChain(t, web.Chain{Guests: true}, http.MethodPost, "/graphql", "Sec-Fetch-Site",
		"same-origin", "Origin", "http://localhost:5173", "Cookie", cookie); reached != "token" {
		t.Errorf("our own page behind a proxy: reached with %q", reached)
	}
}

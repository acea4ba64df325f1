package gqlserve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/web"
)

const (
	plainJSON = "application/json"
	strictly  = "application/graphql-response+json"
)

// server returns a schema behind the whole chain, on a real listener.
func server(t *testing.T, s *schema) (*httptest.Server, *logged) {
	t.Helper()
	log := &logged{}
	errs := gqlserve.Errors{Log: log.logger()}
	chain := web.Chain{Log: log.logger(), NewID: func() string { return "req-1" }, Lang: lang.Of}
	ts := httptest.NewServer(chain.Wrap(gqlserve.NewHandler(s, errs, bounds.Limits{}, gqlserve.Extensions{})))
	t.Cleanup(ts.Close)
	return ts, log
}

type sent struct {
	method, query, body string
	header              map[string]string
	chunked             bool
}

type got struct {
	status int
	header http.Header
	text   string
	body   map[string]json.RawMessage
	errors []struct {
		Message    string
		Path       []any
		Locations  []any
		Extensions map[string]any
	}
}

func (g got) code() any {
	if len(g.errors) == 0 {
		return nil
	}
	return g.errors[0].Extensions["code"]
}

func send(t *testing.T, ts *httptest.Server, s sent) got {
	t.Helper()
	var body io.Reader
	if s.body != "" {
		body = strings.NewReader(s.body)
		if s.chunked {
			body = io.MultiReader(body) // hides the length
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), s.method, ts.URL+"/graphql"+s.query, body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range s.header {
		r.Header.Set(name, value)
	}
	response, err := ts.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	g := got{status: response.StatusCode, header: response.Header, text: string(text)}
	if len(text) == 0 {
		return g
	}
	if err := json.Unmarshal(text, &g.body); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if raw, ok := g.body["errors"]; ok {
		if err := json.Unmarshal(raw, &g.errors); err != nil {
			t.Fatal(err)
		}
	}
	return g
}

func post(body string, accept string) sent {
	return sent{method: http.MethodPost, body: body, header: map[string]string{
		"Content-Type": plainJSON,
		"Accept":       accept,
	}}
}

func query(q string) string { return "?query=" + url.QueryEscape(q) }

func TestHTTPStatusAndCode(t *testing.T) {
	t.Parallel()
	with := func(s sent, name, value string) sent {
		header := map[string]string{}
		for k, v := range s.header {
			header[k] = v
		}
		header[name] = value
		s.header = header
		return s
	}
	get := func(q string, header ...string) sent {
		s := sent{method: http.MethodGet, query: q, header: map[string]string{}}
		for i := 0; i < len(header); i += 2 {
			s.header[header[i]] = header[i+1]
		}
		return s
	}
	ok := `{"query":"{name}"}`
	large := `{"query":"{name}","x":"` + strings.Repeat("y", 1<<20) + `"}`
	for _, test := range []struct {
		name   string
		sent   sent
		status int
		code   any
		media  string
	}{
		{"query", post(ok, ""), 200, nil, plainJSON},
		{"query, any type", post(ok, "*/*"), 200, nil, plainJSON},
		{"query, strict type", post(ok, strictly), 200, nil, strictly},
		{"query, both types", post(ok, strictly+", application/json;q=0.9"), 200, nil, strictly},
		{"query, strict type second", post(ok, "application/json;q=0.5, "+strictly), 200, nil, strictly},
		{
			"query, many types", post(ok, strictly+", application/graphql+json, application/json, text/event-stream"), 200, nil,
			strictly,
		},
		{
			"query of a browser window", get(query("{name}"), "Accept", "text/html,application/xhtml+xml,*/*;q=0.8"), 200, nil,
			plainJSON,
		},
		{"other type", post(ok, "text/html"), 406, "BAD_REQUEST", plainJSON},
		{"no type wanted", post(ok, "application/json;q=0"), 406, "BAD_REQUEST", plainJSON},
		{"other charset", post(ok, "application/json;charset=utf-16"), 406, "BAD_REQUEST", plainJSON},
		{"unknown members", post(`{"query":"{name}","QUERY":1,"more":[{}]}`, ""), 200, nil, plainJSON},
		{"members are case-sensitive", post(`{"Query":"{name}"}`, ""), 400, "BAD_REQUEST", plainJSON},
		{
			"nulls", post(`{"query":"{name}","operationName":null,"variables":null,"extensions":null}`, ""), 200, nil,
			plainJSON,
		},
		{"operation name", post(`{"query":"query a{name} query b{name}","operationName":"b"}`, ""), 200, nil, plainJSON},
		{
			"unknown operation", post(`{"query":"query a{name}","operationName":"b"}`, strictly), 400,
			"GRAPHQL_VALIDATION_FAILED", strictly,
		},
		{"variables", post(`{"query":"query($n:Int){echo(n:$n)}","variables":{"n":1}}`, ""), 200, nil, plainJSON},
		{"many variable values", post(`{"query":"query($i:[ID!]){echo(ids:$i)}","variables":{"i":[1`+strings.Repeat(",1",
			19_997)+`]}}`, strictly), 200, nil, strictly},
		{
			"too many variable values",
			post(`{"query":"query($i:[ID!]){echo(ids:$i)}","variables":{"i":[1`+strings.Repeat(",1", 19_998)+`]}}`, strictly),
			400, "LIMIT_EXCEEDED", strictly,
		},
		{"too many values in extensions", post(`{"query":"{name}","extensions":{"i":[1`+strings.Repeat(",1", 20_000)+`]}}`,
			""), 400, "LIMIT_EXCEEDED", plainJSON},
		{"deep variables", post(`{"query":"{name}","variables":{"i":`+strings.Repeat("[", 19)+strings.Repeat("]", 19)+`}}`,
			""), 200, nil, plainJSON},
		{"too deep variables", post(`{"query":"{name}","variables":{"i":`+strings.Repeat("[", 20)+strings.Repeat("]",
			20)+`}}`, ""), 400, "LIMIT_EXCEEDED", plainJSON},
		{"brackets and commas in texts", post(`{"query":"{name}","variables":{"i":"\\\"`+strings.Repeat("[,", 30_000)+`"}}`,
			""), 200, nil, plainJSON},
		{"too deep variables in GET", get(query("{name}") + "&variables=" +
			url.QueryEscape(`{"i":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+`}`)), 400, "LIMIT_EXCEEDED", plainJSON},
		{"variables of the wrong type", post(`{"query":"{name}","variables":[]}`, strictly), 400, "BAD_REQUEST", strictly},
		{"extensions of the wrong type", post(`{"query":"{name}","extensions":"x"}`, ""), 400, "BAD_REQUEST", plainJSON},
		{"query of the wrong type", post(`{"query":1}`, ""), 400, "BAD_REQUEST", plainJSON},
		{"no query", post(`{}`, ""), 400, "BAD_REQUEST", plainJSON},
		{"no body", post("", ""), 400, "BAD_REQUEST", plainJSON},
		{"null", post("null", ""), 400, "BAD_REQUEST", plainJSON},
		{"an empty batch", post("[]", ""), 400, "BAD_REQUEST", plainJSON},
		{"a list of nothing good", post("[x", ""), 400, "BAD_REQUEST", plainJSON},
		{"two objects", post(ok+ok, ""), 400, "BAD_REQUEST", plainJSON},
		{"not UTF-8", post("{\"query\":\"{name}\xff\"}", ""), 400, "BAD_REQUEST", plainJSON},
		{"syntax", post(`{"query":"{"}`, ""), 200, "GRAPHQL_PARSE_FAILED", plainJSON},
		{"syntax, strict type", post(`{"query":"{"}`, strictly), 400, "GRAPHQL_PARSE_FAILED", strictly},
		{"validation", post(`{"query":"{nam}"}`, ""), 200, "GRAPHQL_VALIDATION_FAILED", plainJSON},
		{"validation, strict type", post(`{"query":"{nam}"}`, strictly), 400, "GRAPHQL_VALIDATION_FAILED", strictly},
		{
			"variable missing", post(`{"query":"query($i:ID!){echo(ids:[$i])}"}`, strictly), 400, "GRAPHQL_VALIDATION_FAILED",
			strictly,
		},
		{
			"limit", post(`{"query":"`+strings.Repeat("{friend", 16)+strings.Repeat("}", 16)+`"}`, ""), 200, "LIMIT_EXCEEDED",
			plainJSON,
		},
		{
			"limit, strict type", post(`{"query":"`+strings.Repeat("{friend", 16)+strings.Repeat("}", 16)+`"}`, strictly), 400,
			"LIMIT_EXCEEDED", strictly,
		},
		{"large body", post(large, strictly), 413, "LIMIT_EXCEEDED", strictly},
		{
			"large body in chunks", func() sent { s := post(large, ""); s.chunked = true; return s }(), 413, "LIMIT_EXCEEDED",
			plainJSON,
		},
		{"body in chunks", func() sent { s := post(ok, ""); s.chunked = true; return s }(), 200, nil, plainJSON},
		{"no content type", sent{method: http.MethodPost, body: ok}, 415, "BAD_REQUEST", plainJSON},
		{"text", with(post(ok, ""), "Content-Type", "text/plain"), 415, "BAD_REQUEST", plainJSON},
		{
			"text that names JSON", with(post(ok, ""), "Content-Type", "text/plain; application/json"), 415, "BAD_REQUEST",
			plainJSON,
		},
		{
			"form", with(post("query="+url.QueryEscape("{name}"), ""), "Content-Type", "application/x-www-form-urlencoded"), 415,
			"BAD_REQUEST", plainJSON,
		},
		{"multipart", with(post(ok, ""), "Content-Type", "multipart/form-data; boundary=x"), 415, "BAD_REQUEST", plainJSON},
		{"UTF-8", with(post(ok, ""), "Content-Type", "application/json; charset=UTF-8"), 200, nil, plainJSON},
		{"UTF-16", with(post(ok, ""), "Content-Type", "application/json; charset=utf-16"), 415, "BAD_REQUEST", plainJSON},
		{"gzip", with(post(ok, ""), "Content-Encoding", "gzip"), 415, "BAD_REQUEST", plainJSON},
		{"PUT", sent{method: http.MethodPut, body: ok}, 405, "BAD_REQUEST", plainJSON},
		{"DELETE", sent{method: http.MethodDelete}, 405, "BAD_REQUEST", plainJSON},
		{"mutation", post(`{"query":"mutation{rename(name:\"x\")}"}`, ""), 200, nil, plainJSON},
		{"subscription", post(`{"query":"subscription{ticks}"}`, strictly), 400, "BAD_REQUEST", strictly},
		{"GET", get(query("{name}")), 200, nil, plainJSON},
		{"GET with variables", get(query("query($n:Int){echo(n:$n)}") + "&variables=" + url.QueryEscape(`{"n":1}`) +
			"&extensions=&operationName="), 200, nil, plainJSON},
		{"GET with bad variables", get(query("{name}") + "&variables=x"), 400, "BAD_REQUEST", plainJSON},
		{"GET with two queries", get(query("{name}") + "&query=x"), 400, "BAD_REQUEST", plainJSON},
		{"GET without query", get(""), 400, "BAD_REQUEST", plainJSON},
		{"GET of bad escapes", get("?query=%zz"), 400, "BAD_REQUEST", plainJSON},
		{"GET not UTF-8", get("?query=%7bname%7d%ff"), 400, "BAD_REQUEST", plainJSON},
		{"GET of a mutation", get(query("mutation{rename(name:\"x\")}")), 405, "BAD_REQUEST", plainJSON},
		{"GET of the mutation beside a query", get(query("query a{name} mutation b{rename(name:\"x\")}") +
			"&operationName=b"), 405, "BAD_REQUEST", plainJSON},
		{"GET of a subscription", get(query("subscription{ticks}"), "Accept", strictly), 400, "BAD_REQUEST", strictly},
		{"GET from another site", get(query("{name}"), "Sec-Fetch-Site", "cross-site"), 403, "BAD_REQUEST", plainJSON},
		{"GET from a sister site", get(query("{name}"), "Sec-Fetch-Site", "same-site"), 403, "BAD_REQUEST", plainJSON},
		{"GET from another site after a preflight", get(query("{name}"), "Sec-Fetch-Site", "cross-site",
			"GraphQL-Require-Preflight", "1"), 200, nil, plainJSON},
		{"GET from another site with a bearer token", get(query("{name}"), "Sec-Fetch-Site", "cross-site", "Authorization",
			"Bearer x"), 200, nil, plainJSON},
		{
			"GET from another site with a browser's own credentials",
			get(query("{name}"), "Sec-Fetch-Site", "cross-site", "Authorization", "Basic eDp5"), 403, "BAD_REQUEST", plainJSON,
		},
		{"GET from here", get(query("{name}"), "Sec-Fetch-Site", "same-origin", "Cookie", "a=b"), 200, nil, plainJSON},
		{"GET with another origin", get(query("{name}"), "Origin", "https://evil.example"), 403, "BAD_REQUEST", plainJSON},
		{"GET with a hidden origin", get(query("{name}"), "Origin", "null"), 403, "BAD_REQUEST", plainJSON},
		{"GET with a cookie from an old browser", get(query("{name}"), "Cookie", "a=b"), 403, "BAD_REQUEST", plainJSON},
		{"refused field", post(`{"query":"{name refused}"}`, strictly), 200, "FORBIDDEN", strictly},
		{"panic", post(`{"query":"{panics}"}`, strictly), 200, "INTERNAL", strictly},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ts, _ := server(t, newSchema())
			g := send(t, ts, test.sent)
			if g.status != test.status || g.code() != test.code {
				t.Fatalf("%d %v, want %d %v: %s", g.status, g.code(), test.status, test.code, g.text)
			}
			if media := g.header.Get("Content-Type"); media != test.media+"; charset=utf-8" {
				t.Errorf("Content-Type %q, want %s", media, test.media)
			}
			if cache := g.header.Get("Cache-Control"); cache != "no-store" {
				t.Errorf("Cache-Control %q", cache)
			}
			_, data := g.body["data"]
			executed := test.code == nil || test.code == "FORBIDDEN" || test.code == "INTERNAL"
			if data != executed {
				t.Errorf("data is there: %v, want %v: %s", data, executed, g.text)
			}
			if allow := g.header.Get("Allow"); (allow != "") != (test.status == http.StatusMethodNotAllowed) {
				t.Errorf("Allow %q", allow)
			}
		})
	}
}

func TestOptionsAnswersWhatIsAllowed(t *testing.T) {
	t.Parallel()
	ts, _ := server(t, newSchema())
	g := send(t, ts, sent{method: http.MethodOptions})
	if g.status != http.StatusNoContent || g.header.Get("Allow") != "GET, POST, OPTIONS" || g.text != "" {
		t.Errorf("%d %q %q", g.status, g.header.Get("Allow"), g.text)
	}
}

// TestABatchIsRefusedInItsForm: a client that sends a list reads one, with an error for each operation, and none runs.
func TestABatchIsRefusedInItsForm(t *testing.T) {
	t.Parallel()
	s := newSchema()
	ts, _ := server(t, s)
	for body, want := range map[string]int{`[{"query":"{name}"}]`: 1, ` [{"query":"{name}"},1,null]`: 3, "[" +
		strings.Repeat("1,", 1000) + "1]": 100} {
		for accept, status := range map[string]int{plainJSON: http.StatusOK, strictly: http.StatusBadRequest} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, ts.URL, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", plainJSON)
			r.Header.Set("Accept", accept)
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			var answers []struct {
				Errors []struct{ Extensions map[string]any }
			}
			err = json.NewDecoder(response.Body).Decode(&answers)
			if err != nil || response.StatusCode != status || len(answers) != want {
				t.Fatalf("%s, %v, %d answers, want %d", response.Status, err, len(answers), want)
			}
			for _, a := range answers {
				if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_REQUEST" {
					t.Errorf("%v", a)
				}
			}
			if err := response.Body.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	if runs := s.runs.Load(); runs != 0 {
		t.Errorf("%d of them ran", runs)
	}
}

func TestRefusedRequestsDoNotRun(t *testing.T) {
	t.Parallel()
	s := newSchema()
	ts, _ := server(t, s)
	send(t, ts, sent{method: http.MethodGet, query: query(`mutation{rename(name:"x")}`)})
	send(t, ts, sent{
		method: http.MethodGet, query: query(`{name}`),
		header: map[string]string{"Origin": "https://evil.example"},
	})
	send(t, ts, sent{
		method: http.MethodPost, body: `{"query":"{name}"}`,
		header: map[string]string{"Content-Type": "text/plain"},
	})
	send(t, ts, post(`{"query":"{name}"}`, "text/html"))
	send(t, ts, post(`{"query":"subscription{ticks}"}`, ""))
	if runs := s.runs.Load(); runs != 0 {
		t.Errorf("%d of them ran", runs)
	}
}

func TestDataIsCopiedAsItIs(t *testing.T) {
	t.Parallel()
	ts, _ := server(t, newSchema())
	if g := send(t, ts, post(`{"query":"{name}"}`, "")); !strings.HasPrefix(g.text,
		`{"data":{"name":"张三 <&>"},"extensions":`) {
		t.Errorf("%s", g.text)
	}
}

func TestErrorsAreAtMostTwenty(t *testing.T) {
	t.Parallel()
	ts, _ := server(t, newSchema())
	for name, q := range map[string]string{
		"of fields":     `{"query":"{many}"}`,
		"of validation": `{"query":"{` + numbered(50, "f%d ") + `}"}`,
	} {
		g := send(t, ts, post(q, ""))
		if len(g.errors) != 20 || !strings.Contains(string(g.body["extensions"]), `"omittedErrors":30`) {
			t.Errorf("%s: %d errors, extensions %s", name, len(g.errors), g.body["extensions"])
		}
	}
}

func TestBodiesAreNeverEchoed(t *testing.T) {
	t.Parallel()
	ts, log := server(t, newSchema())
	const secret = "hunter2hunter2"
	for _, body := range []string{
		`{"query":"{name}","variables":"` + secret + `"}`,
		`{"query": ` + secret + `}`,
		secret,
		`["` + secret,
		`{"` + secret,
		`{"query":"query($p:Int){echo(n:$p)}","variables":{"p":{"` + "a" + `":"` + secret + `"}}}`,
		`{"query":"query($p:Int){echo(n:$p)}","variables":{"p":"` + secret + `"}}`,
		`{"query":"query($p:Kind){echo(kind:$p)}","variables":{"p":"` + secret + `"}}`,
	} {
		for _, accept := range []string{plainJSON, strictly} {
			if g := send(t, ts, post(body, accept)); strings.Contains(g.text, secret) {
				t.Errorf("%s answers %s", body, g.text)
			}
		}
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log has it: %s", log)
	}
}

func TestLongMessagesAreCut(t *testing.T) {
	t.Parallel()
	ts, _ := server(t, newSchema())
	name := strings.Repeat("x", 200<<10)
	for _, q := range []string{"{" + name + "}", "{name @" + name + "}", "query($v:" + name + "){name}", name} {
		g := send(t, ts, post(`{"query":"`+q+`"}`, ""))
		if len(g.errors) == 0 || len(g.text) > 2_000 {
			t.Errorf("%d bytes, errors %v", len(g.text), len(g.errors))
		}
	}
}

func TestNoNamesAreSuggested(t *testing.T) {
	t.Parallel()
	ts, _ := server(t, newSchema())
	for _, q := range []string{
		"{nam}", "{echo(tex:1)}", "query($a:Strin){name}", "{node{... on Use{id}}}", "{node{friend{id}}}",
		"{name @skp(if:true)}",
		"{node}", "{name{x}}", "query($a:Nod){name}",
	} {
		g := send(t, ts, post(`{"query":"`+q+`"}`, ""))
		if len(g.errors) == 0 || strings.Contains(g.text, "Did you mean") {
			t.Errorf("%s: %s", q, g.text)
		}
	}
}

// brokenBody fails while it is read.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) {
	return 0, errors.New("connection reset, secret of the network")
}

func TestUnreadableBodies(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/graphql", brokenBody{})
	r.Header.Set("Content-Type", plainJSON)
	gqlserve.NewHandler(newSchema(), discard(), bounds.Limits{}, gqlserve.Extensions{}).ServeHTTP(w, r)
	if w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestAStalledDatabaseHoldsNoRequest has a field wait for what does not come, as one does whose statement is not
// answered.
func TestAStalledDatabaseHoldsNoRequest(t *testing.T) {
	t.Parallel()
	stalled := newSchema()
	stalled.fields["name"] = func(ctx context.Context) (string, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql",
		bytes.NewBufferString(`{"query":"{name}"}`))
	r.Header.Set("Content-Type", plainJSON)
	hasty := bounds.Limits{Time: 10 * time.Millisecond}
	gqlserve.NewHandler(stalled, discard(), hasty, gqlserve.Extensions{}).ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `"code":"LIMIT_EXCEEDED"`) ||
		!strings.Contains(w.Body.String(), `"limit":"time"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRequestsThatEndEarly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		cause  error
		status int
		code   string
	}{
		{context.Canceled, http.StatusBadRequest, "BAD_REQUEST"},
		{context.DeadlineExceeded, http.StatusServiceUnavailable, "LIMIT_EXCEEDED"},
	} {
		cause := test.cause
		ctx, cancel := context.WithCancel(t.Context())
		if errors.Is(cause, context.DeadlineExceeded) {
			ctx, cancel = context.WithTimeout(t.Context(), 0)
		}
		cancel()
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", bytes.NewBufferString(`{"query":"{name}"}`))
		r.Header.Set("Content-Type", plainJSON)
		var log logged
		errs := gqlserve.Errors{Log: log.logger()}
		gqlserve.NewHandler(newSchema(), errs, bounds.Limits{}, gqlserve.Extensions{}).ServeHTTP(w, r)
		if w.Code != test.status || !strings.Contains(w.Body.String(), `"code":"`+test.code+`"`) {
			t.Errorf("%v: %d %s", cause, w.Code, w.Body)
		}
		if strings.Contains(log.String(), `"level":"ERROR"`) {
			t.Errorf("%v: logged as an error: %s", cause, &log)
		}
	}
}

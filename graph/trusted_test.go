package graph_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
	"deputy/internal/store/storetest"
)

func operationsFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "operations.json")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestTrustedOperations has each kind of manifest, on a second server over the same people.
func TestTrustedOperations(t *testing.T) {
	t.Parallel()
	rename := `mutation Rename($in: UpdateSubAccountInput!) { updateSubAccount(input: $in) { userErrors { code } } }`
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	type list = []apitest.Vars
	for name, m := range map[string]struct {
		manifest          apitest.Vars
		me, watch, rename string
	}{
		"Apollo": {apitest.Vars{"format": "apollo-persisted-query-manifest", "version": 1, "operations": list{
			{"id": hashOf(whoAmI), "name": "Me", "type": "query", "body": whoAmI, "clientName": "console"},
			{"id": hashOf(watchEvents), "name": "", "type": "subscription", "body": watchEvents},
			{"id": hashOf(rename), "name": "Rename", "type": "mutation", "body": rename},
		}}, hashOf(whoAmI), hashOf(watchEvents), hashOf(rename)},
		"Relay": {apitest.Vars{"5f2c": whoAmI, "0a17": watchEvents, "77aa": rename}, "5f2c", "0a17", "77aa"},
		"codegen": {apitest.Vars{"sha256:" + hashOf(whoAmI): whoAmI, "sha256:" + hashOf(watchEvents): watchEvents, "sha256:" +
			hashOf(rename): rename}, hashOf(whoAmI), hashOf(watchEvents), hashOf(rename)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			documents, err := bounds.ReadOperations(operationsFile(t, string(members(t, m.manifest))), nil, gqlserve.Served())
			if err != nil {
				t.Fatal(err)
			}
			s := apitest.NewWith(t, w.Store, apitest.Options{Documents: documents, Clock: w.Clock})
			c := s.As(t, w.A.Owner)
			apollo := func(id string) apitest.Vars {
				return apitest.Vars{"extensions": apitest.Vars{"persistedQuery": apitest.Vars{"version": 1, "sha256Hash": id}}}
			}
			for _, of := range []apitest.Vars{
				{"id": m.me},
				{"doc_id": m.me},
				{"documentId": m.me},
				{"documentId": "sha256:" + m.me},
				apollo(m.me),
			} {
				if c.Post(members(t, of)).OK().Text("viewer.account.id") == "" {
					t.Errorf("%v: nobody", of)
				}
				if status, body := getQuery(t, c, of); status != 200 || !strings.Contains(body, `"account"`) {
					t.Errorf("%v by GET: %d %s", of, status, body)
				}
			}
			named := apitest.Vars{"orgId": w.A.ID, "id": w.A.Seats["运营"].ID, "name": name}
			if a := c.Post(members(t, apitest.Vars{
				"id":        m.rename,
				"variables": apitest.Vars{"in": named},
			})).OK(); len(a.UserErrors("updateSubAccount")) > 0 {
				t.Errorf("a mutation: %s", a.Body)
			}
			with := func(of apitest.Vars, query string) apitest.Vars { of["query"] = query; return of }
			for _, of := range []apitest.Vars{
				{"query": whoAmI},
				{"query": whoAmI, "id": m.me},
				with(apollo(m.me), whoAmI),
				{"query": `{ modules { module } }`},
				with(apollo(hashOf(`{ modules { module } }`)), `{ modules { module } }`),
				{"query": `{ __schema { types { name } } }`},
				{"query": `{ nothing }`},
				{"query": `{`},
				{"id": "unknown"},
				apollo("unknown"),
				{"id": ""},
			} {
				a := c.Post(members(t, of))
				if code := a.Code(); code != "QUERY_NOT_IN_SAFELIST" && (of["id"] != "" || code != "BAD_REQUEST") || a.Data != nil {
					t.Errorf("%v: %s", of, a.Body)
				}
				if status, body := getQuery(t, c, of); strings.Contains(body, `"data"`) {
					t.Errorf("%v by GET: %d %s", of, status, body)
				}
			}

			in := apitest.Vars{"variables": fromTheFirst(w.A)}
			socket := c.Socket()
			socket.Ack()
			socket.Subscribe("1", watchEvents, apitest.Vars{"org": w.A.ID})
			if code := socket.Refused(); code != "QUERY_NOT_IN_SAFELIST" {
				t.Errorf("a text over a WebSocket: %s", code)
			}
			in["documentId"] = m.watch
			socket.Send(apitest.Message{ID: "2", Type: "subscribe", Payload: in})
			socket.Event()
			if event := firstEvent(t, s, c, in); !strings.Contains(event, `"auditEvents"`) {
				t.Errorf("as server-sent events: %s", event)
			}
			if event := firstEvent(t, s, c, with(in, watchEvents)); !strings.Contains(event, "QUERY_NOT_IN_SAFELIST") {
				t.Errorf("a text as server-sent events: %s", event)
			}
		})
	}
}

// TestOperationsThatAreRefusedAtTheStart are told with their ids.
func TestOperationsThatAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for content, says := range map[string]string{
		`{"good": "{ modules { module } }", "bad": "{ nothing }"}`: `operation "bad": input:1:3: Cannot query field "nothing"`,
		`{"deep": "{ ` + strings.Repeat("a{", 30) + `"}`:           `operation "deep"`,
		`{"none": ""}`: `operation "none": no operation provided`,
		`{"part": "fragment f on Query { __typename }"}`: `operation "part"`,
		`{"cut": "{ modules {"}`:                         `operation "cut"`,
		`{}`:                                             "there are none in the file",
		`[]`:                                             "decode",
		`{"a": 1}`:                                       "decode a map of documents by id",
		`{"a": "{`:                                       "decode",
		`{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}`:                                                                "version 2",
		`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": []}`:                                                                "there are none",
		`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "x", "body": "{ nothing }"}]}`:                              `operation "x"`,
		`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"body": "{ modules { module } }"}]}`:                              `operation ""`,
		`{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "x", "body": "{__typename}"}, {"id": "x", "body": "{b}"}]}`: `operation "x"`,
	} {
		if _, err := bounds.ReadOperations(operationsFile(t, content), nil, gqlserve.Served()); err == nil ||
			!strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", content, err, says)
		}
	}
	missing := filepath.Join(t.TempDir(), "secret", "operations.json")
	if _, err := bounds.ReadOperations(missing, nil, gqlserve.Served()); err == nil ||
		strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// TestOperationsOfTheConsole are known by their ids whatever else may run, and run alone where that is wanted.
func TestOperationsOfTheConsole(t *testing.T) {
	t.Parallel()
	const modules, other = `query Modules { modules { module } }`, `query Other { modules { name } }`
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	console := members(t, apitest.Vars{hashOf(whoAmI): whoAmI, hashOf(watchViewer): watchViewer})
	file := operationsFile(t, string(members(t, apitest.Vars{"5f2c": modules, hashOf(whoAmI): whoAmI})))
	const safelist = "QUERY_NOT_IN_SAFELIST"
	for _, test := range []struct {
		name, setting string
		// mine is an operation of the console by its id, text one that stands in no file, and theirs one of the file.
		mine, text, theirs string
	}{
		{"all run", "", "", "", "PERSISTED_QUERY_NOT_FOUND"},
		{"the console's alone", bounds.ConsoleAlone, "", safelist, safelist},
		{"the console's and those of a file", file, "", safelist, ""},
	} {
		documents, err := bounds.ReadOperations(test.setting, console, gqlserve.Served())
		if err != nil {
			t.Fatal(err)
		}
		if documents.Trusted() != (test.setting != "") {
			t.Errorf("%s: trusted %t", test.name, documents.Trusted())
		}
		s := apitest.NewWith(t, w.Store, apitest.Options{Documents: documents, Clock: w.Clock})
		c := s.As(t, w.A.Owner)
		for _, ask := range []struct {
			what string
			of   apitest.Vars
			want string
		}{
			{"of the console", apitest.Vars{"documentId": hashOf(whoAmI)}, test.mine},
			{"of the console", apitest.Vars{"id": "sha256:" + hashOf(whoAmI)}, test.mine},
			{"a text", apitest.Vars{"query": other}, test.text},
			{"the text of one of the console", apitest.Vars{"query": whoAmI}, test.text},
			{"of the file", apitest.Vars{"id": "5f2c"}, test.theirs},
		} {
			for range 2 { // what was asked for is known as well as it was
				if got := c.Post(members(t, ask.of)).Code(); got != ask.want {
					t.Errorf("%s, %s: %q, want %q", test.name, ask.what, got, ask.want)
				}
			}
		}
		socket := c.Socket()
		socket.Ack()
		socket.Send(apitest.Message{ID: "1", Type: "subscribe", Payload: apitest.Vars{"documentId": hashOf(watchViewer)}})
		if got := socket.Event().Text("viewerChanged.ownedOrg.name"); got != "甲机构" {
			t.Errorf("%s, over a WebSocket: %q", test.name, got)
		}
	}
	for _, test := range []struct{ setting, console, says string }{
		{bounds.ConsoleAlone, "", "make console"},
		{"", `{"a": "{ nothing }"}`, `operations of the console: operation "a"`},
		{"", `{}`, "operations of the console: there are none"},
		{file, `{"5f2c": "{ modules { name } }"}`, `operation "5f2c": the id is that of another operation`},
	} {
		var console []byte
		if test.console != "" {
			console = []byte(test.console)
		}
		if _, err := bounds.ReadOperations(test.setting, console, gqlserve.Served()); err == nil ||
			!strings.Contains(err.Error(), test.says) {
			t.Errorf("%q with %s: %v, want %q", test.setting, test.console, err, test.says)
		}
	}
}

package graph_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"deputy/internal/apitest"
	"deputy/internal/store/storetest"
)

const whoAmI = `query Me { viewer { account { id } } }`

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// hashed are the members that Apollo's clients send, beside more.
func hashed(text string, more apitest.Vars) apitest.Vars {
	members := apitest.Vars{"extensions": apitest.Vars{"persistedQuery": apitest.Vars{
		"version":    1,
		"sha256Hash": hashOf(text),
	}}}
	for name, value := range more {
		members[name] = value
	}
	return members
}

func members(t *testing.T, of apitest.Vars) []byte {
	t.Helper()
	body, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// getQuery asks by GET with members as parameters.
func getQuery(t *testing.T, c *apitest.Client, of apitest.Vars) (status int, body string) {
	t.Helper()
	values := url.Values{}
	for name, value := range of {
		if text, ok := value.(string); ok {
			values.Set(name, text)
			continue
		}
		values.Set(name, string(members(t, value.(apitest.Vars))))
	}
	status, _, text := c.Download("/graphql?" + values.Encode())
	return status, string(text)
}

func TestAutomaticPersistedQueries(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	c := w.A.Owner
	ask := func(of apitest.Vars) *apitest.Answer { t.Helper(); return c.Post(members(t, of)) }
	missing := func(when, text string) {
		t.Helper()
		if a := ask(hashed(text, nil)); a.Code() != "PERSISTED_QUERY_NOT_FOUND" ||
			a.Errors[0].Message != "PersistedQueryNotFound" || a.Data != nil || a.Status != 200 {
			t.Errorf("%s: %d %s", when, a.Status, a.Body)
		}
	}
	missing("before anybody sent it", whoAmI)
	for name, of := range map[string]apitest.Vars{
		"the hash of another text": hashed(whoAmI, apitest.Vars{"query": `{ modules { module } }`}),
		"another version": {"extensions": apitest.Vars{"persistedQuery": apitest.Vars{
			"version":    2,
			"sha256Hash": hashOf(whoAmI),
		}}},
		"no version": {
			"extensions": apitest.Vars{"persistedQuery": apitest.Vars{"sha256Hash": hashOf(whoAmI)}},
		},
		"no hash":             {"extensions": apitest.Vars{"persistedQuery": apitest.Vars{"version": 1}}},
		"another kind":        {"extensions": apitest.Vars{"persistedQuery": hashOf(whoAmI)}},
		"no text and no hash": {"extensions": apitest.Vars{}},
	} {
		if a := ask(of); a.Code() != "BAD_REQUEST" || a.Data != nil {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
	missing("after a text with its hash that is another's", whoAmI)
	invalid := `{ nothing }`
	if a := ask(hashed(invalid, apitest.Vars{"query": invalid})); a.Code() != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("%s", a.Body)
	}
	missing("an invalid document", invalid)

	id := ask(hashed(whoAmI, apitest.Vars{"query": whoAmI})).OK().Text("viewer.account.id")
	for name, of := range map[string]apitest.Vars{
		"by hash":                         hashed(whoAmI, nil),
		"with a name":                     hashed(whoAmI, apitest.Vars{"operationName": "Me"}),
		"documentId":                      {"documentId": "sha256:" + hashOf(whoAmI)},
		"an id that is of something else": {"query": whoAmI, "id": "1"},
	} {
		if got := ask(of).OK().Text("viewer.account.id"); got != id || id == "" {
			t.Errorf("%s: %q, want %q", name, got, id)
		}
		if status, body := getQuery(t, c, of); status != http.StatusOK || !strings.Contains(body, id) {
			t.Errorf("%s, by GET: %d %s", name, status, body)
		}
	}
	mutation := `mutation { signOut { userErrors { code } } }`
	if status, body := getQuery(t, c, hashed(mutation,
		apitest.Vars{"query": mutation})); status != http.StatusMethodNotAllowed {
		t.Errorf("a mutation by GET: %d %s", status, body)
	}
	if status, body := getQuery(t, c, hashed(mutation, nil)); status != http.StatusMethodNotAllowed {
		t.Errorf("a mutation by GET and hash: %d %s", status, body)
	}

	in := apitest.Vars{"variables": fromTheFirst(w.A)}
	socket := c.Socket()
	socket.Ack()
	socket.Send(apitest.Message{ID: "1", Type: "subscribe", Payload: hashed(watchEvents, in)})
	if code := socket.Refused(); code != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("over a WebSocket: %s", code)
	}
	in["query"] = watchEvents
	socket.Send(apitest.Message{ID: "2", Type: "subscribe", Payload: hashed(watchEvents, in)})
	socket.Event()
	delete(in, "query")
	socket.Send(apitest.Message{ID: "2", Type: "complete"})
	again := c.Socket()
	again.Ack()
	again.Send(apitest.Message{ID: "3", Type: "subscribe", Payload: hashed(watchEvents, in)})
	again.Event()
	if event := firstEvent(t, w.Server, c, hashed(watchEvents, in)); !strings.Contains(event, `"auditEvents"`) {
		t.Errorf("as server-sent events: %s", event)
	}
}

// fromTheFirst are the variables of watchEvents that find events at once.
func fromTheFirst(a *apitest.Agency) apitest.Vars {
	first := a.Owner.Do(`query($org: ID!) { org(id: $org) { auditEvents(last: 1) { nodes { id } } } }`,
		apitest.Vars{"org": a.ID}).OK()
	return apitest.Vars{"org": a.ID, "after": first.Text("org.auditEvents.nodes.0.id")}
}

// firstEvent returns the data of the first server-sent event.
func firstEvent(t *testing.T, s *apitest.Server, c *apitest.Client, of apitest.Vars) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(string(members(t, of))))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "Accept": {"text/event-stream"},
		"Authorization": {"Bearer " + c.Token},
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	return ""
}

// TestStrangersDoNotPushOutWhatPeopleUse sends more documents than are kept, as nobody: those of people who are signed
// in stay.
func TestStrangersDoNotPushOutWhatPeopleUse(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	nobody := w.Nobody(t)
	own, shared := whoAmI, `query Shared { modules { module } }`
	w.A.Owner.Post(members(t, hashed(own, apitest.Vars{"query": own}))).OK()
	nobody.Post(members(t, hashed(shared, apitest.Vars{"query": shared}))).OK()
	w.A.Owner.Post(members(t, hashed(shared, nil))).OK()
	long := func(i int) string {
		return fmt.Sprintf("query Long%d { modules { module } } #%s", i, strings.Repeat("x", 60<<10))
	}
	for i := range 20 {
		nobody.Post(members(t, hashed(long(i), apitest.Vars{"query": long(i)}))).OK()
	}
	w.A.Owner.Post(members(t, hashed(own, nil))).OK()
	nobody.Post(members(t, hashed(shared, nil))).OK()
	nobody.Post(members(t, hashed(long(19), nil))).OK()
	for i := range 3 {
		if code := nobody.Post(members(t, hashed(long(i), nil))).Code(); code != "PERSISTED_QUERY_NOT_FOUND" {
			t.Errorf("more is kept of strangers than may be: %q", code)
		}
	}
	tooLong := `{ modules { module } } #` + strings.Repeat("x", 64<<10)
	nobody.Post(members(t, hashed(tooLong, apitest.Vars{"query": tooLong}))).OK()
	if code := nobody.Post(members(t, hashed(tooLong, nil))).Code(); code != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("a document of more than 64 KiB is kept: %q", code)
	}
}

// TestOneOrgsDocumentsPushNoOthersFromTheShelf: the people of an org may send what they like, and the documents of
// another org stay.
func TestOneOrgsDocumentsPushNoOthersFromTheShelf(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, "sqlite3"))
	keep := func(c *apitest.Client, text string) {
		t.Helper()
		c.Post(members(t, hashed(text, apitest.Vars{"query": text}))).OK()
	}
	const theirs = `query Theirs { viewer { account { id } seats { name } } }`
	keep(w.B.Owner, theirs)
	keep(w.A.Owner, whoAmI)
	w.B.Owner.Post(members(t, hashed(whoAmI, nil))).OK()
	filler := strings.Repeat("x", 30_000)
	for i := range 80 { // more than twice what the shelf holds, by several people of the org
		who := []*apitest.Client{w.A.Owner, w.A.Seats["客服"].Client, w.A.Seats["审计"].Client}[i%3]
		keep(who, fmt.Sprintf("query Q%d { viewer { account { id } } } # %s", i, filler))
	}
	for name, text := range map[string]string{"what it brought": theirs, "what both use": whoAmI} {
		if a := w.B.Owner.Post(members(t, hashed(text, nil))); a.Code() != "" || a.Data == nil {
			t.Errorf("%s was pushed out: %s", name, a.Body)
		}
	}
	if a := w.A.Owner.Post(members(t, hashed(fmt.Sprintf("query Q%d { viewer { account { id } } } # %s", 3, filler),
		nil))); a.Code() != "PERSISTED_QUERY_NOT_FOUND" {
		t.Errorf("the shelf holds more than it may: %s", a.Body)
	}
}

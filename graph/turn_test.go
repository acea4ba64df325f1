package graph_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"entgo.io/ent/dialect"
	"github.com/99designs/gqlgen/graphql"

	"deputy/graph"
	"deputy/internal/apitest"
	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
	"deputy/internal/share"
	"deputy/internal/store/storetest"
)

// TestLargeRequestsWaitForOneAnother, and no other request waits for them.
func TestLargeRequestsWaitForOneAnother(t *testing.T) {
	t.Parallel()
	var running, most atomic.Int64
	entered, leave := make(chan struct{}), make(chan struct{})
	schema := newSchema()
	schema.fields["name"] = func(ctx context.Context) (string, error) {
		if graphql.GetFieldContext(ctx).Field.Alias == "small" {
			return "small", nil
		}
		for n := running.Add(1); ; {
			if seen := most.Load(); n <= seen || most.CompareAndSwap(seen, n) {
				break
			}
		}
		entered <- struct{}{}
		<-leave
		running.Add(-1)
		return "large", nil
	}
	server := gqlserve.NewHandler(schema, discard(), bounds.Limits{}, graph.Around())
	ask := func(ctx context.Context, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", plainJSON)
		server.ServeHTTP(w, r)
		return w
	}
	large := `{"query":"{large: name}","ignored":"` + strings.Repeat("x", 64<<10) + `"}`
	at := max(4, runtime.GOMAXPROCS(0))
	answers := make(chan string)
	for range 4 * at {
		go func() { answers <- ask(t.Context(), large).Body.String() }()
	}
	for range at {
		<-entered
	}
	if got := ask(t.Context(), `{"query":"{small: name}"}`).Body.String(); !strings.Contains(got, `{"small":"small"}`) {
		t.Errorf("a small one beside them: %s", got)
	}
	gone, leaves := context.WithCancel(t.Context())
	leaves()
	if w := ask(gone, large); w.Code != http.StatusBadRequest {
		t.Errorf("one that left: %d %s", w.Code, w.Body)
	}
	for i := range 4 * at {
		leave <- struct{}{}
		if got := <-answers; !strings.Contains(got, `{"large":"large"}`) {
			t.Errorf("a large one: %s", got)
		}
		if i < 3*at {
			<-entered
		}
	}
	if n := most.Load(); n != int64(at) {
		t.Errorf("%d large ones ran at once, want %d", n, at)
	}
}

// TestLargeRequestsOfOneAccountLeaveRoomForOthers, over every transport: an account that has its share of turns waits,
// and nobody else does.
func TestLargeRequestsOfOneAccountLeaveRoomForOthers(t *testing.T) {
	t.Parallel()
	s := newFixture(t, storetest.Open(t, dialect.SQLite))
	turns := s.Streams.Large()
	var held []*share.Place
	for who := s.asViewer(s.A.Owner); turns.Waiting() == 0; {
		now, cancel := context.WithCancel(who)
		cancel()
		place, err := turns.Take(now, bounds.Asks(who))
		if err != nil {
			break
		}
		held = append(held, place)
	}
	if len(held) == 0 {
		t.Fatal("it got none")
	}
	padding := strings.Repeat(" ", 70<<10)
	large := map[string]func(a *apitest.Agency) string{
		"HTTP": func(a *apitest.Agency) string {
			return a.Owner.Do(`query($id: ID!) { org(id: $id) { name } }`+padding, vars{"id": a.ID}).OK().Text("org.name")
		},
		"an event stream": func(a *apitest.Agency) string {
			stream := a.Owner.Stream(watchEvents+padding, vars{"org": a.ID})
			_ = stream.Response.Body.Close() // it was let in
			return stream.Response.Status
		},
		"a WebSocket": func(a *apitest.Agency) string {
			socket := a.Owner.Subscribe(watchEvents+padding, vars{"org": a.ID})
			socket.Subscribe("1", "{", nil) // the first was begun when this one is refused
			return strconv.Itoa(socket.Next().Closed)
		},
	}
	ends := make(chan string)
	waiting := 0
	for name, ask := range large {
		want := ask(s.B)
		go func() {
			if got := ask(s.A); name != "HTTP" && got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
			ends <- name
		}()
		waiting++
		s.until("a large request of the account waits", func() bool { return turns.Waiting() == waiting })
	}
	for _, place := range held {
		place.End()
	}
	for range large {
		<-ends
	}
}

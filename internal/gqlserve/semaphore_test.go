package gqlserve_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
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
	server := gqlserve.NewHandler(schema, discard(), bounds.Limits{}, gqlserve.Extensions{})
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

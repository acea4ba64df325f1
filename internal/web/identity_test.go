package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"deputy/internal/fault"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

// TestAStalledDatabaseHoldsNobodyAtTheDoor has reading the viewer wait for what does not come.
func TestAStalledDatabaseHoldsNobodyAtTheDoor(t *testing.T) {
	t.Parallel()
	door := web.Identity{
		Viewer: func(ctx context.Context, _ viewer.Origin, _ string) (*viewer.Viewer, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		},
		Lang:   func(*http.Request) fault.Lang { return fault.En },
		Broken: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusInternalServerError) },
		Time:   10 * time.Millisecond,
	}
	w := httptest.NewRecorder()
	inside := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("somebody got in") })
	door.Wrap(inside).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", nil))
	if w.Code != http.StatusInternalServerError {
		t.Errorf("answered %d", w.Code)
	}
}

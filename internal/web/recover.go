package web

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"

	"deputy/internal/crash"
	"deputy/internal/fault"
)

var msgInternal = fault.Message{Zh: "服务器内部错误", En: "internal error"}

// recover responds with INTERNAL and the request's id when a handler panics, and logs the panic. When the response has
// begun, it aborts the connection, so that the client does not take a partial response for a complete one.
func (c Chain) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if err, ok := value.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(value)
			}
			id := RequestID(r.Context())
			broken := crash.Of(value)
			c.Log.LogAttrs(r.Context(), slog.LevelError, "panic",
				slog.String("request_id", id),
				slog.String("error", broken.Error()),
				slog.String("stack", c.Crashes.Stack(broken)))
			if seen, ok := w.(*recorder); !ok || seen.status != 0 {
				panic(http.ErrAbortHandler)
			}
			c.internal(w, r, id)
		}()
		next.ServeHTTP(w, r)
	})
}

func (c Chain) internal(w http.ResponseWriter, r *http.Request, id string) {
	c.problem(w, r, http.StatusInternalServerError, fault.New(fault.Internal, msgInternal).With("requestId", id))
}

// problem writes an error as GraphQL does.
func (c Chain) problem(w http.ResponseWriter, r *http.Request, status int, f *fault.Error) {
	type problem struct {
		Message    string         `json:"message"`
		Extensions map[string]any `json:"extensions"`
	}
	about := map[string]any{"code": f.Code}
	maps.Copy(about, f.Extra)
	body, err := json.Marshal(map[string][]problem{"errors": {{f.Text(c.Lang(r)), about}}})
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Del("Content-Length")
	w.Header().Del("Content-Encoding")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may be gone
}

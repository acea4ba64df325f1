package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"deputy/internal/fault"
)

var msgInternal = fault.Message{Zh: "服务器内部错误", En: "internal error"}

// recover answers INTERNAL with the request's id when a handler panics, and logs the stack. When the handler has begun
// to answer, the connection is cut, so that the client does not take half an answer for a whole one.
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
			c.Log.LogAttrs(r.Context(), slog.LevelError, "panic",
				slog.String("request_id", id),
				slog.String("error", fmt.Sprint(value)),
				slog.String("stack", string(debug.Stack())))
			if seen, ok := w.(*recorder); !ok || seen.status != 0 {
				panic(http.ErrAbortHandler)
			}
			c.internal(w, r, id)
		}()
		next.ServeHTTP(w, r)
	})
}

func (c Chain) internal(w http.ResponseWriter, r *http.Request, id string) {
	type extensions struct {
		Code      fault.Code `json:"code"`
		RequestID string     `json:"requestId"`
	}
	type problem struct {
		Message    string     `json:"message"`
		Extensions extensions `json:"extensions"`
	}
	message := fault.New(fault.Internal, msgInternal).Text(c.Lang(r))
	body, err := json.Marshal(map[string][]problem{"errors": {{message, extensions{fault.Internal, id}}}})
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Del("Content-Length")
	w.Header().Del("Content-Encoding")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(body) // the client may be gone
}

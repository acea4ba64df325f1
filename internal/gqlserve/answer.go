package gqlserve

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/bounds"
	"deputy/internal/fault"
	"deputy/internal/web"
)

// answer writes GraphQL responses in the media type the client prefers.
type answer struct {
	ctx   context.Context // of the request, whose log line has the outcome
	w     http.ResponseWriter
	media string
	query bool // whether the operation is a query, which changes nothing
	times int  // the number of operations of a batch, each of which gets the same response; 0 if it is not a batch
}

// errors writes a request error: there is no data, not even null.
func (a answer) errors(status int, errs ...*gqlerror.Error) {
	a.write(status, &graphql.Response{Errors: errs})
}

// response writes the response of an operation, or its request errors; omitted is the number of errors that were
// omitted already.
func (a answer) response(response *graphql.Response, omitted int) {
	if a.away(response) {
		a.w.Header().Set("Retry-After", strconv.Itoa(retryAway))
	} else if response.Data == nil && len(response.Errors) > 0 {
		if seconds, limited := response.Errors[0].Extensions["retryAfter"].(int); limited {
			a.w.Header().Set("Retry-After", strconv.Itoa(seconds))
		}
	}
	a.write(a.status(response), trimmed(response, omitted))
}

// trimmed returns the response with at most bounds.MaxErrors errors of at most maxErrorText bytes in total, and with
// the number of the others in the extension omittedErrors. It keeps at least one error, if there is any.
func trimmed(response *graphql.Response, omitted int) *graphql.Response {
	size, listed := 0, 0
	for _, err := range response.Errors[:min(len(response.Errors), bounds.MaxErrors)] {
		if size += sizeOf(err); size > maxErrorText && listed > 0 {
			break
		}
		listed++
	}
	omitted += len(response.Errors) - listed
	response.Errors = response.Errors[:listed]
	if omitted > 0 {
		extensions := maps.Clone(response.Extensions)
		if extensions == nil {
			extensions = make(map[string]any, 1)
		}
		extensions["omittedErrors"] = omitted
		response.Extensions = extensions
	}
	return response
}

// away reports whether the client should repeat the request because the database was unavailable. A mutation that
// changed something must not be repeated.
func (a answer) away(response *graphql.Response) bool {
	return isUnavailable(response) && (a.query || nothing(response.Data))
}

// sizeOf returns the approximate length of an error, in bytes.
func sizeOf(err *gqlerror.Error) int {
	size := len(err.Message) + len(err.Path.String()) + 50*(1+len(err.Locations))
	for key, value := range err.Extensions {
		text, _ := value.(string)
		size += len(key) + len(text) + 10
	}
	return size
}

func (a answer) status(response *graphql.Response) int {
	if a.away(response) {
		return http.StatusServiceUnavailable
	}
	if response.Data != nil || len(response.Errors) == 0 {
		return http.StatusOK
	}
	code, _ := response.Errors[0].Extensions["code"].(string)
	switch {
	case code == string(fault.Internal):
		return http.StatusInternalServerError
	case a.media == mediaJSON:
		return http.StatusOK
	case code == string(fault.Unauthenticated):
		return http.StatusUnauthorized
	case code == string(fault.Forbidden):
		return http.StatusForbidden
	case code == string(fault.RateLimited):
		return http.StatusTooManyRequests
	}
	return http.StatusBadRequest
}

func (a answer) write(status int, response *graphql.Response) {
	web.SetOutcome(a.ctx, outcome(response))
	b, _ := answers.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= keptAnswer {
			answers.Put(b)
		}
	}()
	if err := encode(b, response); err != nil {
		// The server itself made all values in it; the transport responds to the panic with an internal error.
		panic(fmt.Errorf("encode answer: %w", err))
	}
	if a.times > 0 {
		one := bytes.Clone(bytes.TrimSpace(b.Bytes()))
		b.Reset()
		b.WriteByte('[')
		for i := range a.times {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(one)
		}
		b.WriteByte(']')
	}
	header := a.w.Header()
	header.Set("Content-Type", a.media+"; charset=utf-8")
	header.Set("Content-Length", strconv.Itoa(b.Len()))
	header.Set("Cache-Control", "no-store")
	header.Add("Vary", "Accept, Accept-Language")
	a.w.WriteHeader(status)
	_, _ = a.w.Write(b.Bytes()) // the client may be gone
}

// keptAnswer is the maximum size of a buffer that is used again, in bytes.
const keptAnswer = 256 << 10

// answers are buffers for whole responses.
//
//nolint:gochecknoglobals // a pool is shared by its nature
var answers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// encode writes a response as JSON. It does not use encoding/json for the whole, which would parse the data again.
// Errors come first, as the specification recommends, so that they are visible in a log of the response.
func encode(b *bytes.Buffer, response *graphql.Response) error {
	b.Grow(len(response.Data) + bytes.MinRead)
	b.WriteByte('{')
	comma := func() {
		if b.Bytes()[b.Len()-1] != '{' {
			b.WriteByte(',')
		}
	}
	if len(response.Errors) > 0 {
		b.WriteString(`"errors":`)
		if err := marshal(b, response.Errors); err != nil {
			return fmt.Errorf("errors: %w", err)
		}
	}
	if response.Data != nil {
		comma()
		b.WriteString(`"data":`)
		b.Write(response.Data)
	}
	if len(response.Extensions) > 0 {
		comma()
		b.WriteString(`"extensions":`)
		if err := marshal(b, response.Extensions); err != nil {
			return fmt.Errorf("extensions: %w", err)
		}
	}
	b.WriteByte('}')
	return nil
}

// marshal appends the value as JSON. It does not escape <, > and &: a response is never interpreted as HTML (nosniff).
func marshal(b *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // Encode ends with a new line
	return nil
}

package gqlserve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/fault"
)

// retryAway is the number of seconds after which a client may retry when the database is unavailable.
const retryAway = 2

// errAway ends a stream whose response could not be read from the database: its client connects again.
var errAway = errors.New("the database is away")

// unavailable sets the error of a request that failed because the database is unreachable, full, read-only or too busy:
// nothing was changed, and the client may repeat the request.
func (e Errors) unavailable(ctx context.Context, said *gqlerror.Error, err error) {
	e.log(ctx, slog.LevelError, "the database is away", said.Path, err)
	if e.Away != nil {
		e.Away(err)
	}
	localize(ctx, said, fault.New(fault.Unavailable, msgUnavailable, retryAway).With("retryAfter", retryAway))
}

// isUnavailable reports whether the response has an error with the code UNAVAILABLE.
func isUnavailable(response *graphql.Response) bool {
	for _, err := range response.Errors {
		if err.Extensions["code"] == string(fault.Unavailable) {
			return true
		}
	}
	return false
}

// nothing reports whether no root field has a value.
func nothing(data json.RawMessage) bool {
	if data == nil || bytes.Equal(data, []byte("null")) {
		return true
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil {
		return false
	}
	for _, value := range fields {
		if !bytes.Equal(value, []byte("null")) {
			return false
		}
	}
	return true
}

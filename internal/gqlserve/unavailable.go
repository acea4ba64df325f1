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

// retryAway is after how many seconds a client may try again when the database is away.
const retryAway = 2

// errAway ends a stream whose response could not be read: its client connects again.
var errAway = errors.New("the database is away")

// unavailable says that the database is away, full, read-only or too busy: what was asked for was not done, and may be
// asked for again.
func (e Errors) unavailable(ctx context.Context, said *gqlerror.Error, err error) {
	e.log(ctx, slog.LevelError, "the database is away", said.Path, err)
	if e.Away != nil {
		e.Away(err)
	}
	localize(ctx, said, fault.New(fault.Unavailable, msgUnavailable, retryAway).With("retryAfter", retryAway))
}

// isUnavailable reports whether an error of the response says that the database is away.
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

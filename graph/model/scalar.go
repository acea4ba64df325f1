package model

import (
	"fmt"
	"io"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// timeForm is RFC 3339 in UTC with microseconds.
const timeForm = "2006-01-02T15:04:05.000000Z"

// MarshalTime writes a moment in UTC with microseconds.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		b := make([]byte, 0, len(timeForm)+2)
		b = append(b, '"')
		b = t.UTC().AppendFormat(b, timeForm)
		_, _ = w.Write(append(b, '"'))
	})
}

// UnmarshalTime reads an RFC 3339 time of the years 1 to 9999 and drops what is below a microsecond.
func UnmarshalTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a time must be a text such as %s", timeForm)
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("a time must be RFC 3339, such as %s", timeForm)
	}
	return t.Truncate(time.Microsecond), nil
}

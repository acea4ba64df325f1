package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"deputy/internal/fault"
)

// timeForm is RFC 3339 in UTC with microseconds.
const timeForm = "2006-01-02T15:04:05.000000Z"

// MarshalTime writes a time in UTC with microseconds.
func MarshalTime(t time.Time) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) {
		_, _ = w.Write(AppendTime(make([]byte, 0, len(timeForm)+2), t))
	})
}

// AppendTime appends a time as MarshalTime writes it.
func AppendTime(b []byte, t time.Time) []byte {
	year, month, day := t.UTC().Date()
	if year < 0 || year > 9999 {
		return append(t.UTC().AppendFormat(append(b, '"'), timeForm), '"')
	}
	hour, minute, second := t.UTC().Clock()
	form := [...]byte{
		'"', digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), '-', digit(int(month) / 10),
		digit(int(month)), '-', digit(day / 10), digit(day),
		'T', digit(hour / 10), digit(hour), ':', digit(minute / 10), digit(minute), ':', digit(second / 10), digit(second),
		'.', 0, 0, 0, 0, 0, 0, 'Z', '"',
	}
	for i, micro := len(form)-3, t.Nanosecond()/1000; form[i] == 0; i, micro = i-1, micro/10 {
		form[i] = digit(micro)
	}
	return append(b, form[:]...)
}

// digit returns the last digit of a number that is not negative.
func digit(n int) byte { return "0123456789"[n%10] }

// rfc3339 is the grammar of RFC 3339, section 5.6.
var rfc3339 = regexp.MustCompile(
	`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,40})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$`)

// UnmarshalTime parses an RFC 3339 time in the years 1 to 9999 and truncates it to microseconds.
func UnmarshalTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, fmt.Errorf("a time must be a text such as %s", timeForm)
	}
	// time.Parse accepts more than the standard: a comma before the fraction, an hour with one digit.
	if !rfc3339.MatchString(text) {
		return time.Time{}, fmt.Errorf("a time must be RFC 3339, such as %s", timeForm)
	}
	t, err := time.Parse(time.RFC3339Nano, strings.ToUpper(text))
	if t = t.UTC(); err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, fmt.Errorf("a time must be RFC 3339, such as %s", timeForm)
	}
	return t.Truncate(time.Microsecond), nil
}

// maxInt64 is the largest integer that every client can represent.
const maxInt64 = 1<<53 - 1

var msgBeyond = fault.Message{
	Zh: "这个数字超出了能准确显示的范围（±%d）。请缩短日期范围，或核对订单金额。",
	En: "This number is outside the range that can be shown exactly (±%d). Shorten the date range, or check the " +
		"order amounts.",
}

var errInt64 = errors.New("a whole number within ±9007199254740991 is wanted")

// MarshalInt64 writes a JSON number. One beyond ±(2^53 − 1) is an error: clients would read a different number.
func MarshalInt64(n int64) graphql.ContextMarshaler {
	return graphql.ContextWriterFunc(func(_ context.Context, w io.Writer) error {
		b, err := AppendInt64(nil, n)
		if err != nil {
			return err
		}
		_, err = w.Write(b)
		return err
	})
}

// AppendInt64 appends a number as MarshalInt64 writes it. It returns LIMIT_EXCEEDED for one that clients would read as
// a different number.
func AppendInt64(b []byte, n int64) ([]byte, error) {
	if n < -maxInt64 || n > maxInt64 {
		return b, fault.Limit("int64", maxInt64, n, msgBeyond, maxInt64)
	}
	return strconv.AppendInt(b, n, 10), nil
}

// UnmarshalInt64 parses an integer within ±(2^53 − 1).
func UnmarshalInt64(_ context.Context, v any) (int64, error) {
	var n int64
	switch v := v.(type) {
	case int:
		n = int64(v)
	case int64:
		n = v
	case json.Number:
		whole, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			return 0, errInt64
		}
		n = whole
	default:
		return 0, errInt64
	}
	if n < -maxInt64 || n > maxInt64 {
		return 0, errInt64
	}
	return n, nil
}

// Package civil holds calendar dates: days without a time of day, as numbers.
package civil

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Day counts the days since 1970-01-01. It is stored as the number, and written YYYY-MM-DD.
type Day int32

const perDay = 24 * 60 * 60

// Of returns the day on which a moment falls in a time zone.
func Of(t time.Time, zone *time.Location) Day {
	year, month, date := t.In(zone).Date()
	return Day(time.Date(year, month, date, 0, 0, 0, 0, time.UTC).Unix() / perDay) //nolint:gosec // the years 1 to 9999 fit
}

var errForm = errors.New("a date must be YYYY-MM-DD, such as 2026-03-01")

// Parse reads YYYY-MM-DD, of the years 1 to 9999.
func Parse(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, errForm
	}
	return Of(t, time.UTC), nil
}

// Start returns the first moment of the day in a time zone. If clocks skip midnight, it is the end of the gap; if
// midnight occurs twice, it is the first. If clocks skip the whole day, it is the first moment of the next one.
func (d Day) Start(zone *time.Location) time.Time {
	midnight := d.utc()
	for from := midnight.Add(-aheadMost); ; {
		_, offset := from.In(zone).Zone()
		begins, ends := from.In(zone).ZoneBounds() // of the time with this offset
		at := midnight.Add(-time.Duration(offset) * time.Second)
		if !begins.IsZero() && at.Before(begins) {
			at = begins
		}
		if ends.IsZero() || at.Before(ends) {
			return at.In(zone)
		}
		from = ends
	}
}

// aheadMost is more than any time zone was ever ahead of UTC.
const aheadMost = 36 * time.Hour

// String returns YYYY-MM-DD.
func (d Day) String() string { return d.utc().Format(time.DateOnly) }

func (d Day) utc() time.Time { return time.Unix(int64(d)*perDay, 0).UTC() }

// MarshalGQL writes the day as YYYY-MM-DD.
func (d Day) MarshalGQL(w io.Writer) { _, _ = io.WriteString(w, strconv.Quote(d.String())) }

// UnmarshalGQL reads YYYY-MM-DD.
func (d *Day) UnmarshalGQL(v any) (err error) {
	text, ok := v.(string)
	if !ok {
		return fmt.Errorf("%T is no date: %w", v, errForm)
	}
	*d, err = Parse(text)
	return err
}

package backoffice

import (
	"fmt"
	"time"

	"entgo.io/ent/dialect"

	"deputy/internal/civil"
)

// Period is a unit of time that figures are grouped by; see DataPeriod in the schema.
type Period string

// The periods.
const (
	Day   Period = "DAY"
	Week  Period = "WEEK"
	Month Period = "MONTH"
)

// begins returns the expression of the first day of the period that contains the day in a column.
func (p Period) begins(d, column string) string {
	switch {
	case p == Week: // 1970-01-01 was a Thursday
		return fmt.Sprintf("(%[1]s - ((%[1]s + 3) %% 7 + 7) %% 7)", column)
	case p == Month && d == dialect.SQLite:
		return fmt.Sprintf("(unixepoch(%s * 86400, 'unixepoch', 'start of month') / 86400)", column)
	case p == Month:
		return fmt.Sprintf("(date_trunc('month', DATE '1970-01-01' + %s)::date - DATE '1970-01-01')", column)
	default:
		return column
	}
}

// first returns the first day of the period that contains a day, and last returns the last one.
func (p Period) first(d civil.Day) civil.Day {
	switch p {
	case Week:
		return d - ((d+3)%7+7)%7
	case Month:
		year, month, _ := d.Start(time.UTC).Date()
		return dayOf(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC))
	default:
		return d
	}
}

func (p Period) last(d civil.Day) civil.Day {
	switch p {
	case Week:
		return p.first(d) + 6
	case Month:
		year, month, _ := d.Start(time.UTC).Date()
		return dayOf(time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC))
	default:
		return d
	}
}

func dayOf(t time.Time) civil.Day { return civil.Of(t, time.UTC) }

// Spans returns the periods of a report, oldest first, with the figures in known, which has them by the first day of
// the period.
func (r *Report) Spans(of Period, known map[civil.Day]*Point) []*SpanFigures {
	var all []*SpanFigures
	for d := r.From; d <= r.To; d = of.last(d) + 1 {
		point := known[of.first(d)]
		if point == nil {
			point = &Point{}
		}
		all = append(all, &SpanFigures{DateFrom: d, DateTo: min(of.last(d), r.To), Point: point})
	}
	return all
}

// Before returns the report of the preceding span: of as many months if the span consists of whole months, otherwise of
// as many days.
func (r *Report) Before() *Report {
	before := *r
	before.Level = nil
	before.To = r.From - 1
	before.From = before.To - (r.To - r.From)
	if Month.first(r.From) == r.From && Month.last(r.To) == r.To {
		from, to := r.From.Start(time.UTC), r.To.Start(time.UTC)
		months := (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month()) + 1
		before.From = dayOf(from.AddDate(0, -months, 0))
	}
	return &before
}

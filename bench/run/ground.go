package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"deputy/internal/store"
	"deputy/internal/store/pgtest"
)

// ground is a kind of database on which commands are measured, each on a database of its own.
type ground struct {
	name   string
	folder string
	// admin is the PostgreSQL server's own database, and postmaster the process that starts its others; none on SQLite.
	url        func(name string) string
	admin      *sql.DB
	postmaster int
}

// grounds starts a PostgreSQL that keeps what it was told, as a SQLite file does, and returns both kinds.
func grounds(ctx context.Context, folder string) (all []*ground, stop func() error, err error) {
	server, err := pgtest.Start(ctx, pgtest.Options{Durable: true, Settings: map[string]string{
		"shared_buffers": "512MB", "max_wal_size": "8GB", "autovacuum": "off", "jit": "off",
	}})
	if err != nil {
		return nil, func() error { return nil }, err
	}
	stop = server.Stop
	admin, err := connect(ctx, server.AdminURL())
	if err != nil {
		return nil, stop, err
	}
	stop = func() error { return errors.Join(admin.Close(), server.Stop()) }
	g := &ground{name: "PostgreSQL", folder: folder, url: server.URL, admin: admin}
	var backend int
	if err := admin.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return nil, stop, err
	}
	if g.postmaster, err = parent(backend); err != nil {
		return nil, stop, err
	}
	lite := &ground{name: "SQLite", folder: folder}
	lite.url = func(name string) string { return filepath.Join(folder, name+".db") }
	return []*ground{g, lite}, stop, nil
}

// make makes an empty database, and returns its address.
func (g *ground) make(ctx context.Context, name string) (string, error) {
	if g.admin == nil {
		return g.url(name), nil
	}
	_, err := g.admin.ExecContext(ctx, "CREATE DATABASE "+name)
	return g.url(name), err
}

// copy makes a database that is another one's copy, and returns its address.
func (g *ground) copy(ctx context.Context, from, name string) (string, error) {
	if g.admin != nil {
		_, err := g.admin.ExecContext(ctx, "CREATE DATABASE "+name+" TEMPLATE "+from+" STRATEGY file_copy")
		return g.url(name), err
	}
	in, err := os.Open(g.url(from))
	if err != nil {
		return "", err
	}
	defer in.Close() //nolint:errcheck // it was read
	out, err := os.OpenFile(g.url(name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, in)
	return g.url(name), errors.Join(err, out.Sync(), out.Close())
}

// drop drops a database.
func (g *ground) drop(ctx context.Context, name string) (err error) {
	if g.admin != nil {
		_, err = g.admin.ExecContext(ctx, "DROP DATABASE "+name+" WITH (FORCE)")
		return err
	}
	for _, ending := range []string{"", "-wal", "-shm"} {
		if gone := os.Remove(g.url(name) + ending); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return err
}

// open opens a database for what the bench itself asks for; nothing else has it open meanwhile on SQLite.
func (g *ground) open(ctx context.Context, name string) (*store.Store, error) {
	return store.Open(ctx, g.url(name), store.Options{StatementTimeout: -1, LockTimeout: -1, IdleTimeout: -1})
}

// settle has the database write out what it holds back, so that nobody pays for who came before.
func (g *ground) settle(ctx context.Context) error {
	if g.admin != nil {
		_, err := g.admin.ExecContext(ctx, "CHECKPOINT")
		return err
	}
	return nil
}

// computed returns the time that PostgreSQL has computed for, those of its processes that ended included.
func (g *ground) computed() (time.Duration, error) {
	if g.admin == nil {
		return 0, nil
	}
	sum, err := computed(g.postmaster)
	if err != nil {
		return 0, err
	}
	children, err := computedByChildren(g.postmaster)
	return sum + grown(nil, children), err
}

// cost is what something took.
type cost struct {
	took time.Duration
	// program and database computed so long for it.
	program, database time.Duration
	resident          int64
}

// all returns the time that was computed for it.
func (c cost) all() time.Duration { return c.program + c.database }

// measured returns what doing something costs beside what it says of the program.
func (g *ground) measured(do func(*cost) error) (c cost, err error) {
	before, err := g.computed()
	if err != nil {
		return c, err
	}
	begun := time.Now()
	if err := do(&c); err != nil {
		return c, err
	}
	c.took = time.Since(begun)
	after, err := g.computed()
	c.database = after - before
	return c, err
}

// run runs a command to its end, and returns what it cost.
func (g *ground) run(ctx context.Context, o options, name string, args ...string) (cost, error) {
	return g.measured(func(c *cost) error {
		command := exec.CommandContext(ctx, name, args...)
		command.Env = append(o.alike(), "PATH="+os.Getenv("PATH"), "HOME="+g.folder, "DEPUTY_LOG=text")
		var said bytes.Buffer
		command.Stdout, command.Stderr = &said, &said
		if err := command.Run(); err != nil {
			return fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, &said)
		}
		c.program = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
		if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
			c.resident = usage.Maxrss << 10
		}
		return nil
	})
}

// alike is what all programs that are measured apart are told.
func (o options) alike() []string {
	return []string{"GOGC=" + o.collector, "DEPUTY_SECRET=" + secret}
}

// Package start is what becomes of a start that goes wrong: which causes are waited for, what is said, and with which
// status the program ends, so that whoever starts it knows whether to try again.
package start

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"deputy/internal/config"
	"deputy/internal/store"
	"deputy/internal/whose"
)

// The statuses that the program ends with.
const (
	// Failed is for what may be over at the next start: the unit tries again.
	Failed = 1
	// Misconfigured is for what somebody has to put right first: EX_CONFIG of sysexits.h. The unit does not try again.
	Misconfigured = 78
)

const (
	// pace is how often a database that is away is tried, and report how often the log says that it is.
	pace   = time.Second
	report = 10 * time.Second
)

// Await calls open until it succeeds, fails for a cause that does not pass, or ctx ends. While it waits, the log has a
// line at once and every ten seconds.
func Await(ctx context.Context, log *slog.Logger, open func(context.Context) error) error {
	var said time.Time
	began := time.Now()
	for {
		err := open(ctx)
		if err == nil || ctx.Err() != nil || !store.Passing(err) {
			return err
		}
		if time.Since(said) >= report {
			said = time.Now()
			log.LogAttrs(ctx, slog.LevelWarn, "waiting for the database", slog.String("reason", err.Error()),
				slog.Duration("for", time.Since(began).Round(time.Second)))
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pace):
		}
	}
}

// Open opens the database that the settings name, waiting for one that is away, and sees to its schema. The log says
// when a new database was made, and where.
func Open(ctx context.Context, log *slog.Logger, cfg config.Config) (db *store.Store, err error) {
	err = Await(ctx, log, func(ctx context.Context) error {
		opened, err := store.Open(ctx, cfg.DatabaseURL, cfg.Store())
		if err != nil {
			return err
		}
		if err := opened.Prepare(ctx, cfg.MigratesAtStart()); err != nil {
			return errors.Join(err, opened.Close())
		}
		db = opened
		return nil
	})
	if err != nil {
		return nil, err
	}
	if db.Made() {
		log.LogAttrs(ctx, slog.LevelWarn, "the database was new and empty: its tables were made",
			slog.String("database", db.Where()))
	}
	return db, nil
}

// Listen listens at the address that the setting names.
func Listen(ctx context.Context, setting, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		return listener, nil
	}
	todo := ""
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		todo = ": another program, or another Deputy, listens there: stop it, or choose another port"
	case errors.Is(err, fs.ErrPermission):
		todo = ": ports below 1024 are not everybody's: choose another one, and put a proxy before it"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		todo = ": this machine does not have that address"
	}
	return nil, fmt.Errorf("%s: listen on %s: %w%s", setting, address, cause(err), todo)
}

// cause leaves out of an error of the network what it repeats.
func cause(err error) error {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}

// wrong is what Wrong makes.
type wrong struct{ error }

// Unwrap returns the reason.
func (w wrong) Unwrap() error { return w.error }

// Wrong marks an error as one that a setting is to blame for.
func Wrong(err error) error { return wrong{err} }

// Status returns the status that a start ends with which failed for the error.
func Status(err error) int {
	var (
		invalid  config.Invalid
		file     *whose.Error
		address  *store.ConnectError
		version  *store.VersionError
		argument *config.ArgumentError
		setting  wrong
	)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, store.ErrLocked):
		return Failed
	case errors.As(err, &invalid), errors.As(err, &argument), errors.As(err, &setting), errors.As(err, &version),
		store.Misconfigured(err):
		return Misconfigured
	case errors.As(err, &file):
		for _, cause := range []error{fs.ErrPermission, fs.ErrNotExist, syscall.EROFS, syscall.ENOTDIR, syscall.EISDIR} {
			if errors.Is(file, cause) {
				return Misconfigured
			}
		}
	case errors.As(err, &address):
		if !store.Passing(err) {
			return Misconfigured
		}
	case errors.Is(err, fs.ErrPermission):
		return Misconfigured
	}
	return Failed
}

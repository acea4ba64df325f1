// Package start handles errors at startup: which of them are waited for, what is logged, and the exit status, by which
// a supervisor knows whether to try again.
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
	"deputy/internal/fileerr"
	"deputy/internal/store"
)

// The exit statuses of the program.
const (
	// Failed is for errors that may be gone at the next start: the systemd unit tries again.
	Failed = 1
	// Misconfigured is for errors that an operator has to correct first: EX_CONFIG of sysexits.h. The unit does not try
	// again.
	Misconfigured = 78
)

const (
	// pace is the interval between attempts to open an unavailable database, and report the interval between log lines
	// about it.
	pace   = time.Second
	report = 10 * time.Second
)

// Await calls open until it succeeds, fails permanently, or ctx ends. While it waits, it logs a line at once and every
// ten seconds.
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

// Open opens the configured database, waits while it is unavailable, and migrates or checks its schema. It logs when a
// new database was created, and where.
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
		log.LogAttrs(ctx, slog.LevelWarn, "the database was empty: its tables were created",
			slog.String("database", db.Where()))
	}
	return db, nil
}

// Listen listens on the address of the setting.
func Listen(ctx context.Context, setting, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		return listener, nil
	}
	todo := ""
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		todo = ": another program or another Deputy is listening there: stop it, or choose another port"
	case errors.Is(err, fs.ErrPermission):
		todo = ": ports below 1024 need special rights: choose another port, and put a proxy in front"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		todo = ": this machine does not have that address"
	}
	return nil, fmt.Errorf("%s: listen on %s: %w%s", setting, address, cause(err), todo)
}

// cause returns the system's error without the address, which the message already contains.
func cause(err error) error {
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}

// wrong is an error that a setting caused.
type wrong struct{ error }

// Unwrap returns the reason.
func (w wrong) Unwrap() error { return w.error }

// Wrong marks an error as caused by a setting.
func Wrong(err error) error { return wrong{err} }

// Status returns the exit status for an error at startup.
func Status(err error) int {
	var (
		invalid  config.Invalid
		file     *fileerr.Error
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

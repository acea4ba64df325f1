package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"deputy/internal/store/prepared"
)

func openPostgres(url string, o Options) (*Store, error) {
	o = o.withDefaults()
	dsn, config, err := connection("DATABASE_URL", url, o)
	if err != nil {
		return nil, err
	}
	listen := dsn
	if o.ListenURL != "" {
		direct := o
		direct.Pooler = false
		if listen, _, err = connection("DATABASE_LISTEN_URL", o.ListenURL, direct); err != nil {
			return nil, err
		}
	} else if o.Pooler {
		return nil, errors.New("notifications don't pass a pooler: set DATABASE_LISTEN_URL to PostgreSQL itself")
	}
	connector, err := prepared.NewConnector(dsn, prepared.Options{Unprepared: o.Pooler})
	if err != nil {
		return nil, errors.New("read DATABASE_URL: it can't be understood") // the reason may quote the password
	}
	several := len(config.Multi) > 0
	db := sql.OpenDB(newGate(explaining{connector, several}))
	db.SetMaxOpenConns(o.Conns)
	db.SetMaxIdleConns(o.Conns)
	db.SetConnMaxLifetime(o.ConnLifetime)
	db.SetConnMaxIdleTime(o.ConnIdle)
	s := newStore(dialect.Postgres, db, db)
	s.listener, s.patience = listen, config.ConnectTimeout*time.Duration(1+len(config.Multi))
	s.noRowSecurity, s.pooler = o.NoRowSecurity, o.Pooler
	return s, nil
}

// connection answers a URL as lib/pq reads it, with the defaults. Errors name the setting that it came from.
func connection(setting, url string, o Options) (string, pq.Config, error) {
	if !IsPostgres(url) {
		return "", pq.Config{}, fmt.Errorf("read %s: it is not a postgres:// URL", setting)
	}
	a, err := parseAddress(url)
	if err != nil {
		return "", pq.Config{}, fmt.Errorf("read %s: %w", setting, err)
	}
	config, err := a.complete(o)
	if err != nil {
		return "", pq.Config{}, fmt.Errorf("read %s: %w", setting, err)
	}
	return a.dsn(), config, nil
}

// busy is what sqlState answers when SQLite's one writer was too slow for another.
const busy = "SQLITE_BUSY"

// sqlState answers PostgreSQL's code of an error, or what amounts to it on SQLite, or nothing.
func sqlState(err error) string {
	if failure := pq.As(err); failure != nil {
		return string(failure.Code)
	}
	var liteErr *sqlite.Error
	if errors.As(err, &liteErr) {
		switch liteErr.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return busy
		case sqlite3.SQLITE_CONSTRAINT:
			return "23000"
		}
	}
	return ""
}

package store

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"deputy/internal/store/prepared"
)

func openPostgres(url string, o Options) (*Store, error) {
	o = o.withDefaults()
	dsn, config, _, err := connection("DATABASE_URL", url, o)
	if err != nil {
		return nil, err
	}
	listen := dsn
	if o.ListenURL != "" {
		direct := o
		direct.Pooler = false
		if listen, _, _, err = connection("DATABASE_LISTEN_URL", o.ListenURL, direct); err != nil {
			return nil, err
		}
	} else if o.Pooler {
		return nil, errors.New("a pooler does not forward notifications: set DATABASE_LISTEN_URL to PostgreSQL itself")
	}
	connector, err := prepared.NewConnector(dsn, prepared.Options{Unprepared: o.Pooler, Scan: o.ScanRows})
	if err != nil {
		return nil, errors.New("read DATABASE_URL: it can't be parsed") // the reason may quote the password
	}
	several := len(config.Multi) > 0
	db := sql.OpenDB(newBackoff(explaining{connector, several, slices.Collect(maps.Keys(config.Runtime))}))
	db.SetMaxOpenConns(o.Conns)
	db.SetMaxIdleConns(o.Conns)
	db.SetConnMaxLifetime(o.ConnLifetime)
	db.SetConnMaxIdleTime(o.ConnIdle)
	s := newStore(dialect.Postgres, db, db, db)
	s.dsn, s.listener, s.patience = dsn, listen, config.ConnectTimeout*time.Duration(1+len(config.Multi))
	s.noRowSecurity, s.pooler, s.where = o.NoRowSecurity, o.Pooler, whereabouts(config)
	return s, nil
}

// whereabouts returns the hosts, the ports and the name of a database.
func whereabouts(config pq.Config) string {
	hosts := []string{fmt.Sprintf("%s:%d", cmp.Or(config.Host, config.Hostaddr.String()), config.Port)}
	for _, more := range config.Multi {
		hosts = append(hosts, fmt.Sprintf("%s:%d", cmp.Or(more.Host, more.Hostaddr.String()), more.Port))
	}
	return strings.Join(hosts, ",") + "/" + cmp.Or(config.Database, config.User)
}

// CheckAddress checks an address of PostgreSQL without connecting, and returns a line for each ignored parameter.
// Errors name the setting and never repeat the address.
func CheckAddress(setting, url string, o Options) (notes []string, err error) {
	if setting != "DATABASE_URL" {
		o.Pooler = false
	}
	_, _, notes, err = connection(setting, url, o.withDefaults())
	return notes, err
}

// connection parses a URL into lib/pq's configuration, with the defaults, and returns a line for each ignored
// parameter. Errors name the setting.
func connection(setting, url string, o Options) (string, pq.Config, []string, error) {
	place, err := Locate(url)
	if err != nil || !place.Postgres() {
		return "", pq.Config{}, nil, fmt.Errorf("read %s: it is not a postgres:// URL", setting)
	}
	a, err := parseAddress(place.address)
	if err != nil {
		return "", pq.Config{}, nil, fmt.Errorf("read %s: %w", setting, err)
	}
	config, notes, err := a.complete(o)
	if err != nil {
		return "", pq.Config{}, nil, fmt.Errorf("read %s: %w", setting, err)
	}
	for i, note := range notes {
		notes[i] = setting + ": " + note
	}
	return a.dsn(), config, notes, nil
}

// busy is the state that sqlState returns when a writer waited too long for SQLite's lock.
const busy = "SQLITE_BUSY"

// sqlState returns PostgreSQL's code of an error, or the equivalent for SQLite, or an empty text.
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

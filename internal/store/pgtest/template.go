package pgtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

const (
	// templateLock is the advisory lock that is held while templates are created.
	templateLock = 0x64657075747901
	// inUseTimeout bounds the wait until the server notices that a connection was closed.
	inUseTimeout = 30 * time.Second
)

// Template returns the name of the template database for the key, such as a digest of the migrations, and creates it if
// it does not exist: build fills the empty database at the URL, and closes its connections. Of concurrent processes,
// one builds and the others wait. The account of the admin URL needs CREATEDB. A template exists as long as its server;
// nothing can connect to it.
func Template(
	ctx context.Context, adminURL, key string, build func(ctx context.Context, url string) error,
) (name string, err error) {
	sum := sha256.Sum256([]byte(key))
	name = "deputy_template_" + hex.EncodeToString(sum[:12])
	err = onServer(ctx, adminURL, func(admin *sql.Conn) error {
		if _, err := admin.ExecContext(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
			return fmt.Errorf("lock the templates: %w", err)
		}
		var made bool
		if err := admin.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)",
			name).Scan(&made); err != nil {
			return fmt.Errorf("look for the template: %w", err)
		}
		if made {
			return nil
		}
		return makeTemplate(ctx, admin, adminURL, name, build)
	})
	return name, err
}

// makeTemplate builds under a temporary name, so that an existing template is always complete.
func makeTemplate(
	ctx context.Context, admin *sql.Conn, adminURL, name string, build func(context.Context, string) error,
) error {
	unfinished := name + "_unfinished"
	target, err := databaseURL(adminURL, unfinished)
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + pq.QuoteIdentifier(unfinished) + " WITH (FORCE)",
		"CREATE DATABASE " + pq.QuoteIdentifier(unfinished) + " TEMPLATE template0",
	} {
		if _, err := admin.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("create the template: %w", err)
		}
	}
	if err := build(ctx, target); err != nil {
		return fmt.Errorf("build the template: %w", err)
	}
	err = whileInUse(ctx, func() error {
		_, err := admin.ExecContext(ctx, "ALTER DATABASE "+pq.QuoteIdentifier(unfinished)+" WITH ALLOW_CONNECTIONS false")
		if err == nil {
			_, err = admin.ExecContext(ctx,
				"ALTER DATABASE "+pq.QuoteIdentifier(unfinished)+" RENAME TO "+pq.QuoteIdentifier(name))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("finish the template: %w", err)
	}
	return nil
}

// Create copies the template to a new database, and returns its URL and a function that drops it, with its connections.
func Create(ctx context.Context, adminURL, template string) (url string, drop func(context.Context) error, err error) {
	name := "deputy_test_" + strings.ToLower(rand.Text())
	url, err = databaseURL(adminURL, name)
	if err != nil {
		return "", nil, err
	}
	err = onServer(ctx, adminURL, func(admin *sql.Conn) error {
		return whileInUse(ctx, func() error {
			_, err := admin.ExecContext(ctx,
				"CREATE DATABASE "+pq.QuoteIdentifier(name)+" TEMPLATE "+pq.QuoteIdentifier(template))
			return err
		})
	})
	if err != nil {
		return "", nil, fmt.Errorf("create a database: %w", err)
	}
	drop = func(ctx context.Context) error {
		return onServer(ctx, adminURL, func(admin *sql.Conn) error {
			if _, err := admin.ExecContext(ctx,
				"DROP DATABASE IF EXISTS "+pq.QuoteIdentifier(name)+" WITH (FORCE)"); err != nil {
				return fmt.Errorf("drop a database: %w", err)
			}
			return nil
		})
	}
	return url, drop, nil
}

// Database is Create for a test: the database is dropped when the test ends.
func Database(t testing.TB, adminURL, template string) string {
	t.Helper()
	url, drop, err := Create(t.Context(), adminURL, template)
	if err != nil {
		t.Fatalf("make a database for the test: %v", err)
	}
	t.Cleanup(func() {
		// The test's context has ended by now.
		if err := drop(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("clean up after the test: %v", err)
		}
	})
	return url
}

// onServer calls do with a separate connection, which is closed afterwards, so that its locks are released.
func onServer(ctx context.Context, adminURL string, do func(*sql.Conn) error) (err error) {
	db, err := sql.Open("postgres", adminURL)
	if err != nil {
		return fmt.Errorf("open the server: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to the server: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return do(conn)
}

// whileInUse repeats do while PostgreSQL reports that a database is in use, up to a limit.
func whileInUse(ctx context.Context, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, inUseTimeout)
	defer cancel()
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		err := do()
		if pq.As(err, pqerror.ObjectInUse) == nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-ticker.C:
		}
	}
}

// databaseURL returns the URL of another database on the same server.
func databaseURL(adminURL, name string) (string, error) {
	u, err := url.Parse(adminURL)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return "", errors.New("the server's address is not a postgres:// URL")
	}
	u.Path = "/" + name
	query := u.Query()
	query.Del("dbname")
	u.RawQuery = query.Encode()
	return u.String(), nil
}

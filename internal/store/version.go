package store

import (
	"context"
	"errors"
	"fmt"

	"ariga.io/atlas/sql/migrate"
	entsql "entgo.io/ent/dialect/sql"

	"deputy/internal/bulk"
	"deputy/internal/store/migrations"
)

// These say how a database's schema differs from the one this program works with; see VersionError.
var (
	ErrOlder = errors.New("the database's schema is older than this server: run `deputy migrate`, then start the " +
		"server again")
	ErrNewer = errors.New("the database's schema is newer than this server: start the newer server, or restore a " +
		"backup of the older schema")
	ErrForked = errors.New("the database's schema was made by another edition of this program: start the server that " +
		"made it, " +
		"or restore a backup")
)

// VersionError says which versions of the schema meet. It wraps ErrOlder, ErrNewer or ErrForked, which name the way
// out.
type VersionError struct {
	Database string // the newest version in the database, or nothing
	Server   string // the newest version that the program knows
	reason   error
}

// Error implements error.
func (e *VersionError) Error() string {
	database := e.Database
	if database == "" {
		database = "empty"
	}
	return fmt.Sprintf("%v (database: %s, server: %s)", e.reason, database, e.Server)
}

// Unwrap returns the reason.
func (e *VersionError) Unwrap() error { return e.reason }

// CheckVersion reports whether the database's schema is the one this program works with, and returns a *VersionError
// when it is not; ErrRequestRole when the login can't be confined to what a request may reach. It changes nothing.
func (s *Store) CheckVersion(ctx context.Context) error {
	dir, err := migrations.Versions(s.Dialect())
	if err != nil {
		return err
	}
	versions, err := history(dir)
	if err != nil {
		return err
	}
	applied, err := s.applied(ctx, s.driver.read)
	if err != nil {
		return err
	}
	pending, err := pending(versions, applied)
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return mismatch(ErrOlder, versions, applied)
	}
	if err := s.checkEncoding(ctx, s.driver.read); err != nil {
		return err
	}
	return s.checkRole(ctx)
}

// version is one step of the schema's history, known or applied. Its hash covers all steps up to it. What it does is
// known of the steps that this program knows.
type version struct{ name, hash, sql, does string }

// history returns the versions of a folder, oldest first.
func history(dir migrate.Dir) ([]version, error) {
	files, err := dir.Files()
	if err != nil {
		return nil, fmt.Errorf("read schema versions: %w", err)
	}
	hashes, err := migrate.NewHashFile(files)
	if err != nil {
		return nil, fmt.Errorf("read schema versions: %w", err)
	}
	versions := make([]version, 0, len(files))
	for _, file := range files {
		hash, err := hashes.SumByName(file.Name())
		if err != nil {
			return nil, fmt.Errorf("read schema version %s: %w", file.Version(), err)
		}
		versions = append(versions, version{name: file.Version(), hash: hash, sql: string(file.Bytes()), does: file.Desc()})
	}
	return versions, nil
}

// pending returns the known versions that are not applied yet, and a *VersionError when the applied ones are not the
// beginning of the known ones.
func pending(known, applied []version) ([]version, error) {
	for i, a := range applied {
		switch {
		case i >= len(known):
			return nil, mismatch(ErrNewer, known, applied)
		case a.name != known[i].name || a.hash != known[i].hash:
			return nil, mismatch(ErrForked, known, applied)
		}
	}
	return known[len(applied):], nil
}

func mismatch(reason error, known, applied []version) error {
	return &VersionError{Database: newest(applied), Server: newest(known), reason: reason}
}

func newest(versions []version) string {
	if len(versions) == 0 {
		return ""
	}
	return versions[len(versions)-1].name
}

// applied returns the history of the database, oldest first; nothing when it has none.
func (s *Store) applied(ctx context.Context, q entsql.ExecQuerier) ([]version, error) {
	there, err := s.hasTable(ctx, q, versionTable)
	if err != nil || !there {
		return nil, err
	}
	var versions []version
	const query = "SELECT version, hash FROM " + versionTable + " ORDER BY version"
	err = bulk.Each(ctx, q, query, nil, func(scan bulk.Scan) error {
		var v version
		err := scan(&v.name, &v.hash)
		versions = append(versions, v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the database's schema version: %w", err)
	}
	return versions, nil
}

func (s *Store) hasTable(ctx context.Context, q entsql.ExecQuerier, name string) (bool, error) {
	query := "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	if s.LocksRows() {
		query = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1"
	}
	n, _, err := bulk.One[int](ctx, q, query, name)
	if err != nil {
		return false, fmt.Errorf("look for the schema's version: %w", err)
	}
	return n > 0, nil
}

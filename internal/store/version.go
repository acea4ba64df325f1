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

// Reasons why this program can't use the schema of a database; see VersionError.
var (
	ErrOlder = errors.New("the database schema is older than this server: run `deputy migrate`, then start the " +
		"server again")
	ErrNewer = errors.New("the database schema is newer than this server: start the newer server, or restore a " +
		"backup of the older schema")
	ErrForked = errors.New("the database schema was created by a different build of this program: start that build, or " +
		"restore a backup")
)

// VersionError is returned when the schema of the database is not the one of this program. It wraps ErrOlder, ErrNewer
// or ErrForked, which state what to do.
type VersionError struct {
	Database string // the newest version in the database, or empty
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

// CheckVersion returns a *VersionError when the schema of the database is not the one of this program, and
// ErrRequestRole when requests can't be confined by row level security. It changes nothing.
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

// version is one step of the schema's history, known or applied. Its hash covers all steps up to it. does is set only
// for known versions.
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

// pending returns the known versions that are not applied yet, or a *VersionError when the applied versions are not the
// first of the known ones.
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

// applied returns the applied versions, oldest first.
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
		return nil, fmt.Errorf("read the schema version of the database: %w", err)
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
		return false, fmt.Errorf("check for the schema version: %w", err)
	}
	return n > 0, nil
}

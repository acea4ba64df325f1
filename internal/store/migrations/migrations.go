// Package migrations has the versions of the database's schema, as SQL for each dialect. Its command generate writes
// them, and they are never edited once released: atlas.sum has their checksums, and a database stores them.
//
// Triggers, policies, functions and rights are in one file of each dialect, invariants.sql, which can run any number of
// times. A version that changes a table or that file ends with the file's checksum (Mark). Such versions are applied in
// one transaction that first drops the existing triggers and policies (Standing), and finally runs the file. Older
// versions end with a copy of the file instead.
package migrations

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
)

// invariants is the file in each dialect's folder that is not a version.
const invariants = "invariants.sql"

//go:embed sqlite postgres
var files embed.FS

// Folder returns the name of a dialect's folder.
func Folder(d string) string {
	if d == dialect.SQLite {
		return "sqlite" // Ent calls it sqlite3
	}
	return d
}

// Versions returns the versions of a dialect, oldest first in Files. It verifies their checksums.
func Versions(d string) (*migrate.MemDir, error) {
	sub, err := fs.Sub(files, Folder(d))
	if err != nil {
		return nil, fmt.Errorf("read schema versions of %s: %w", d, err)
	}
	return Read(sub)
}

// mark begins the last line of a version that is followed by invariants.sql.
const mark = "-- invariants.sql "

// Mark returns the last line of a version that is followed by these invariants.
func Mark(invariants string) string {
	sum := sha256.Sum256([]byte(invariants))
	return mark + hex.EncodeToString(sum[:]) + "\n"
}

// Marked reports whether a version is followed by invariants.sql, instead of ending with a copy of it.
func Marked(version string) bool {
	last := strings.LastIndex(strings.TrimSuffix(version, "\n"), "\n") + 1
	return strings.HasPrefix(version[last:], mark)
}

// Standing returns a query that lists the triggers and policies of a database in the syntax of DROP.
func Standing(d string) string {
	if d == dialect.SQLite {
		return "SELECT 'TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
	}
	return "SELECT format('TRIGGER %I ON %I', tgname, relname) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid " +
		"WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace " +
		"UNION ALL SELECT format('POLICY %I ON %I', policyname, tablename) FROM pg_policies WHERE schemaname = " +
		"current_schema() ORDER BY 1"
}

// Invariants returns the content of invariants.sql of a dialect: triggers, policies, functions and rights.
func Invariants(d string) (string, error) {
	content, err := fs.ReadFile(files, path.Join(Folder(d), invariants))
	if err != nil {
		return "", fmt.Errorf("read invariants of %s: %w", d, err)
	}
	return string(content), nil
}

// Read returns the versions in a folder, and an error when a checksum does not match.
func Read(folder fs.FS) (*migrate.MemDir, error) {
	dir := &migrate.MemDir{}
	entries, err := fs.ReadDir(folder, ".")
	if err != nil {
		return nil, fmt.Errorf("read schema versions: %w", err)
	}
	for _, entry := range entries {
		if entry.IsDir() || entry.Name() == invariants {
			continue
		}
		content, err := fs.ReadFile(folder, entry.Name())
		if err == nil {
			err = dir.WriteFile(entry.Name(), content)
		}
		if err != nil {
			return nil, fmt.Errorf("read schema version %s: %w", entry.Name(), err)
		}
	}
	if err := migrate.Validate(dir); err != nil {
		var mismatch *migrate.ChecksumError
		if errors.As(err, &mismatch) {
			return nil, fmt.Errorf("schema version %s was %s after its checksum was made: %w", mismatch.File, mismatch.Reason,
				err)
		}
		return nil, fmt.Errorf("check schema versions: %w", err)
	}
	return dir, nil
}

// Package migrations holds the versions of the database's schema, as SQL for each dialect. They are made by its command
// generate, and never edited once released: atlas.sum carries their checksums, and a database remembers them.
//
// Triggers, policies, functions and rights stand in one file of each dialect, invariants.sql, which can run any number
// of times. A version that changes a table or that file ends with its checksum (Mark). Whoever applies such versions
// first drops the triggers and policies that are there (Standing), and runs the file after the last of them, all in one
// transaction. Older versions end with a copy of the file instead.
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

// invariants is the file of each dialect that is not a version.
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

// Versions returns the versions of a dialect, oldest first in Files. They agree with their checksums.
func Versions(d string) (*migrate.MemDir, error) {
	sub, err := fs.Sub(files, Folder(d))
	if err != nil {
		return nil, fmt.Errorf("read schema versions of %s: %w", d, err)
	}
	return Read(sub)
}

// mark begins the last line of a version after which invariants.sql runs.
const mark = "-- invariants.sql "

// Mark returns the last line of a version that these invariants follow.
func Mark(invariants string) string {
	sum := sha256.Sum256([]byte(invariants))
	return mark + hex.EncodeToString(sum[:]) + "\n"
}

// Marked reports whether a version leaves the invariants to invariants.sql, and has no copy of them.
func Marked(version string) bool {
	last := strings.LastIndex(strings.TrimSuffix(version, "\n"), "\n") + 1
	return strings.HasPrefix(version[last:], mark)
}

// Standing returns a query that lists the triggers and policies of a database, as DROP names them.
func Standing(d string) string {
	if d == dialect.SQLite {
		return "SELECT 'TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
	}
	return "SELECT format('TRIGGER %I ON %I', tgname, relname) FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid " +
		"WHERE NOT tgisinternal AND relnamespace = current_schema()::regnamespace " +
		"UNION ALL SELECT format('POLICY %I ON %I', policyname, tablename) FROM pg_policies WHERE schemaname = " +
		"current_schema() ORDER BY 1"
}

// Invariants returns what follows the last version of a dialect: triggers, and what else stands in invariants.sql.
func Invariants(d string) (string, error) {
	content, err := fs.ReadFile(files, path.Join(Folder(d), invariants))
	if err != nil {
		return "", fmt.Errorf("read invariants of %s: %w", d, err)
	}
	return string(content), nil
}

// Read returns the versions in a folder, and an error when they do not agree with their checksums.
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

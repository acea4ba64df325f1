// Package migrations holds the versions of the database's schema, as SQL for each dialect. They are made by its command
// generate, and never edited once released: atlas.sum carries their checksums, and a database remembers them.
package migrations

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
)

// invariants is the file of each dialect that is not a version.
const invariants = "invariants.sql"

//go:embed sqlite postgres
var files embed.FS

// Folder answers the name of a dialect's folder.
func Folder(d string) string {
	if d == dialect.SQLite {
		return "sqlite" // Ent calls it sqlite3
	}
	return d
}

// Versions answers the versions of a dialect, oldest first in Files. They agree with their checksums.
func Versions(d string) (*migrate.MemDir, error) {
	sub, err := fs.Sub(files, Folder(d))
	if err != nil {
		return nil, fmt.Errorf("read schema versions of %s: %w", d, err)
	}
	return Read(sub)
}

// Invariants answers what every version of a dialect ends with: triggers, and what else stands in invariants.sql.
func Invariants(d string) (string, error) {
	content, err := fs.ReadFile(files, path.Join(Folder(d), invariants))
	if err != nil {
		return "", fmt.Errorf("read invariants of %s: %w", d, err)
	}
	return string(content), nil
}

// Read answers the versions in a folder, and an error when they do not agree with their checksums.
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
			return nil, fmt.Errorf("schema version %s was %s after its checksum was made: %w", mismatch.File, mismatch.Reason, err)
		}
		return nil, fmt.Errorf("check schema versions: %w", err)
	}
	return dir, nil
}

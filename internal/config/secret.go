package config

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"deputy/internal/fileerr"
	"deputy/internal/store"
)

// ErrShortSecret is returned when the file next to a SQLite database does not hold a secret.
var ErrShortSecret = errors.New("the secret file next to the database is too short: restore it, or delete it to " +
	"generate a new one (which invalidates codes, cursors and links)")

// ReadSecret returns the secret that keys codes, cursors and links: DEPUTY_SECRET, else the one in the file next to a
// SQLite database, which is created with mode 0600 at the first start.
func (c Config) ReadSecret() ([]byte, error) {
	if c.Secret != "" {
		return []byte(c.Secret), nil
	}
	place, err := store.Locate(c.DatabaseURL)
	switch {
	case err != nil:
		return nil, fmt.Errorf("DATABASE_URL %w", err)
	case place.Postgres():
		return nil, errors.New("DEPUTY_SECRET is required with PostgreSQL and must be the same on all servers: generate it " +
			"with `openssl rand -base64 32`")
	}
	path := place.Path() + store.SecretSuffix
	kept, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeSecret(path)
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	secret := strings.TrimSpace(string(kept))
	if len(secret) < MinSecret {
		return nil, ErrShortSecret
	}
	return []byte(secret), nil
}

func makeSecret(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fileerr.Explain("create the folder of the secret", filepath.Dir(path), err)
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	secret := base64.StdEncoding.EncodeToString(raw)
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return nil, fileerr.Explain("write the secret to", path, err)
	}
	return []byte(secret), nil
}

// unreadable returns the error for a secret's file that exists and can't be read.
func unreadable(path string, err error) error { return fileerr.Explain("read the secret", path, err) }

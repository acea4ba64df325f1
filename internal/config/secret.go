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

	"deputy/internal/store"
)

// ReadSecret answers the secret that keys codes, cursors and links: DEPUTY_SECRET, else that of the file beside a SQLite
// database, which is made with mode 0600 at the first start.
func (c Config) ReadSecret() ([]byte, error) {
	if c.Secret != "" {
		return []byte(c.Secret), nil
	}
	if store.IsPostgres(c.DatabaseURL) {
		return nil, errors.New("DEPUTY_SECRET is required with PostgreSQL, the same on all servers: `openssl rand -base64 32` makes one")
	}
	path := store.SQLitePath(c.DatabaseURL) + store.SecretSuffix
	kept, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret beside the database: %w", err)
	}
	secret := strings.TrimSpace(string(kept))
	if len(secret) < 32 {
		return nil, errors.New("the secret beside the database is too short: restore it, or delete the file to have a new one made (ends codes and cursors)")
	}
	return []byte(secret), nil
}

func makeSecret(path string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the secret: %w", err)
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails (crypto/rand)
	secret := base64.StdEncoding.EncodeToString(raw)
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("keep the secret beside the database: %w", err)
	}
	return []byte(secret), nil
}

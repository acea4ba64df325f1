package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

// encrypted has PostgreSQL take TLS, and returns the address with which a client asks for it.
func encrypted(ctx context.Context, db *sql.DB, address string) (string, error) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		return "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", err
	}
	// PostgreSQL reads a key that belongs to its own account, and to nobody else.
	for _, file := range []struct {
		name  string
		block pem.Block
	}{
		{"server.crt", pem.Block{Type: "CERTIFICATE", Bytes: certificate}},
		{"server.key", pem.Block{Type: "PRIVATE KEY", Bytes: private}},
	} {
		text := base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&file.block))
		//nolint:gosec // base64, and one of the two names above
		write := fmt.Sprintf("COPY (SELECT '%s') TO PROGRAM 'umask 077 && base64 -d > %s'", text, file.name)
		if _, err := db.ExecContext(ctx, write); err != nil {
			return "", fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	for _, statement := range []string{"ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return "", fmt.Errorf("turn TLS on: %w", err)
		}
	}
	at, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	query := at.Query()
	query.Set("sslmode", "require")
	at.RawQuery = query.Encode()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		secured, err := connect(ctx, at.String())
		if err == nil {
			return at.String(), secured.Close()
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("wait for TLS: %w", err)
		}
	}
}

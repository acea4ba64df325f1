package pgtest

import (
	"database/sql"
	"net/url"
	"os"
	"testing"
)

func TestPoolerAsksForThePassword(t *testing.T) {
	t.Parallel()
	server, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	p, err := StartPooler(t.Context(), server.AdminURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(address string) error {
		db, err := sql.Open("postgres", address)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close() //nolint:errcheck // a test's
		return db.PingContext(t.Context())
	}
	if err := ask(p.URL("postgres")); err != nil {
		t.Error(err)
	}
	wrong, err := url.Parse(p.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	wrong.User = url.UserPassword(wrong.User.Username(), "wrong")
	if err := ask(wrong.String()); err == nil {
		t.Error("a wrong password is taken")
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(p.dir); !os.IsNotExist(err) {
		t.Errorf("the folder is left: %v", err)
	}
	if err := ask(p.URL("postgres")); err == nil {
		t.Error("the pooler is left")
	}
}

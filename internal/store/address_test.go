package store

import (
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
)

func TestAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]address{
		"postgres://u:p@a/d":       {"user": "u", "password": "p", "host": "a", "dbname": "d"},
		"postgresql://a:1,b:2,c/d": {"host": "a,b,c", "port": "1,2,5432", "dbname": "d"},
		"postgres://u%40x:p%3Aq%2F'\\@a:6543/d%2Fe": {
			"user": "u@x", "password": "p:q/'\\", "host": "a", "port": "6543",
			"dbname": "d/e",
		},
		"postgres://[::1]:7,[fe80::1]/d":          {"host": "::1,fe80::1", "port": "7,5432", "dbname": "d"},
		"postgres://%2Fvar%2Frun%2Fpostgresql/d":  {"host": "/var/run/postgresql", "dbname": "d"},
		"postgres:///d?host=/run&sslmode=disable": {"host": "/run", "dbname": "d", "sslmode": "disable"},
		"postgres://a/d?port=9&statement_timeout=30s": {
			"host": "a", "port": "9", "dbname": "d",
			"statement_timeout": "30s",
		},
		"postgres://p@ss:w@rd@a?target_session_attrs=any": {
			"user": "p@ss", "password": "w@rd", "host": "a",
			"target_session_attrs": "any",
		},
	} {
		got, err := parseAddress(text)
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestAddressAsLibpqReadsIt(t *testing.T) {
	t.Parallel()
	a, err := parseAddress("postgres://u:it's%5C@a:1,b:2/d")
	if err != nil {
		t.Fatal(err)
	}
	config, _, err := a.complete(Options{}.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if config.Password != `it's\` || config.Host != "a" || config.Port != 1 || config.Multi[0].Host != "b" ||
		config.Multi[0].Port != 2 {
		t.Errorf("%+v", config)
	}
}

// TestAddressErrorsKeepSecrets has addresses that can't be understood, with a password in each.
func TestAddressErrorsKeepSecrets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, reason string }{
		{"postgres://deputy:sec/ret@a/d", "escaped"},
		{"postgres://deputy:secret#@a/d", "%23"},
		{"postgres://deputy:secret%@a/d", "%25"},
		{"postgres://deputy:secret@a:port/d", "port"},
		{"postgres://deputy:secret@a/d?sslmode=secure", "sslmode"},
		{"postgres://deputy:secret@a/d?sslmode=prefer", "verify-full"},
		{"postgres://deputy:secret@a/d?sslmode=allow", "verify-full"},
		{"postgres://deputy:secret@a/d?connect_timeout=secret", "connect_timeout"},
		{"postgres://deputy:secret@a/d?target_session_attrs=x", "target_session_attrs"},
		{"postgres://deputy:secret@a/d?a=1&a=2", "duplicated"},
		{"postgres://deputy:secret@a/d?a%20b=1", "invalid name"},
		{"postgres://deputy:secret@a,b/d?port=1,2,3", "contradict"},
		{"postgres://deputy:secret@%2Frun,b/d", "socket"},
		{"sqlite:secret", "not a postgres:// URL"},
	} {
		_, err := openPostgres(c.url, Options{})
		if err == nil || !strings.Contains(err.Error(), c.reason) || !strings.HasPrefix(err.Error(), "read DATABASE_URL: ") {
			t.Errorf("%s: %v", c.url, err)
		} else if strings.Contains(err.Error(), "sec") && !strings.Contains(c.url, "secure") {
			t.Errorf("%s: the error tells the password: %v", c.url, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		url, env string
		want     pq.SSLMode
	}{
		{"postgres://localhost/d", "", pq.SSLModeDisable},
		{"postgres:///d", "", pq.SSLModeDisable},
		{"postgres://127.0.0.9,[::1]/d", "", pq.SSLModeDisable},
		{"postgres://%2Frun/d", "", pq.SSLModeDisable},
		{"postgres://db/d", "", pq.SSLModeVerifyFull},
		{"postgres://localhost,db/d", "", pq.SSLModeVerifyFull},
		{"postgres://localhost.example/d", "", pq.SSLModeVerifyFull},
		{"postgres://localhost/d?hostaddr=10.0.0.1", "", pq.SSLModeVerifyFull},
		{"postgres://10.0.0.1/d", "", pq.SSLModeVerifyFull},
		{"postgres://db/d?sslmode=disable", "", pq.SSLModeDisable},
		{"postgres://db/d?sslmode=require", "", pq.SSLModeRequire},
		{"postgres://localhost/d?sslmode=verify-ca", "", pq.SSLModeVerifyCA},
		{"postgres://db/d", "require", pq.SSLModeRequire},
	} {
		t.Setenv("PGSSLMODE", c.env) // also puts back what was there
		if c.env == "" {
			unset(t)
		}
		_, config, _, err := connection("DATABASE_URL", c.url, Options{}.withDefaults())
		if err != nil || config.SSLMode != c.want {
			t.Errorf("%s: %s, %v", c.url, config.SSLMode, err)
		}
		if config.TargetSessionAttrs != pq.TargetSessionAttrsReadWrite || config.ConnectTimeout != 5*time.Second ||
			config.ApplicationName != "deputy" || config.Runtime["statement_timeout"] != "15000" {
			t.Errorf("%s: %+v", c.url, config)
		}
	}
	unset(t)
	_, config, _, err := connection("DATABASE_URL",
		"postgres://a/d?Statement_Timeout=1s&connect_timeout=9&target_session_attrs=any&application_name=x",
		Options{LockTimeout: -1}.withDefaults())
	if err != nil || config.Runtime["Statement_Timeout"] != "1s" || config.Runtime["statement_timeout"] != "" ||
		config.Runtime["lock_timeout"] != "0" ||
		config.ConnectTimeout != 9*time.Second || config.TargetSessionAttrs != pq.TargetSessionAttrsAny ||
		config.ApplicationName != "x" {
		t.Errorf("what the URL says does not go first: %+v, %v", config, err)
	}
}

func TestPoolerSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ url, listen, want string }{
		{"postgres://a/d", "", "DATABASE_LISTEN_URL"},
		{"postgres://a/d?statement_timeout=1", "postgres://a/d", "ALTER ROLE"},
		{"postgres://a/d?options=-cx", "postgres://a/d", "ALTER ROLE"},
		{"postgres://a/d", "postgres://a:x/d", "read DATABASE_LISTEN_URL"},
		{"postgres://a/d", "a", "read DATABASE_LISTEN_URL"},
	} {
		if _, err := openPostgres(c.url, Options{Pooler: true, ListenURL: c.listen}); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.url, err)
		}
	}
	s, err := openPostgres("postgres://a/d", Options{Pooler: true, ListenURL: "postgres://b/d"})
	if err != nil {
		t.Fatal(err)
	}
	if listen := s.listener; !strings.Contains(listen, "host='b'") ||
		!strings.Contains(listen, "target_session_attrs='read-write'") {
		t.Error(listen)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func unset(t *testing.T) {
	t.Helper()
	if err := os.Unsetenv("PGSSLMODE"); err != nil {
		t.Fatal(err)
	}
}

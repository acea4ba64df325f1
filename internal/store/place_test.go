package store_test

import (
	"strings"
	"testing"

	"deputy/internal/store"
)

func TestLocate(t *testing.T) {
	t.Parallel()
	for text, path := range map[string]string{
		"data/deputy.db": "data/deputy.db", "deputy.db": "deputy.db",
		"/var/lib/deputy/deputy.db": "/var/lib/deputy/deputy.db",
		"sqlite:data/deputy.db":     "data/deputy.db", "sqlite://data/deputy.db": "data/deputy.db",
		"sqlite:///srv/d.db": "/srv/d.db",
		"./my data.db":       "my data.db",
		"/Users/a/Library/Application Support/d.db": "/Users/a/Library/Application Support/d.db",
		"机构/库.db": "机构/库.db", " data/deputy.db\n": "data/deputy.db", "a//b.db": "a/b.db", "d-1_2+3,4.db": "d-1_2+3,4.db",
	} {
		place, err := store.Locate(text)
		if err != nil || place.Postgres() || place.Path() != path {
			t.Errorf("%q: %+v, %v", text, place, err)
		}
	}
	for _, text := range []string{
		"postgres://deputy:S3cret@127.0.0.1:5999/deputy", "postgresql://h/d", "postgres:///d?host=/run", " postgres://h/d\n",
	} {
		if place, err := store.Locate(text); err != nil || !place.Postgres() || place.Path() != "" {
			t.Errorf("%q: %+v, %v", text, place, err)
		}
	}
}

// TestLocateRefuses has what operators write instead of an address; each of them was taken for a path once.
func TestLocateRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`"postgres://deputy:S3cret@127.0.0.1:5999/deputy"`, `'postgres://deputy:S3cret@h/d'`, "`S3cret`",
		"“postgres://S3cret@h/d”",
		"mysql://root:S3cret@h/d", "mariadb://S3cret", "jdbc:postgresql://h/d?password=S3cret",
		"postgresql+psycopg2://u:S3cret@h/d",
		"postgres+ssl://u:S3cret@h/d", "POSTGRES://u:S3cret@h/d", "Postgresql://u:S3cret@h/d", "postgres:u:S3cret@h/d",
		"postgres:/u:S3cret@h/d",
		"postgres:\\\\u:S3cret@h", "postgre://u:S3cret@h/d", "pgsql://u:S3cret@h/d", "ecto://u:S3cret@h/d",
		"https://S3cret.example/d",
		"postgres ://u:S3cret@h/d", "postgres://u:S3 cret@h/d", "postgres://u:S3\ncret@h/d",
		"host=h user=u password=S3cret dbname=d",
		"u:S3cret@h/d", "//u:S3cret@h/d", "h:5432/S3cret", "db.S3cret.example:5432", "S3cret@h",
		"DATABASE_URL=postgres://u:S3cret@h/d",
		"file:S3cret.db", "file:///S3cret.db?mode=ro", ":memory:", "sqlite::memory:", "sqlite:", "sqlite://",
		"sqlite3:S3cret.db", "sqlite:postgres://u:S3cret@h/d",
		"S3cret.db?mode=memory", "~/S3cret.db", "$HOME/S3cret.db", "${DATABASE_URL}", "%S3cret%/d.db", "my S3cret.db",
		"data/", ".", "..", "/", "", "  ", "a\x00b",
		"<S3cret>", "{{ S3cret }}",
	} {
		place, err := store.Locate(text)
		if err == nil {
			t.Errorf("%q was taken for %+v", text, place)
		} else if strings.Contains(err.Error(), "S3cret") {
			t.Errorf("%q is repeated: %v", text, err)
		}
	}
}

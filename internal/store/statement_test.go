package store_test

import (
	"strings"
	"testing"

	"deputy/internal/store"
)

func TestStatementsAreToldWithoutValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2000)
	for query, want := range map[string]string{
		`SELECT "t1"."name2" FROM "roles" AS "t1" WHERE "org_id" = $12 AND "n" = ?3 LIMIT 21`: `SELECT "t1"."name2" FROM "roles" AS "t1" WHERE "org_id" = $12 AND "n" = ?3 LIMIT ?`,
		`SELECT set_config('deputy.orgs', 'org_1,org_2', true), -5, 1.25, t1.c0`:              `SELECT set_config(?, ?, true), -?, ?, t1.c0`,
		`VALUES ('it''s', ('two'), (7))`:                                                      `VALUES (?, (?), (?))`,
		"SELECT 'cut " + long + long + "'":                                                    "SELECT ?",
	} {
		if got := store.WithoutValues(query); got != want {
			t.Errorf("%s\nis told as %s\nnot as     %s", query, got, want)
		}
	}
}

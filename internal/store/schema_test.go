package store_test

import (
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/schema"

	"deputy/internal/store"
	"deputy/internal/store/migrations"
	"deputy/internal/store/storetest"
)

var update = flag.Bool("update", false, "write what the tests compare with")

// TestSchemaIsTheOneOnFile lists what the last version leads to: a constraint that got lost shows here.
func TestSchemaIsTheOneOnFile(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		got := strings.Join(snapshot(t, s), "\n") + "\n"
		file := filepath.Join("testdata", "schema."+storetest.Name(s.Dialect())+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want := string(must[[]byte](t)(os.ReadFile(file)))
		if got != want {
			t.Errorf("the schema is not that of %s; see go test ./internal/store -update:\n%s", file, difference(want, got))
		}
	})
}

// TestVersionsLeadToTables compares the versions with what Ent makes of the entities at once.
func TestVersionsLeadToTables(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		made := storetest.Connect(t, storetest.Empty(t, s.Dialect()))
		tables := must[[]*schema.Table](t)(store.Tables(s.Dialect()))
		maker := must[*schema.Atlas](t)(schema.NewMigrate(entsql.OpenDB(s.Dialect(), made.DB())))
		if err := maker.Create(t.Context(), tables...); err != nil {
			t.Fatal(err)
		}
		if _, err := made.DB().ExecContext(t.Context(), must[string](t)(migrations.Invariants(s.Dialect()))); err != nil {
			t.Fatal(err)
		}
		want, got := withoutCasts(snapshot(t, made)), withoutCasts(snapshot(t, s))
		if got != want {
			t.Errorf("the versions lead elsewhere:\n%s", difference(want, got))
		}
	})
}

// withoutCasts levels how PostgreSQL writes a check down: what it answers for one is not what it answers for its
// response.
func withoutCasts(lines []string) string {
	casts := regexp.MustCompile(`::(text|character varying)(\[\])?|[()]`)
	return casts.ReplaceAllString(strings.Join(lines, "\n"), "")
}

func difference(want, got string) string {
	var out []string
	wanted, had := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range wanted {
		if !slices.Contains(had, line) {
			out = append(out, "- "+line)
		}
	}
	for _, line := range had {
		if !slices.Contains(wanted, line) {
			out = append(out, "+ "+line)
		}
	}
	return strings.Join(out, "\n")
}

// snapshot lists columns, keys, checks, indexes, triggers, functions, policies and grants, but for the table of
// versions.
func snapshot(t *testing.T, s *store.Store) []string {
	t.Helper()
	queries := postgresCatalog
	if s.Dialect() == dialect.SQLite {
		queries = sqliteCatalog
	}
	var lines []string
	for _, query := range queries {
		rows, err := s.DB().QueryContext(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		var found []string
		if err := entsql.ScanSlice(rows, &found); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, found...)
	}
	if s.Dialect() == dialect.SQLite {
		lines = append(lines, sqliteChecks(t, s)...)
	}
	for i := range lines {
		lines[i] = strings.Join(strings.Fields(lines[i]), " ")
	}
	slices.Sort(lines)
	return slices.DeleteFunc(lines, func(line string) bool { return strings.Contains(line, "schema_versions") })
}

var postgresCatalog = []string{
	`SELECT concat_ws(' ', 'column', table_name || '.' || column_name, data_type, CASE is_nullable WHEN 'NO' THEN 'not null' END,
		'default ' || column_default) FROM information_schema.columns WHERE table_schema = current_schema()`,
	`SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'`,
	`SELECT concat_ws(' ', 'index', tablename, replace(indexdef, schemaname || '.', '')) FROM pg_indexes WHERE schemaname = current_schema()`,
	`SELECT concat_ws(' ', 'trigger', tgrelid::regclass, pg_get_triggerdef(oid, true)) FROM pg_trigger WHERE NOT tgisinternal`,
	`SELECT concat_ws(' ', 'function', proname, CASE WHEN prosecdef THEN 'as its owner' END, array_to_string(proconfig, ' '), prosrc)
		FROM pg_proc WHERE pronamespace = current_schema()::regnamespace`,
	`SELECT concat_ws(' ', 'row security', relname, CASE WHEN relrowsecurity THEN 'on' ELSE 'off' END)
		FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'`,
	`SELECT concat_ws(' ', 'policy', tablename, policyname, permissive, cmd, array_to_string(roles, ','), 'using', qual, 'check', with_check)
		FROM pg_policies WHERE schemaname = current_schema()`,
	`SELECT concat_ws(' ', 'grant', privilege_type, 'on', table_name, 'to', grantee) FROM information_schema.table_privileges
		WHERE table_schema = current_schema() AND grantee <> current_user`,
	`SELECT concat_ws(' ', 'grant', privilege_type, 'on', table_name || '.' || column_name, 'to', grantee) FROM information_schema.column_privileges c
		WHERE table_schema = current_schema() AND grantee <> current_user AND NOT EXISTS (SELECT FROM information_schema.table_privileges t
			WHERE (t.table_schema, t.table_name, t.grantee, t.privilege_type) = (c.table_schema, c.table_name, c.grantee, c.privilege_type))`,
}

// sqliteTables are those that are no part of an index.
const sqliteTables = "SELECT name FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"

var sqliteCatalog = []string{
	`SELECT 'column ' || m.name || '.' || c.name || ' ' || c.type || iif(c."notnull", ' not null', '') || coalesce(' default ' || c.dflt_value, '')
		|| iif(c.pk, ' key ' || c.pk, '') FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.name IN (` + sqliteTables + `)`,
	`SELECT 'foreign key ' || m.name || ' (' || group_concat(f."from", ', ' ORDER BY seq) || ') references ' || f."table" || ' ('
		|| group_concat(f."to", ', ' ORDER BY seq) || ') on update ' || f.on_update || ' on delete ' || f.on_delete
		FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.name IN (` + sqliteTables + `) GROUP BY m.name, f.id`,
	`SELECT 'index ' || m.name || ' ' || iif(i."unique", 'unique ', '') || iif(i.origin = 'c', i.name, i.origin) || ' ('
		|| (SELECT group_concat(name, ', ' ORDER BY seqno) FROM pragma_index_info(i.name)) || ')' || iif(i.partial, ' partial', '')
		FROM sqlite_master m, pragma_index_list(m.name) i WHERE m.name IN (` + sqliteTables + `)`,
	`SELECT 'trigger ' || tbl_name || ' ' || sql FROM sqlite_master WHERE type IN ('trigger', 'view')`,
	`SELECT 'index ' || sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'`,
}

// sqliteChecks reads them from the statements that made the tables; SQLite lists them nowhere else.
func sqliteChecks(t *testing.T, s *store.Store) (checks []string) {
	t.Helper()
	rows := must[*sql.Rows](t)(s.DB().QueryContext(t.Context(),
		"SELECT sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL"))
	var statements []string
	if err := entsql.ScanSlice(rows, &statements); err != nil {
		t.Fatal(err)
	}
	begin := regexp.MustCompile("CONSTRAINT [`\"](\\w+)[`\"] CHECK ")
	for _, statement := range statements {
		for _, at := range begin.FindAllStringSubmatchIndex(statement, -1) {
			rest, depth := statement[at[1]:], 0
			end := strings.IndexFunc(rest, func(r rune) bool {
				switch r {
				case '(':
					depth++
				case ')':
					depth--
				}
				return depth == 0
			})
			checks = append(checks, "check "+statement[at[2]:at[3]]+" "+rest[:end+1])
		}
	}
	return checks
}

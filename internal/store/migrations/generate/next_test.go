package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql/schema"
	"entgo.io/ent/schema/field"
	"github.com/lib/pq"

	"deputy/internal/store"
	"deputy/internal/store/migrations"
	"deputy/internal/store/storetest"
)

func TestVersionsLeadToTheTables(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *change) {
		if got := c.next(t); got != "" {
			t.Errorf("make migration would write:\n%s", got)
		}
		c.invariants += "-- changed\n"
		if got := c.next(t); !strings.HasSuffix(got, migrations.Mark(c.invariants)) ||
			strings.Contains(got, "CREATE TRIGGER") {
			t.Errorf("changed invariants make no version: %q", got)
		}
	})
}

// TestWhatChangesIsFollowed changes tables in ways that make SQLite rebuild them, and applies the version to rows.
func TestWhatChangesIsFollowed(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, c *change) {
		c.add("sub_accounts", "note")
		c.remove("orgs", "currency")
		c.invariants = strings.Replace(c.invariants, "time_zone, currency,", "time_zone,", 1) // who may change it
		c.column("sub_accounts", "name").Nullable = true
		c.check("sub_accounts", "sub_accounts_slot", "slot BETWEEN 1 AND 30")
		c.check("accounts", "accounts_side", "side IN ('NONE', 'OWNER', 'SEATED', 'GUEST')")
		c.tables = append(c.tables, guests())
		c.drop("throttles")
		c.table("sessions").Indexes = nil
		c.table("sub_account_roles").ForeignKeys[1].OnDelete = schema.Cascade
		sql := c.next(t)
		plan := strings.TrimSuffix(sql, migrations.Mark(c.invariants))
		if plan == sql {
			t.Fatal("it does not end with the mark of the invariants")
		}
		bare := strings.ToLower(strings.NewReplacer("`", "", `"`, "").Replace(plan))
		for _, has := range []string{
			"note", "30", "guest'", "create table guests", "drop table throttles", "session_account", "on delete cascade",
		} {
			if !strings.Contains(bare, has) {
				t.Errorf("%q is not in\n%s", has, plan)
			}
		}
		c.apply(t, sql)
		if again := c.next(t); again != "" {
			t.Errorf("it takes another version:\n%s", again)
		}
		// One more, after which both come to a database that has neither.
		c.add("sub_accounts", "more")
		c.remove("sub_accounts", "note")
		c.invariants += "-- changed\n"
		c.apply(t, c.next(t))
		if again := c.next(t); again != "" {
			t.Errorf("it takes a third version:\n%s", again)
		}
	})
}

func TestCommandWritesBothDialects(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("PostgreSQL is for make test")
	}
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Date(2999, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)) }
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-folder", folder, "-name", "Not this"}, &out, now); err == nil {
		t.Error("a name with spaces was taken")
	}
	for _, d := range storetest.Dialects() {
		file := filepath.Join(folder, migrations.Folder(d), "invariants.sql")
		content, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(file, append(content, "-- changed\n"...), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, says := range []string{"29990102020405_more.sql", "nothing has changed"} {
		out.Reset()
		if err := run(t.Context(), []string{"-folder", folder, "-name", "more"}, &out, now); err != nil {
			t.Fatal(err)
		}
		if strings.Count(out.String(), says) != 2 {
			t.Errorf("it says %q, want %q twice", &out, says)
		}
	}
	for _, d := range storetest.Dialects() {
		if _, err := migrations.Read(os.DirFS(filepath.Join(folder, migrations.Folder(d)))); err != nil {
			t.Errorf("%s: %v", d, err)
		}
	}
}

// change is what a developer does between two versions.
type change struct {
	*scratch
	dialect    string
	dir        *migrate.MemDir
	tables     []*schema.Table
	invariants string
}

func each(t *testing.T, f func(t *testing.T, c *change)) {
	t.Helper()
	scratch, release, err := newScratch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := release(); err != nil {
			t.Error(err)
		}
	})
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			f(t, (&change{scratch: scratch, dialect: d}).copy(t))
		})
	}
}

// copy returns the state of the program, to change.
func (c change) copy(t *testing.T) *change {
	t.Helper()
	var err, err2, err3 error
	c.dir, err = migrations.Versions(c.dialect)
	c.invariants, err2 = migrations.Invariants(c.dialect)
	c.tables, err3 = store.Tables(c.dialect)
	for _, err := range []error{err, err2, err3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return &c
}

func (c *change) next(t *testing.T) string {
	t.Helper()
	sql, err := c.scratch.next(t.Context(), c.dialect, c.dir, c.tables, c.invariants)
	if err != nil {
		t.Fatal(err)
	}
	c.tables, err = schema.CopyTables(c.tables) // planning leaves marks
	if err != nil {
		t.Fatal(err)
	}
	return sql
}

// apply adds the version to those there are and brings a database with rows to it. Rows and invariants must survive.
func (c *change) apply(t *testing.T, sql string) {
	t.Helper()
	files, err := c.dir.Files()
	if err == nil {
		c.dir = &migrate.MemDir{}
		err = c.dir.CopyFiles(append(files, migrate.NewLocalFile(fmt.Sprintf("2999%010d_change.sql", len(files)),
			[]byte(sql))))
	}
	if err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, c.dialect)
	rows(t, s)
	if err := s.MigrateWith(t.Context(), c.dir, c.invariants); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	for table, want := range map[string]int{
		"accounts": 2, "orgs": 1, "roles": 1, "sub_accounts": 1,
		"sub_account_roles": 1, "audit_events": 1,
	} {
		var n int
		if err := s.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != want {
			t.Errorf("%s has %d rows, want %d: %v", table, n, want, err)
		}
	}
	for statement, reason := range map[string]string{
		"DELETE FROM audit_events":                   "append_only",
		"DELETE FROM sub_account_roles":              "role_required",
		"UPDATE sub_account_roles SET role_id = 'x'": "immutable",
		"UPDATE accounts SET side = 'NONE'":          "FOREIGN KEY|foreign key",
		"UPDATE accounts SET side = 'LATER'":         "CHECK|check",
		"UPDATE sub_accounts SET account_id = 'o'":   "FOREIGN KEY|foreign key",
	} {
		_, err := s.DB().ExecContext(t.Context(), statement)
		if err == nil || !slices.ContainsFunc(strings.Split(reason, "|"),
			func(r string) bool { return strings.Contains(explain(err), r) }) {
			t.Errorf("%s: %v, want %s", statement, err, reason)
		}
	}
}

func (c *change) table(name string) *schema.Table {
	return c.tables[slices.IndexFunc(c.tables, func(t *schema.Table) bool { return t.Name == name })]
}

func (c *change) column(table, name string) *schema.Column {
	columns := c.table(table).Columns
	return columns[slices.IndexFunc(columns, func(c *schema.Column) bool { return c.Name == name })]
}

func (c *change) add(table, name string) {
	t := c.table(table)
	t.Columns = append(t.Columns, &schema.Column{Name: name, Type: field.TypeString, Default: ""})
}

func (c *change) remove(table, name string) {
	t := c.table(table)
	t.Columns = slices.DeleteFunc(t.Columns, func(c *schema.Column) bool { return c.Name == name })
}

func (c *change) drop(name string) {
	c.tables = slices.DeleteFunc(c.tables, func(t *schema.Table) bool { return t.Name == name })
}

// check changes a named check; the tables share their checks with Ent's, which stay as they are.
func (c *change) check(table, name, expr string) {
	annotation := *c.table(table).Annotation
	checks := map[string]string{}
	for n, e := range annotation.Checks {
		checks[n] = e
	}
	checks[name] = expr
	annotation.Checks = checks
	c.table(table).Annotation = &annotation
}

func guests() *schema.Table {
	id := &schema.Column{Name: "id", Type: field.TypeString}
	return &schema.Table{Name: "guests", Columns: []*schema.Column{id}, PrimaryKey: []*schema.Column{id}}
}

// rows fills what the invariants are about.
func rows(t *testing.T, s *store.Store) {
	t.Helper()
	at := "'2026-01-02T12:00:00Z'"
	if s.Dialect() == dialect.SQLite {
		at = "1767355200000000"
	}
	tx, err := s.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it is committed by then
	statements := []string{
		"INSERT INTO accounts (id, created_at, phone, side) VALUES ('o', AT, '1', 'OWNER'), ('a', AT, '2', 'SEATED')",
		"INSERT INTO orgs (id, created_at, updated_at, name, owner_id, owner_name) VALUES ('org', AT, AT, 'x', 'o', 'y')",
		"INSERT INTO roles (id, created_at, updated_at, name, name_key, grants, org_id) VALUES ('r', AT, AT, 'z', '', 1, " +
			"'org')",
		"INSERT INTO sub_account_roles (org_id, sub_account_id, role_id) VALUES ('org', 'sub', 'r')",
		"INSERT INTO sub_accounts (id, created_at, updated_at, slot, name, name_key, phone, org_id, account_id) VALUES " +
			"('sub', AT, AT, 1, 'n', '', '2', 'org', 'a')",
		"INSERT INTO audit_events (id, at, actor_kind, actor_name, operation, outcome, request_id) VALUES ('e', AT, " +
			"'SYSTEM', 'x', 'y', 'DONE', 'z')",
	}
	if s.Dialect() == dialect.SQLite {
		statements = slices.Insert(statements, 0, "PRAGMA defer_foreign_keys = ON")
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(t.Context(), strings.ReplaceAll(statement, "AT,", at+",")); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// explain returns the message and, on PostgreSQL, the constraint's name.
func explain(err error) string {
	var refusal *pq.Error
	if errors.As(err, &refusal) {
		return err.Error() + " " + refusal.Constraint
	}
	return err.Error()
}

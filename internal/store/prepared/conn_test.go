package prepared

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"deputy/internal/store/pgproxy"
	"deputy/internal/store/pgtest"
)

// suite is where the tests' databases come from.
type suite struct{ admin, template string }

var server suite //nolint:gochecknoglobals // set once, by TestMain

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		return // PostgreSQL is for make test
	}
	os.Exit(func() int {
		ctx := context.Background()
		admin, release, err := pgtest.Acquire(ctx, pgtest.Options{})
		if err == nil {
			server.admin = admin
			server.template, err = pgtest.Template(ctx, admin, "prepared", build)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		if err := release(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}

// build makes orgs with roles with holders, to read nested.
func build(ctx context.Context, url string) error {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `
		CREATE TABLE orgs (id text PRIMARY KEY, name text NOT NULL);
		CREATE TABLE roles (id text PRIMARY KEY, org_id text NOT NULL REFERENCES orgs, name text NOT NULL);
		CREATE TABLE people (id text PRIMARY KEY, org_id text NOT NULL REFERENCES orgs, name text NOT NULL, n int NOT NULL);
		CREATE TABLE holders (role_id text NOT NULL REFERENCES roles, person_id text NOT NULL REFERENCES people, PRIMARY KEY (role_id, person_id));
		INSERT INTO orgs SELECT 'org_' || o, 'Org ' || o FROM generate_series(1, 20) o;
		INSERT INTO roles SELECT 'rol_' || o || '_' || r, 'org_' || o, 'Role ' || r FROM generate_series(1, 20) o, generate_series(1, 10) r;
		INSERT INTO people SELECT 'sub_' || o || '_' || p, 'org_' || o, 'Person ' || p, p FROM generate_series(1, 20) o, generate_series(1, 50) p;
		INSERT INTO holders SELECT 'rol_' || o || '_' || r, 'sub_' || o || '_' || p
			FROM generate_series(1, 20) o, generate_series(1, 10) r, generate_series(1, 50) p WHERE (p + r) % 5 = 0;
		ANALYZE;
	`)
	return errors.Join(err, db.Close())
}

// nested reads the roles of an org with the first holders of each, as the server's nested reads do.
const nested = `
	SELECT r.id, r.name, x.id, x.name, x.total FROM roles r
	JOIN (SELECT h.role_id, p.id, p.name, p.n,
			row_number() OVER (PARTITION BY h.role_id ORDER BY p.n, p.id) AS place, count(*) OVER (PARTITION BY h.role_id) AS total
		FROM holders h JOIN people p ON p.id = h.person_id JOIN roles o ON o.id = h.role_id
		WHERE o.org_id = $1 AND p.org_id = $1) x ON x.role_id = r.id AND x.place <= $2
	WHERE r.org_id = $1 ORDER BY r.id, x.place`

func fresh(t testing.TB) string {
	t.Helper()
	return pgtest.Database(t, server.admin, server.template)
}

func open(t testing.TB, url string, options Options) *sql.DB {
	t.Helper()
	connector, err := NewConnector(url, options)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// single has one connection only.
func single(t testing.TB, options Options) *sql.DB {
	t.Helper()
	db := open(t, fresh(t), options)
	db.SetMaxOpenConns(1)
	return db
}

// asker is a database, a connection or a transaction.
type asker interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

// all reads a query to its end, each row as text.
func all(ctx context.Context, db asker, query string, args ...any) (found []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		text := make([]string, len(values))
		for i := range values {
			text[i] = fmt.Sprintf("%T:%[1]v", reflect.ValueOf(values[i]).Elem().Interface())
		}
		found = append(found, strings.Join(text, " "))
	}
	return found, rows.Err()
}

func must(t *testing.T, db asker, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func expect(t *testing.T, db asker, want, query string, args ...any) {
	t.Helper()
	got, err := all(t.Context(), db, query, args...)
	if err != nil || strings.Join(got, "; ") != want {
		t.Fatalf("%s: %q, %v; want %q", query, got, err, want)
	}
}

func TestNothingUnnamedInSteadyState(t *testing.T) {
	t.Parallel()
	p, address := pgproxy.Through(t, fresh(t))
	db := open(t, address, Options{})
	db.SetMaxOpenConns(1)
	round := func() {
		for i := range 5 {
			if got, err := all(t.Context(), db, nested, fmt.Sprintf("org_%d", i+1), 3); err != nil || len(got) != 30 {
				t.Fatalf("%d rows, %v", len(got), err)
			}
			expect(t, db, "int64:20", "SELECT count(*) FROM orgs")
			must(t, db, "UPDATE people SET n = n + $1 WHERE id = $2", 0, "sub_1_1")
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, tx, "string:Org 7", "SELECT name FROM orgs WHERE id = $1", "org_7")
			if err := tx.Commit(); err != nil {
				t.Fatal(err)
			}
		}
	}
	round()
	if p.Unnamed.Load() == 0 {
		t.Error("the first time a query is seen it should run unnamed")
	}
	p.Reset()
	round()
	if unnamed, named, closed := p.Unnamed.Load(), p.Named.Load(), p.Closed.Load(); unnamed+named+closed != 0 {
		t.Errorf("%d unnamed, %d named parsed, %d closed", unnamed, named, closed)
	}
	if executed, simple := p.Executed.Load(), p.Simple.Load(); executed != 20 || simple != 10 { // BEGIN and COMMIT
		t.Errorf("%d executed, %d simple", executed, simple)
	}
	expect(t, db, "int64:4", "SELECT count(*) FROM pg_prepared_statements")
}

func TestKeepsNoMoreThanTold(t *testing.T) {
	t.Parallel()
	db := single(t, Options{Statements: 8})
	for range 3 {
		for i := range 20 {
			expect(t, db, fmt.Sprintf("int64:%d", i+1), fmt.Sprintf("SELECT $1::int + %d", i), 1)
		}
	}
	expect(t, db, "int64:8", "SELECT count(*) FROM pg_prepared_statements")
}

func TestSameAnswersAsWithout(t *testing.T) {
	t.Parallel()
	address := fresh(t)
	db := open(t, address, Options{})
	db.SetMaxOpenConns(1)
	plain, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = plain.Close() })
	at := time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC)
	for _, c := range []struct {
		query string
		args  []any
	}{
		{
			"SELECT $1::int2, $2::int4, $3::int8, $4::float8, $5::numeric, $6::bool",
			[]any{int16(-3), 4, uint64(5), 1.5, "2.50", true},
		},
		{
			"SELECT $1::text, $2::varchar(3), $3::bytea, $4::uuid, $5::jsonb",
			[]any{"机构", "abc", []byte{0, 1}, "6f1fcd17-6ab2-4a4c-8d0a-0b5a0c0c0c0c", `{"a": 1}`},
		},
		{"SELECT $1::timestamptz, $2::date, $3::timestamp", []any{at, at, at}},
		{"SELECT $1::text[], $2::int[]", []any{pq.Array([]string{"a", "b"}), []int64{1, 2}}},
		{"SELECT $1::text, $2::bytea, $3::int", []any{nil, []byte(nil), sql.NullInt64{}}},
		{"SELECT 1, 'a', NULL, 2::int8, now() - now(), 'x'::bytea", nil},
		{"SELECT $1", []any{"unknown"}},
		{"SELECT id FROM orgs WHERE id = ANY($1) ORDER BY id", []any{pq.Array([]string{"org_1", "org_2"})}},
		{"SELECT id FROM orgs WHERE false", nil},
		{"INSERT INTO orgs VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = $2 RETURNING id", []any{"org_new", "New"}},
		{"SELECT 1; SELECT 2", nil},
		{"EXPLAIN (COSTS off) SELECT $1::int", []any{1}},
		{"SELECT 1/$1::int", []any{0}},
		{"SELECT $1::int", []any{"x"}},
		{"SELECT $1::int", []any{1, 2}},
		{"SELEC $1", []any{1}},
		{"SELECT", nil},
		{"", nil},
	} {
		want, wantErr := all(t.Context(), plain, c.query, c.args...)
		for round := range 4 {
			got, err := all(t.Context(), db, c.query, c.args...)
			if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
				t.Errorf("%s, round %d: %q, %v; want %q, %v", c.query, round, got, err, want, wantErr)
			}
		}
		done, doneErr := plain.ExecContext(t.Context(), c.query, c.args...)
		for round := range 4 {
			got, err := db.ExecContext(t.Context(), c.query, c.args...)
			if fmt.Sprint(err) != fmt.Sprint(doneErr) {
				t.Errorf("exec %s, round %d: %v; want %v", c.query, round, err, doneErr)
			} else if err == nil {
				gotRows, gotErr := got.RowsAffected()
				wantRows, wantErr := done.RowsAffected()
				if gotRows != wantRows || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
					t.Errorf("exec %s, round %d: %d rows, %v; want %d, %v", c.query, round, gotRows, gotErr, wantRows, wantErr)
				}
			}
		}
	}
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	db := single(t, Options{})
	script := "DROP TABLE IF EXISTS a, b; CREATE TABLE a (n int); CREATE TABLE b (n int); INSERT INTO a VALUES (1);"
	for range 3 {
		must(t, db, script)
	}
	expect(t, db, "int64:1", "SELECT n FROM a")
}

func TestTransactionOptions(t *testing.T) {
	t.Parallel()
	db := single(t, Options{})
	for range 3 {
		tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		expect(t, tx, "string:serializable", "SELECT current_setting('transaction_isolation')")
		_, err = tx.ExecContext(t.Context(), "UPDATE orgs SET name = $1", "x")
		if pq.As(err, pqerror.ReadOnlySQLTransaction) == nil {
			t.Errorf("%v", err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCopy(t *testing.T) {
	t.Parallel()
	db := single(t, Options{})
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, tx, "int64:20", "SELECT count(*) FROM orgs")
	copying, err := tx.PrepareContext(t.Context(), "COPY orgs (id, name) FROM STDIN")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if _, err := copying.ExecContext(t.Context(), fmt.Sprintf("org_c%d", i), "Copied"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tx.ExecContext(t.Context(), "SELECT 1"); !errors.Is(err, ErrBusy) {
		t.Errorf("during a copy: %v", err)
	}
	if _, err := copying.ExecContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := copying.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, tx, "int64:120", "SELECT count(*) FROM orgs")
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func TestPreparable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text      string
		arguments int
		want      bool
	}{
		{"SELECT 1", 0, true},
		{" select 1 ;\n", 0, true},
		{"((SELECT 1) UNION SELECT 2)", 0, true},
		{"-- why\n/* what */ WITH x AS (SELECT 1) SELECT * FROM x", 0, true},
		{"SELECT ';'", 0, false},
		{"SELECT 1; SELECT 2", 0, false},
		{"BEGIN", 0, false},
		{"SET LOCAL a.b = 'c'", 0, false},
		{"LISTEN changes", 0, false},
		{"CREATE TABLE a (n int)", 0, false},
		{"selection", 0, false},
		{"", 0, false},
		{"-- nothing", 0, false},
		{"/* /* */ SELECT 1 */", 0, true},
		{"EXPLAIN SELECT $1", 1, true},
		{"SELECT ';' || $1", 1, true},
	} {
		if got := preparable(c.text, c.arguments); got != c.want {
			t.Errorf("%q with %d arguments: %v", c.text, c.arguments, got)
		}
	}
}

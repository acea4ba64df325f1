package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"

	"deputy/ent"
	"deputy/ent/account"
	"deputy/ent/auditevent"
	"deputy/ent/codeflow"
	"deputy/internal/fault"
	"deputy/internal/store"
	"deputy/internal/store/migrations"
	"deputy/internal/store/storetest"
)

// filled is an agency with a row in every table.
type filled struct {
	agency
	owner, seated string
	tenant        store.Tenant
	subAccount    string
}

func fill(t *testing.T, s *store.Store) filled {
	t.Helper()
	ctx, c := t.Context(), s.Client
	f := filled{agency: makeAgency(t, s), seated: makeAccount(t, s, account.SideSEATED).ID}
	f.owner = f.org.OwnerID
	f.tenant = store.Tenant{Orgs: []string{f.org.ID}, Account: f.owner}
	f.subAccount = must[string](t)(seat(ctx, s, f.agency, f.seated, 1, f.roles[0]))
	event := c.AuditEvent.Create().SetOrgID(
		f.org.ID).SetAt(noon).SetActorKind(auditevent.ActorKindOWNER).SetActorID(f.owner).
		SetAccountID(f.owner).SetActorName("主").SetOperation("op").SetOutcome(fault.OutcomeDone).SetRequestID("").SaveX(ctx)
	for _, err := range []error{
		c.Session.Create().SetAccountID(
			f.owner).SetTokenHash([]byte(f.owner)).SetCreatedAt(noon).SetLastUsedAt(noon).SetExpiresAt(noon).Exec(ctx),
		c.KnownNetwork.Create().SetAccountID(f.owner).SetNetwork("192.0.2.0/24").SetLastAt(noon).Exec(ctx),
		c.CodeFlow.Create().SetPurpose(
			codeflow.PurposeBIND).SetDestination("+86138").SetOrgID(f.org.ID).SetCodeHash([]byte("x")).
			SetCreatedAt(noon).SetExpiresAt(noon).Exec(ctx),
		c.Throttle.Create().SetID(f.owner).SetEndsAt(noon).Exec(ctx),
		c.Receipt.Create().SetID(f.owner).SetRequest([]byte("x")).SetAnswer(f.org.ID).SetCreatedAt(noon).Exec(ctx),
		c.AuditTarget.Create().SetEventID(
			event.ID).SetOrgID(f.org.ID).SetAt(noon).SetTargetID(f.org.ID).SetType("Org").SetLabel("机构").
			SetOutcome(fault.OutcomeDone).Exec(ctx),
		c.AuditTally.Create().SetID(event.ID).Exec(ctx),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// of returns whose everything is, whatever the context.
func of(tenant store.Tenant) store.Whose {
	return func(context.Context) (store.Tenant, error) { return tenant, nil }
}

// tables returns every table there is, but that of versions.
func tables(t *testing.T, s *store.Store) []string {
	t.Helper()
	return texts(t, s.Client, `SELECT table_name FROM information_schema.tables
		WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' AND table_name <> 'schema_versions' ORDER BY 1`)
}

func texts(t *testing.T, c *ent.Client, query string) []string {
	t.Helper()
	rows, err := c.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var found []string
	if err := entsql.ScanSlice(rows, &found); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found
}

// everything returns the query that reads what requests may read of a table, and false when that is nothing. It says
// nothing of whose.
func everything(t *testing.T, s *store.Store, table string) (query string, open bool) {
	t.Helper()
	columns := texts(t, s.Client, `SELECT quote_ident(column_name) FROM information_schema.column_privileges
		WHERE table_schema = current_schema() AND grantee = 'deputy_request' AND privilege_type = 'SELECT' AND table_name = '`+table+`' ORDER BY 1`)
	if len(columns) == 0 {
		return "SELECT * FROM " + table, false
	}
	return "SELECT concat_ws('|', " + strings.Join(columns, ", ") + ") FROM " + table, true
}

// byOrg is the policy of a table that is open to its org, as PostgreSQL writes it down.
const byOrg = `
CASE
    WHEN ((org_id)::text = ANY (( SELECT request_orgs() AS request_orgs)::text[])) THEN true
    ELSE NULL::boolean
END`

// TestWallStandsOnEveryTable reads every table without saying whose rows it wants. A new table is closed, or open to
// its org; to open it otherwise takes rows of it in fill.
func TestWallStandsOnEveryTable(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	own := fill(t, s)
	before := map[string][]string{}
	for _, table := range tables(t, s) {
		query, _ := everything(t, s, table)
		before[table] = texts(t, s.Client, strings.Replace(query, "SELECT *", "SELECT concat_ws('', "+table+")", 1))
	}
	fill(t, s)
	behind, nobody := s.Confined(of(own.tenant)), s.Confined(of(store.Tenant{}))
	for _, table := range tables(t, s) {
		query, open := everything(t, s, table)
		if n := len(texts(t, s.Client, "SELECT 'x' FROM "+table)); n <= len(before[table]) {
			by := texts(t, s.Client,
				"SELECT qual FROM pg_policies WHERE schemaname = current_schema() AND tablename = '"+table+"'")
			if open && (len(by) != 1 || by[0] != byOrg) {
				t.Errorf("%s has no row of the other org, and is open by %q: fill it", table, by)
			}
		}
		if on := texts(t, s.Client,
			"SELECT relrowsecurity::text FROM pg_class WHERE oid = '"+table+"'::regclass"); on[0] != "true" {
			t.Errorf("%s has no row level security", table)
		}
		if !open {
			_, err := behind.Client.QueryContext(t.Context(), query)
			denied(t, query, err)
			continue
		}
		seen := texts(t, behind.Client, query)
		for _, row := range seen {
			if !slices.Contains(before[table], row) {
				t.Errorf("%s: the other org's %s", table, row)
			}
		}
		if len(seen) == 0 && len(before[table]) > 0 && table != "receipts" {
			t.Errorf("%s: it does not see its own", table)
		}
		if seen := texts(t, nobody.Client, query); len(seen) > 0 {
			t.Errorf("%s: nobody sees %q", table, seen)
		}
	}
}

// TestANewTableHasTheWall makes tables and runs the invariants again, as the version that makes them does.
func TestANewTableHasTheWall(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	a, b := fill(t, s), fill(t, s)
	for _, statement := range []string{
		"CREATE TABLE contracts (id varchar PRIMARY KEY, org_id varchar NOT NULL)",
		"CREATE TABLE secrets (id varchar PRIMARY KEY, org_id varchar)",
		"INSERT INTO contracts VALUES ('a', '" + a.org.ID + "'), ('b', '" + b.org.ID + "')",
		must[string](t)(migrations.Invariants(dialect.Postgres)),
	} {
		if _, err := s.DB().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	behind := s.Confined(of(a.tenant))
	if seen := texts(t, behind.Client, "SELECT id FROM contracts"); len(seen) != 1 || seen[0] != "a" {
		t.Errorf("it sees contracts %q", seen)
	}
	if by := texts(t, s.Client, "SELECT qual FROM pg_policies WHERE tablename = 'contracts'"); by[0] != byOrg {
		t.Errorf("contracts are open by %s, want %s", by[0], byOrg)
	}
	denied(t, "a contract of another org", run(t.Context(), behind, "INSERT INTO contracts VALUES ('c', '"+b.org.ID+"')"))
	_, err := behind.Client.QueryContext(t.Context(), "SELECT * FROM secrets")
	denied(t, "a table that nobody opened", err)
}

// TestAPolicyIsNoWayToFindRows: PostgreSQL reads a table to its end rather than look for a policy's rows by an index.
// It did where a query asked for a page of them in the order of another index, and then sorted all of the org's rows.
func TestAPolicyIsNoWayToFindRows(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	tx, err := s.DB().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	if _, err := tx.ExecContext(t.Context(), "SET LOCAL ROLE deputy_request; SET LOCAL deputy.orgs = 'org_1'; SET LOCAL "+
		"enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	of := texts(t, s.Client, "SELECT DISTINCT tablename FROM pg_policies WHERE schemaname = current_schema() AND "+
		"policyname LIKE '%\\_tenant'")
	if len(of) < 10 {
		t.Errorf("only %q are open to their orgs", of)
	}
	for _, table := range of {
		query, _ := everything(t, s, table)
		var plan string
		if err := tx.QueryRowContext(t.Context(), "EXPLAIN (FORMAT JSON) "+query).Scan(&plan); err != nil {
			t.Fatal(err)
		}
		// An index that holds all columns may be read whole, too.
		if !strings.Contains(plan, `"Node Type": "Seq Scan"`) && strings.Contains(plan, `"Index Cond"`) {
			t.Errorf("the rows of %s are looked for by its policy:\n%s", table, plan)
		}
	}
}

// TestWallWithoutPredicate asks in Ent's words, and over edges.
func TestWallWithoutPredicate(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	a, b := fill(t, s), fill(t, s)
	ctx, c := t.Context(), s.Confined(of(a.tenant)).Client
	for _, r := range c.Role.Query().WithSubAccounts().WithOrg().AllX(ctx) {
		if r.OrgID != a.org.ID || r.Edges.Org == nil {
			t.Errorf("role %v", r)
		}
		for _, sub := range r.Edges.SubAccounts {
			if sub.OrgID != a.org.ID {
				t.Errorf("sub-account %v", sub)
			}
		}
	}
	if n := c.SubAccount.Query().CountX(ctx); n != 1 {
		t.Errorf("%d sub-accounts", n)
	}
	if _, err := c.Org.Get(ctx, b.org.ID); !ent.IsNotFound(err) {
		t.Errorf("the other org: %v", err)
	}
	if n := c.Account.Query().Where(account.ID(b.owner)).CountX(ctx); n != 0 {
		t.Error("it sees the other owner")
	}
	if err := c.Role.UpdateOneID(a.roles[0].ID).SetName("x").Exec(ctx); err == nil {
		t.Error("a request wrote outside a transaction")
	}
	unknown := errors.New("nobody knows")
	lost := s.Confined(func(context.Context) (store.Tenant, error) { return a.tenant, unknown })
	if _, err := lost.Client.Role.Query().All(ctx); !errors.Is(err, unknown) {
		t.Errorf("it reads for nobody knows whom: %v", err)
	}
	if err := write(ctx, lost, func(context.Context, *store.Tx) error { return nil }); !errors.Is(err, unknown) {
		t.Errorf("it writes for nobody knows whom: %v", err)
	}
}

// denied fails the test unless a privilege or a policy refused.
func denied(t *testing.T, what string, err error) {
	t.Helper()
	if refusal := pq.As(err); refusal == nil || refusal.Code != "42501" {
		t.Errorf("%s: %v, want it denied", what, err)
	}
}

func TestWallAgainstWrites(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	a, b := fill(t, s), fill(t, s)
	behind := s.Confined(of(a.tenant))
	at := moment(s)
	subs := strings.NewReplacer("{A}", a.org.ID, "{B}", b.org.ID, "{a.owner}", a.owner, "{b.owner}", b.owner, "{b.sub}",
		b.subAccount,
		"{b.role}", b.roles[0].ID, "{a.role}", a.roles[0].ID, "{b.seated}", b.seated, "{at}", at)
	for _, statement := range []string{
		"INSERT INTO roles (id, created_at, updated_at, name, name_key, grants, org_id) VALUES ('r', {at}, {at}, 'z', '', " +
			"1, '{B}')",
		"INSERT INTO sub_account_roles (org_id, sub_account_id, role_id) VALUES ('{B}', '{b.sub}', '{b.role}')",
		"INSERT INTO sub_accounts (id, created_at, updated_at, slot, name, name_key, phone, org_id, account_id) VALUES " +
			"('s', {at}, {at}, 2, 'n', '', '2', '{B}', '{b.seated}')",
		"INSERT INTO orgs (id, created_at, updated_at, name, owner_id, owner_name) VALUES ('o', {at}, {at}, 'x', " +
			"'{b.owner}', 'y')",
		"INSERT INTO accounts (id, created_at, phone) VALUES ('p', {at}, '+8613900000000')",
		"INSERT INTO audit_events (id, org_id, at, actor_kind, actor_name, operation, outcome, request_id) VALUES ('e', " +
			"'{B}', {at}, 'SYSTEM', 'x', 'y', 'DONE', 'z')",
		"INSERT INTO audit_events (id, at, actor_kind, actor_name, operation, outcome, request_id) VALUES ('e', {at}, " +
			"'SYSTEM', 'x', 'y', 'DONE', 'z')",
		"INSERT INTO audit_tallies (id) VALUES ('of no event')",
		"INSERT INTO receipts (id, created_at, request, answer) VALUES ('not claimed', {at}, 'x', 'y')",
		"INSERT INTO throttles (id, ends_at) VALUES ('x', {at})",
		"UPDATE audit_events SET operation = 'other'", "DELETE FROM audit_events", "TRUNCATE audit_events CASCADE",
		"UPDATE audit_targets SET label = 'other'", "DELETE FROM audit_targets", "TRUNCATE audit_targets",
		"UPDATE audit_tallies SET id = 'other'", "DELETE FROM audit_tallies", "TRUNCATE audit_tallies",
		"UPDATE accounts SET password_hash = 'x'", "DELETE FROM accounts", "DELETE FROM orgs",
		"INSERT INTO sessions (id) VALUES ('x')",
		"SELECT token_hash FROM sessions", "SELECT code_hash FROM code_flows", "SELECT * FROM schema_versions",
		"UPDATE roles SET org_id = '{B}'", "UPDATE sub_accounts SET account_id = '{a.owner}'",
		"UPDATE orgs SET owner_id = '{a.owner}'",
		"ALTER TABLE roles DISABLE ROW LEVEL SECURITY", "DROP POLICY roles_tenant ON roles", "CREATE TABLE mine (n integer)",
	} {
		statement = subs.Replace(statement)
		err := run(t.Context(), behind, statement)
		if refusal := pq.As(err); strings.HasPrefix(statement, "ALTER") && refusal != nil ||
			strings.HasPrefix(statement, "DROP") && refusal != nil {
			continue // the role owns nothing: 42501 too, or "must be owner"
		}
		denied(t, statement, err)
	}
	for _, statement := range []string{
		"UPDATE roles SET name = 'x' WHERE org_id = '{B}'", "DELETE FROM roles WHERE org_id = '{B}'",
		"DELETE FROM sub_accounts WHERE org_id = '{B}'",
		"DELETE FROM sessions WHERE account_id <> '{a.owner}'", "DELETE FROM sub_account_roles WHERE org_id = '{B}'",
		"UPDATE sub_accounts SET status = 'DISABLED' WHERE org_id <> '{A}'",
		"UPDATE orgs SET name = 'x' WHERE id <> '{A}'", "UPDATE accounts SET side = 'NONE' WHERE id <> '{a.owner}'",
		"UPDATE code_flows SET used_at = now() WHERE org_id = '{B}'", "SELECT id FROM orgs WHERE id = '{B}' FOR UPDATE",
		"SELECT id FROM receipts",
	} {
		err := write(t.Context(), behind, func(ctx context.Context, tx *store.Tx) error {
			result, err := tx.ExecContext(ctx, subs.Replace(statement))
			if err != nil {
				return err
			}
			if n, err := result.RowsAffected(); err != nil || n != 0 {
				t.Errorf("%s: %d rows, %v", statement, n, err)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// TestWallOpensOnlyWhatIsNamed widens transactions, by things that are theirs to open and by others.
func TestWallOpensOnlyWhatIsNamed(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	a, b := fill(t, s), fill(t, s)
	stranger := makeAccount(t, s, account.SideNONE)
	in := func(tenant store.Tenant, f func(context.Context, *store.Tx) error) error {
		return write(t.Context(), s.Confined(of(tenant)), f)
	}
	for name, err := range map[string]error{
		"another's org": in(a.tenant, func(ctx context.Context, tx *store.Tx) error { return tx.Own(ctx, b.org.ID) }),
		"another's seats": in(a.tenant, func(ctx context.Context,
			tx *store.Tx,
		) error {
			return tx.ReachSeats(ctx, b.seated)
		}),
		"an unknown account": in(a.tenant, func(ctx context.Context,
			tx *store.Tx,
		) error {
			return tx.ReachSeats(ctx, "acc_x")
		}),
		"nobody's org": in(store.Tenant{}, func(ctx context.Context,
			tx *store.Tx,
		) error {
			return tx.Own(ctx, b.org.ID)
		}),
	} {
		if err == nil || !strings.Contains(err.Error(), "not accessible") {
			t.Errorf("%s: %v", name, err)
		}
	}
	err := in(a.tenant, func(ctx context.Context, tx *store.Tx) error {
		destination := *s.Client.Account.GetX(ctx, b.seated).Email
		if err := errors.Join(tx.ReachDestination(ctx, destination), tx.ReachSeats(ctx, b.seated)); err != nil {
			return err
		}
		if n := tx.SubAccount.Query().CountX(ctx); n != 2 {
			t.Errorf("%d seats of the org and of the account, want 2", n)
		}
		if n := tx.Role.Query().CountX(ctx); n != len(a.roles) {
			t.Errorf("%d roles", n)
		}
		if n := tx.Account.Query().Where(account.ID(stranger.ID)).CountX(ctx); n != 0 {
			t.Error("it sees another account")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if n := s.Confined(of(a.tenant)).Client.SubAccount.Query().CountX(t.Context()); n != 1 {
		t.Errorf("%d seats after the transaction", n)
	}
	owner := store.Tenant{Account: a.owner}
	if err := in(owner, func(ctx context.Context, tx *store.Tx) error {
		if n := tx.Role.Query().CountX(ctx); n != 0 {
			t.Errorf("%d roles before", n)
		}
		err := tx.Own(ctx, a.org.ID)
		if n := tx.Role.Query().CountX(ctx); n != len(a.roles) {
			t.Errorf("%d roles after", n)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	receipts := func(ctx context.Context, tx *store.Tx) error {
		if free, err := tx.Claim(ctx, a.owner); err != nil || !free {
			return fmt.Errorf("%v, %w", free, err)
		}
		if ids := tx.Receipt.Query().IDsX(ctx); len(ids) != 1 || ids[0] != a.owner {
			t.Errorf("receipts %v", ids)
		}
		return nil
	}
	if err := in(a.tenant, receipts); err != nil {
		t.Error(err)
	}
}

// TestRequestsReadNoPasswordHash: not of the viewer's own account either, which they may know to have one.
func TestRequestsReadNoPasswordHash(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	a := fill(t, s)
	s.Client.Account.UpdateOneID(a.owner).SetPasswordHash("secret").SetHasPassword(true).ExecX(t.Context())
	behind := s.Confined(of(a.tenant)).Client
	for _, query := range []string{
		"SELECT password_hash FROM accounts", "SELECT * FROM accounts", "SELECT a FROM accounts a",
		"SELECT id FROM accounts WHERE password_hash LIKE 's%'",
		"SELECT id FROM accounts ORDER BY password_hash", "SELECT count(password_hash) FROM accounts",
		"SELECT row_to_json(a)::text FROM accounts a",
	} {
		_, err := behind.QueryContext(t.Context(), query)
		denied(t, query, err)
	}
	if seen := texts(t, behind, "SELECT has_password::text FROM accounts WHERE id = '"+a.owner+"'"); len(seen) != 1 ||
		seen[0] != "true" {
		t.Errorf("whether there is a password: %q", seen)
	}
	refused(t, s, run(t.Context(), s, "UPDATE accounts SET has_password = false"), "accounts_password", "")
}

// TestRequestsPutNothingIntoAnothersRecord: no event of another org or of another account, none of another time, and no
// target but of an event of the same org that the transaction itself put on record.
func TestRequestsPutNothingIntoAnothersRecord(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, dialect.Postgres)
	a, b := fill(t, s), fill(t, s)
	behind := s.Confined(of(a.tenant))
	eventOf := func(orgID string) string {
		return texts(t, s.Client, "SELECT id FROM audit_events WHERE org_id = '"+orgID+"'")[0]
	}
	event := func(id, org, account, at string) string {
		return "INSERT INTO audit_events (id, org_id, account_id, at, actor_kind, actor_name, operation, outcome, " +
			"request_id) VALUES ('" +
			id + "', " + org + ", '" + account + "', " + at + ", 'OWNER', 'x', 'y', 'DONE', 'z')"
	}
	target := func(event, org, at string) string {
		return "INSERT INTO audit_targets (event_id, org_id, at, target_id, type, label, account_id, outcome) VALUES ('" +
			event + "', " + org +
			", " + at + ", 't', 'Org', 'l', '" + a.owner + "', 'DONE')"
	}
	own, theirs, at := "'"+a.org.ID+"'", "'"+b.org.ID+"'", moment(s)
	for name, statements := range map[string][]string{
		"an event of another org":     {event("e", theirs, a.owner, at)},
		"an event of another account": {event("e", own, b.owner, at)},
		"an event dated back":         {event("e", own, a.owner, at+"::timestamptz - interval '2 minutes'")},
		"an event of the future":      {event("e", own, a.owner, "now() + interval '2 days'")},
		"an own event of the future":  {event("e", "NULL", a.owner, "now() + interval '2 days'")},
		"an own event dated back": {
			event("e", "NULL", a.owner, "now()"),
			event("f", "NULL", a.owner, "now() - interval '1 hour'"),
		},
		"a target of another org's event":      {target(eventOf(b.org.ID), theirs, at)},
		"a target of another's, as an own one": {target(eventOf(b.org.ID), own, at)},
		"a target of another's, as of no org":  {target(eventOf(b.org.ID), "NULL", at)},
		"a target of an event of the past":     {target(eventOf(a.org.ID), own, at)},
		"a target of another moment": {
			event("e", own, a.owner, "now()"),
			target("e", own, "now() - interval '1 hour'"),
		},
		"a target of another org than its event": {event("e", own, a.owner, "now()"), target("e", "NULL", "now()")},
	} {
		denied(t, name, run(t.Context(), behind, statements...))
	}
	if err := run(t.Context(), behind, event("e", own, a.owner, "now()"), target("e", own, "now()")); err != nil {
		t.Errorf("its own: %v", err)
	}
	if err := run(t.Context(), behind, event("f", "NULL", a.owner, "now()"), target("f", "NULL", "now()")); err != nil {
		t.Errorf("outside of any org: %v", err)
	}
}

// TestTemporaryTablesShadowNothing: requests make none, and where somebody else of the session made one, names still
// mean the tables.
func TestTemporaryTablesShadowNothing(t *testing.T) {
	t.Parallel()
	s := storetest.ConnectWith(t, storetest.URL(t, dialect.Postgres), store.Options{Conns: 2})
	a := fill(t, s)
	s.DB().SetMaxOpenConns(1)
	for _, statement := range []string{
		"CREATE TEMPORARY TABLE orgs (id text, name text)", "INSERT INTO orgs VALUES ('" + a.org.ID + "', 'shadow')",
		"GRANT ALL ON pg_temp.orgs TO PUBLIC",
	} {
		if _, err := s.DB().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	behind := s.Confined(of(a.tenant))
	for range 2 { // set up, and found set up
		if names := texts(t, behind.Client, "SELECT name FROM orgs"); len(names) != 1 || names[0] == "shadow" {
			t.Errorf("a read sees %q", names)
		}
	}
	if err := write(t.Context(), behind, func(ctx context.Context, tx *store.Tx) error {
		if names := tx.Org.Query().AllX(ctx); len(names) != 1 || names[0].Name == "shadow" {
			t.Errorf("a transaction sees %v", names)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := s.Migrate(t.Context()); err != nil { // what belongs to the database is not in a copy of it
		t.Fatal(err)
	}
	for _, statement := range []string{
		"CREATE TEMPORARY TABLE roles (id text)", "CREATE TEMPORARY VIEW roles AS SELECT 1",
		"SELECT 1 AS x INTO TEMPORARY roles",
	} {
		denied(t, statement, run(t.Context(), behind, statement))
	}
}

// TestWallIsASetting does without it.
func TestWallIsASetting(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		if got := s.Confined(of(store.Tenant{})); (got == s) != (s.Dialect() == dialect.SQLite) {
			t.Error("the wall stands where it should not, or does not where it should")
		}
	})
	s := storetest.ConnectWith(t, storetest.URL(t, dialect.Postgres), store.Options{NoRowSecurity: true})
	if s.Confined(of(store.Tenant{})) != s {
		t.Error("it can't be switched off")
	}
}

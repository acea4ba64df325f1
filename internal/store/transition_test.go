package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"ariga.io/atlas/sql/migrate"
	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/ent/creator"
	"deputy/ent/order"
	"deputy/internal/collate"
	"deputy/internal/search"
	"deputy/internal/store"
	"deputy/internal/store/migrations"
	"deputy/internal/store/storetest"
)

// beforeWholeSums is a database as it was before sums had bounds, with an org whose days begin at 16:00 UTC, and its
// creator.
func beforeWholeSums(t *testing.T, d string) *store.Store {
	t.Helper()
	s := olderThan(t, d, "whole_sums")
	ran(t, s, "INSERT INTO accounts (id, created_at, phone, password_hash, side) VALUES ('o', AT, '1', 'x', 'OWNER'), "+
		"('p', AT, '2', NULL, 'NONE')",
		"INSERT INTO orgs (id, created_at, updated_at, name, owner_id, owner_name) VALUES ('org', AT, AT, 'x', 'o', 'y')",
		"INSERT INTO creators (id, created_at, updated_at, grams, name, platform_id, org_id) VALUES ('c', AT, AT, '{}', "+
			"'n', '1', 'org')")
	return s
}

// olderThan is an empty database as it was before a version.
func olderThan(t *testing.T, d, version string) *store.Store {
	t.Helper()
	s := storetest.Connect(t, storetest.Empty(t, d))
	known := must[*migrate.MemDir](t)(migrations.Versions(d))
	files := must[[]migrate.File](t)(known.Files())
	until := slices.IndexFunc(files, func(f migrate.File) bool { return strings.Contains(f.Name(), version) })
	older := &migrate.MemDir{}
	if err := older.CopyFiles(files[:until]); err != nil {
		t.Fatal(err)
	}
	invariants := "" // today's may not fit it
	if d == dialect.Postgres {
		invariants = "CREATE POLICY roles_tenant ON roles TO deputy_request USING (true)"
	}
	if err := s.MigrateWith(t.Context(), older, invariants); err != nil {
		t.Fatal(err)
	}
	return s
}

// ran runs statements, in which AT is noon.
func ran(t *testing.T, s *store.Store, statements ...string) {
	t.Helper()
	at := "'2026-01-02T12:00:00Z'"
	if s.Dialect() == dialect.SQLite {
		at = "1767355200000000"
	}
	for _, statement := range statements {
		if _, err := s.DB().ExecContext(t.Context(), strings.ReplaceAll(statement, "AT,", at+",")); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func orderOf(number, amount string) string {
	return "INSERT INTO orders (id, created_at, updated_at, grams, number, product_name, amount, commission, status, " +
		"paid_at, creator_id, org_id) " +
		"SELECT 'ord_" + number + "', AT, AT, '{}', '" + number + "', '口红', " + amount +
		", 7, 'PAID', created_at, 'c', 'org' FROM creators"
}

// TestMigrationNamesWhatDoesNotFit and changes nothing; once it is put right, the version is applied.
func TestMigrationNamesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			s := beforeWholeSums(t, d)
			ran(t, s, orderOf("DY1", "9007199254740991"), orderOf("DY2", "1000000000000"), orderOf("DY3", "1000000000001"),
				"INSERT INTO tasks (id, created_at, updated_at, grams, title, reward, org_id) VALUES ('tsk', AT, AT, '{}', 't', "+
					"1000000000001, 'org')",
				"UPDATE creators SET followers = 1000000000001")
			err := s.Migrate(t.Context())
			if !errors.Is(err, store.ErrMisfit) {
				t.Fatalf("it is not refused: %v", err)
			}
			for _, has := range []string{
				"org org, order DY1: amount 9007199254740991", "org org, order DY3: amount 1000000000001",
				"org org, task tsk: reward 1000000000001",
				"org org, creator c: followers 1000000000001",
			} {
				if !strings.Contains(err.Error(), has) {
					t.Errorf("%q is not in: %v", has, err)
				}
			}
			if strings.Contains(err.Error(), "DY2") {
				t.Errorf("it names what fits: %v", err)
			}
			if got := value(t, s, "SELECT amount FROM orders WHERE number = 'DY1'"); got != "9007199254740991" {
				t.Errorf("the amount is %s", got)
			}
			ran(t, s, "UPDATE orders SET amount = 5, commission = 5 WHERE amount > 1000000000000", "UPDATE tasks SET reward = 0",
				"UPDATE creators SET followers = 0")
			if err := errors.Join(s.Migrate(t.Context()), s.CheckVersion(t.Context())); err != nil {
				t.Fatal(err)
			}
			if got := value(t, s, "SELECT count(*) FROM accounts WHERE has_password AND id = 'o' OR NOT has_password AND id = "+
				"'p'"); got != "2" {
				t.Errorf("%s accounts know whether they have a password", got)
			}
		})
	}
}

// TestNamesThatAreThereGetTheirKeys, however many there are, and so sort with those that come later.
func TestNamesThatAreThereGetTheirKeys(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			s := olderThan(t, d, "origins_and_names")
			ran(t, s, "INSERT INTO accounts (id, created_at, phone, side) VALUES ('o', AT, '1', 'OWNER')",
				"INSERT INTO orgs (id, created_at, updated_at, name, owner_id, owner_name) VALUES ('org', AT, AT, 'x', 'o', 'y')",
				"INSERT INTO creators (id, created_at, updated_at, grams, name, platform_id, org_id) "+
					"WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 2109) "+
					"SELECT 'c' || i, AT, created_at, '{}', '达人' || i, i, 'org' FROM n, orgs",
				"INSERT INTO roles (id, created_at, updated_at, name, grants, org_id) VALUES ('r', AT, AT, '张三', 0, 'org')")
			if err := errors.Join(s.Migrate(t.Context()), s.CheckVersion(t.Context())); err != nil {
				t.Fatal(err)
			}
			last := must[*ent.Role](t)(s.Client.Role.Get(t.Context(), "r"))
			if !bytes.Equal(last.NameKey, collate.Key("张三")) {
				t.Errorf("the role's key is %x", last.NameKey)
			}
			found := must[[]*ent.Creator](t)(s.Client.Creator.Query().Order(ent.Asc(creator.FieldNameKey),
				creator.ByID()).All(t.Context()))
			for i, c := range found {
				want := fmt.Sprint("达人", i+10)
				if c.Name != want || !bytes.Equal(c.NameKey, collate.Key(want)) {
					t.Fatalf("%q is in place %d, where %q belongs", c.Name, i, want)
				}
			}
			if len(found) != 2100 {
				t.Errorf("there are %d", len(found))
			}
		})
	}
}

// TestSumsThatWereLostAreMadeAnew: what overflowed on SQLite once is a floating-point number, or was one and is wrong
// since.
func TestSumsThatWereLostAreMadeAnew(t *testing.T) {
	t.Parallel()
	s := beforeWholeSums(t, dialect.SQLite)
	ran(t, s, orderOf("DY1", "19900"), orderOf("DY2", "100"),
		"UPDATE orders SET paid_at = paid_at + 5*3600*1000000 WHERE number = 'DY2'",
		"INSERT INTO creator_days "+
			"(org_id, day, creator_id, slot, orders, amount, commission, refunds, refund_amount) VALUES "+
			"('org', 20455, 'c', 0, 1, 9.5e18, 1, 0, 0), ('org', 20456, 'c', 0, 1, 4096, 1, 0, 0)",
		"INSERT INTO product_days (org_id, creator_id, day, product_name, slot, orders, amount, commission, refunds, "+
			"refund_amount) VALUES "+
			"('org', 'c', 20455, '口红', 0, 1, 9.5e18, 1, 0, 0)")
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"SELECT group_concat(day || ' ' || orders || ' ' || amount || ' ' || commission, ', ') FROM (SELECT * FROM " +
			"creator_days ORDER BY day)": "20455 1 19900 7, 20456 1 100 7",
		"SELECT group_concat(line, ', ') FROM (SELECT creator_id || ' ' || day || ' ' || amount || ' ' || typeof(amount) " +
			"AS line FROM product_days ORDER BY 1)": " 20455 19900 integer,  20456 100 integer, c 20455 19900 integer, c " +
			"20456 100 integer",
	} {
		if got := value(t, s, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

// TestMoneyAndCountersAreWholeNumbersWithinBounds: whatever writes.
func TestMoneyAndCountersAreWholeNumbersWithinBounds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		creator := makeCreator(t, s, makeAgency(t, s), "1")
		ctx := t.Context()
		newOrder(s, creator, "DY1").SaveX(ctx)
		const most = "1000000000000"
		cell := func(slot, amount string) string {
			return "INSERT INTO creator_days (org_id, day, creator_id, slot, orders, amount, commission, refunds, " +
				"refund_amount, net_commission, org_share) VALUES ('" + creator.OrgID +
				"', 1, '" + creator.ID + "', " + slot + ", 1, " + amount + ", 0, 0, 0, 0, 0)"
		}
		for statement, reason := range map[string]string{
			"UPDATE orders SET amount = " + most + " + 1":      "orders_amount",
			"UPDATE creators SET followers = " + most + " + 1": "creators_followers",
			cell("0", "4503599627370497"):                      "creator_days_sums",
			cell("1", "281474976710657"):                       "creator_days_sums",
		} {
			refused(t, s, run(ctx, s, statement), reason, reason)
		}
		for _, statement := range []string{
			"UPDATE orders SET amount = " + most, cell("0", "4503599627370496"),
			cell("1", "281474976710656"),
		} {
			if err := run(ctx, s, statement); err != nil {
				t.Errorf("%s: %v", statement, err)
			}
		}
		if s.Dialect() != dialect.SQLite {
			return
		}
		// Every column of whole numbers that is no key.
		rows := must[*sql.Rows](t)(s.DB().QueryContext(ctx,
			"SELECT m.name, m.sql, p.name FROM sqlite_master m JOIN pragma_table_list l "+
				"ON l.name = m.name AND l.type = 'table', pragma_table_info(m.name) p "+
				"WHERE m.type = 'table' AND p.type LIKE '%int%' AND NOT p.pk AND m.name <> 'sqlite_sequence'"))
		defer rows.Close() //nolint:errcheck // rows.Err tells
		n := 0
		for rows.Next() {
			var table, text, column string
			if err := rows.Scan(&table, &text, &column); err != nil {
				t.Fatal(err)
			}
			if n++; !strings.Contains(text, "typeof("+column+")") {
				t.Errorf("%s.%s takes what is no whole number", table, column)
			}
		}
		if err := rows.Err(); err != nil || n < 15 {
			t.Errorf("%d columns, %v", n, err)
		}
		refused(t, s, run(ctx, s, "UPDATE creator_days SET amount = 1.5"), "", "creator_days_whole")
		refused(t, s, run(ctx, s, "UPDATE creators SET followers = 0.5"), "", "creators_whole")
	})
}

// TestOrdersThatAreThereGetShares of today, refunds as their status says, figures and one event an org that says so.
func TestOrdersThatAreThereGetShares(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			s := olderThan(t, d, "shares_and_refunds")
			ran(t, s, "INSERT INTO accounts (id, created_at, phone, side) VALUES ('o', AT, '1', 'OWNER'), ('p', AT, '2', "+
				"'OWNER')",
				"INSERT INTO orgs (id, created_at, updated_at, name, owner_id, owner_name) "+
					"VALUES ('org', AT, AT, 'x', 'o', 'y'), ('empty', AT, AT, 'x', 'p', 'y')",
				"INSERT INTO creators (id, created_at, updated_at, grams, name, name_key, platform_id, share_bps, org_id) "+
					"SELECT 'c', AT, created_at, '{}', 'n', grams, '1', 3333, 'org' FROM (SELECT created_at, "+empty(d)+" AS grams "+
					"FROM orgs WHERE id = 'org') AS made",
				orderOf("DY1", "19900"), orderOf("DY2", "200"), "UPDATE orders SET status = 'REFUNDED' WHERE number = 'DY2'",
				"INSERT INTO audit_events (id, org_id, at, actor_kind, actor_name, operation, outcome, request_id) "+
					"VALUES ('e', 'org', "+farAhead(d)+", 'SYSTEM', 'x', 'y', 'DONE', 'z')")
			if err := errors.Join(s.Migrate(t.Context()), s.CheckVersion(t.Context())); err != nil {
				t.Fatal(err)
			}
			orders := must[[]*ent.Order](t)(s.Client.Order.Query().Order(order.ByNumber()).All(t.Context()))
			for i, want := range []string{"19900 7 0 7 2 5 3333", "200 7 200 0 0 0 3333"} {
				o := orders[i]
				got := fmt.Sprint(o.Amount, o.Commission, o.RefundAmount, o.NetCommission, o.OrgShare, o.CreatorShare, *o.ShareBps)
				if got != want || o.RefundedAt != nil {
					t.Errorf("order %s is %s, want %s", o.Number, got, want)
				}
			}
			for query, want := range map[string]string{
				"SELECT orders || ' ' || amount || ' ' || refunds || ' ' || refund_amount || ' ' || net_commission || ' ' || " +
					"org_share FROM creator_days": "2 20100 1 200 7 2",
				"SELECT count(*) FROM product_days":                                                    "2",
				"SELECT share_bps FROM creator_shares WHERE since = (SELECT created_at FROM creators)": "3333",
				"SELECT operation || ' ' || actor_kind || ' ' || org_id FROM audit_events WHERE at > " +
					farAhead(d): "computeShares " +
					"SYSTEM org",
				"SELECT count(*) FROM audit_events": "2",
				"SELECT changes FROM audit_targets": `[{"f":"orders","a":"2"}]`,
			} {
				if got := value(t, s, query); got != want {
					t.Errorf("%s: %s, want %s", query, got, want)
				}
			}
		})
	}
}

func empty(d string) string {
	if d == dialect.SQLite {
		return "x''"
	}
	return "'\\x'::bytea"
}

// farAhead is a moment that no event of today comes after by itself.
func farAhead(d string) string {
	if d == dialect.SQLite {
		return "4102444800000000"
	}
	return "'2100-01-01T00:00:00Z'"
}

// TestRowsThatAreThereAreFound by grams that the program makes anew, on both databases; on SQLite the old table is gone
// and its space is given back. A version that is interrupted leaves nothing behind and is applied as a whole the next
// time.
func TestRowsThatAreThereAreFound(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			s := olderThan(t, d, "full_text_search")
			ran(t, s, "INSERT INTO accounts (id, created_at, phone, side) VALUES ('o', AT, '1', 'OWNER')",
				"INSERT INTO orgs (id, created_at, updated_at, name, owner_id, owner_name) VALUES ('org', AT, AT, 'x', 'o', 'y')",
				"INSERT INTO creators (id, created_at, updated_at, grams, name, name_key, platform_id, org_id) "+
					"VALUES ('c', AT, AT, '{}', '小美', '', '1', 'org')",
				"INSERT INTO tasks (id, created_at, updated_at, grams, title, org_id) "+
					"VALUES ('tsk', AT, AT, '{}', '618 大促', 'org')")
			shared := strings.NewReplacer("commission,", "net_commission, org_share, creator_share, share_bps, commission,",
				"'口红', 7,", "'口红', 7, 7, 0, 7, 0,")
			for i := range 1_003 { // more than one statement indexes
				ran(t, s, shared.Replace(orderOf(fmt.Sprint("DY", i), "7")))
			}
			ran(t, s, "UPDATE orders SET parent_number = 'PAR77' WHERE number = 'DY5'")
			if d == dialect.SQLite { // as many as real rows have
				ran(t, s, "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO "+
					"search_grams (gram, row_id) SELECT i, 'an id of some length' FROM n")
			}
			if err := s.MigrateWith(t.Context(), must[*migrate.MemDir](t)(migrations.Versions(d)), "no SQL"); err == nil {
				t.Fatal("a version whose invariants can't be applied is applied")
			}
			if err := errors.Join(s.Migrate(t.Context()), s.CheckVersion(t.Context())); err != nil {
				t.Fatal(err)
			}
			ran(t, s, "UPDATE orders SET parent_number = 'QZ88', grams = '"+search.Of("org", "DY6", "口红", "QZ88").String()+
				"' WHERE number = 'DY6'")
			for _, c := range []struct{ table, text, found string }{
				{"orders", "DY1002", "ord_DY1002"},
				{"orders", "红", "1003 rows"},
				{"orders", "Y", "1003 rows"},
				{"orders", "PAR77", "ord_DY5"},
				{"orders", "QZ88", "ord_DY6"},
				{"orders", "眉", ""},
				{"creators", "小美", "c"},
				{"tasks", "8 大", "tsk"},
				{"tasks", "促", "tsk"},
			} {
				grams := search.For("org", c.text)
				where := "id IN (SELECT search_" + c.table + "('" + grams.String() + "'))"
				if d == dialect.SQLite {
					where = "seq IN (SELECT rowid FROM " + c.table + "_search WHERE " + c.table + "_search " +
						"MATCH '" + grams.Match() + "')"
				}
				got := value(t, s, "SELECT CASE WHEN count(*) > 1 THEN count(*) || ' rows' ELSE coalesce(max(id), '') END FROM "+
					c.table+" WHERE "+where)
				if got != c.found {
					t.Errorf("%q finds %q of %s, want %q", c.text, got, c.table, c.found)
				}
			}
			if d != dialect.SQLite {
				return
			}
			if got := value(t, s, "SELECT count(*) FROM sqlite_master WHERE name = 'search_grams'"); got != "0" {
				t.Error("the old table is there")
			}
			if free := value(t, s, "SELECT freelist_count < page_count / 2 AND page_count < 1000 FROM pragma_freelist_count, "+
				"pragma_page_count"); free != "1" {
				t.Errorf("the space is not given back: %s", value(t, s, "SELECT freelist_count || ' of ' || page_count FROM "+
					"pragma_freelist_count, pragma_page_count"))
			}
			if got := value(t, s, "PRAGMA integrity_check"); got != "ok" {
				t.Error(got)
			}
		})
	}
}

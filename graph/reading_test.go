package graph_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/lib/pq"
	"modernc.org/sqlite"

	"deputy/internal/backoffice"
	"deputy/internal/demo"
	"deputy/internal/orderfile"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

//nolint:gochecknoglobals // flags are
var readOrders = flag.Int("readorders", 20_000, "orders of the org whose statements are explained, beside 100 of "+
	"another")

// manyRead is from how many orders on statements are explained once more when the database was analyzed, which takes as
// long again.
const manyRead = 100_000

// reading explains every statement that a server runs, on the connection that it is about to run on, and undoes that.
type reading struct {
	*testing.T
	db *store.Store
	// phase is what the database is like; the first statement of a text is explained in each.
	phase  string
	writes sqlite.DBStatus // of SQLite's connection that writes

	mu    sync.Mutex
	known map[string]bool
	costs []readCost
}

// readCost is what a statement read.
type readCost struct {
	phase, query string
	// rows are those that it looked at, needed those that it returned, changed or added up, and pages the database's pages
	// that it touched.
	rows, needed, changed, pages int
	plan                         string
}

// observe implements store.Observer.
func (r *reading) observe(ctx context.Context, on entsql.ExecQuerier, query string, args []any) {
	r.mu.Lock()
	key := r.phase + query
	again := r.known[key]
	r.known[key] = true
	r.mu.Unlock()
	word, _, _ := strings.Cut(strings.TrimLeft(query, "( \n"), " ")
	if again || !slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}, strings.ToUpper(word)) {
		return
	}
	begin, undo := "BEGIN", "ROLLBACK"
	if _, within := on.(*sql.Tx); within {
		begin, undo = "SAVEPOINT probe", "ROLLBACK TO SAVEPOINT probe; RELEASE SAVEPOINT probe"
	}
	if pool, is := on.(*sql.DB); is {
		conn, err := pool.Conn(ctx)
		if err != nil {
			r.Errorf("take a connection: %v", err)
			return
		}
		defer conn.Close() //nolint:errcheck // it goes back
		on = conn
	}
	explain := r.onPostgres
	if r.db.Dialect() == dialect.SQLite {
		explain = r.onSQLite
	}
	ctx = context.WithoutCancel(ctx)
	if _, err := on.ExecContext(ctx, begin); err != nil {
		r.Errorf("%s before %s: %v", begin, query, err)
		return
	}
	if err := explain(ctx, on, query, args); err != nil {
		r.Errorf("%s: explain %s: %v", r.phase, query, err)
	}
	if _, err := on.ExecContext(ctx, undo); err != nil {
		r.Errorf("%s after %s: %v", undo, query, err)
	}
}

// onSQLite runs the statement, and counts the pages meanwhile.
func (r *reading) onSQLite(ctx context.Context, on entsql.ExecQuerier, query string, args []any) error {
	if r.phase == small {
		return nil
	}
	status := r.writes
	if conn, is := on.(*sql.Conn); is {
		if err := conn.Raw(func(inner any) error { status = inner.(sqlite.DBStatus); return nil }); err != nil {
			return err
		}
	}
	pages := func() (n int) {
		for _, op := range []sqlite.DBStatusOp{sqlite.DBStatusCacheHit, sqlite.DBStatusCacheMiss} {
			more, _, err := status.Status(op, false)
			if err != nil {
				r.Error(err)
			}
			n += more
		}
		return n
	}
	cost := readCost{phase: r.phase, query: query}
	before := pages()
	if strings.HasPrefix(query, "SELECT") || strings.HasPrefix(query, "WITH") || strings.Contains(query, "RETURNING") {
		rows, err := on.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // rows.Err tells
		for rows.Next() {
			cost.needed++
		}
		if err := rows.Err(); err != nil {
			return nil // refused, as it will be again
		}
		if !strings.HasPrefix(query, "SELECT") {
			cost.changed = cost.needed
		}
	} else {
		result, err := on.ExecContext(ctx, query, args...)
		if err != nil {
			return nil // refused, as it will be again
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return err
		}
		cost.changed = int(changed)
	}
	cost.pages = pages() - before
	rows, err := on.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var a, b, c any
		var step string
		if err := rows.Scan(&a, &b, &c, &step); err != nil {
			return err
		}
		cost.plan += "  " + step + "\n"
	}
	r.keep(cost)
	return rows.Err()
}

func (r *reading) keep(cost readCost) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.costs = append(r.costs, cost)
}

// planNode is a step of PostgreSQL's plan.
type planNode struct {
	Kind    string  `json:"Node Type"`
	Actual  float64 `json:"Actual Rows"`
	Loops   float64 `json:"Actual Loops"`
	Removed float64 `json:"Rows Removed by Filter"`
	Recheck float64 `json:"Rows Removed by Index Recheck"`
	Hit     int     `json:"Shared Hit Blocks"`
	Read    int     `json:"Shared Read Blocks"`
	Table   string  `json:"Relation Name"`
	Index   string  `json:"Index Name"`
	Plans   []planNode
}

const small, filled, analyzed = "before it was filled", "never analyzed", "analyzed"

// onPostgres explains the statement with the plan that this connection made for it when the database was small, if it
// did, and with one that is made for its arguments.
func (r *reading) onPostgres(ctx context.Context, on entsql.ExecQuerier, query string, args []any) error {
	sum := sha256.Sum256([]byte(query))
	name := "probe_" + hex.EncodeToString(sum[:8])
	known := 0
	rows, err := on.QueryContext(ctx, "SELECT count(*) FROM pg_prepared_statements WHERE name = '"+name+"'")
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := rows.Scan(&known); err != nil {
			return err
		}
	}
	if err := rows.Close(); err != nil {
		return err
	}
	if known == 0 {
		if _, err := on.ExecContext(ctx, "PREPARE "+name+" AS "+query); err != nil {
			return err
		}
	}
	execute := "EXECUTE " + name
	if len(args) > 0 {
		literals := make([]string, len(args))
		for i, arg := range args {
			literals[i] = literal(arg)
		}
		execute += "(" + strings.Join(literals, ", ") + ")"
	}
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		options := "ANALYZE, BUFFERS, "
		if r.phase == small {
			options = ""
			if mode == "force_custom_plan" {
				continue
			}
		}
		if _, err := on.ExecContext(ctx, "SAVEPOINT mode; SET LOCAL plan_cache_mode = "+mode); err != nil {
			return err
		}
		var text string
		rows, err := on.QueryContext(ctx, "EXPLAIN ("+options+"FORMAT JSON) "+execute)
		if err == nil {
			for rows.Next() {
				err = rows.Scan(&text)
			}
			err = cmp.Or(err, rows.Err())
			_ = rows.Close()
		}
		if _, undone := on.ExecContext(ctx, "ROLLBACK TO SAVEPOINT mode; RELEASE SAVEPOINT mode"); undone != nil {
			return undone
		}
		var refused *pq.Error
		switch {
		case pqAs(err, &refused) && refused.Code.Class() == "23":
			return nil
		case err != nil:
			return err
		case r.phase == small:
			continue
		}
		var plans []struct{ Plan planNode }
		if err := json.Unmarshal([]byte(text), &plans); err != nil {
			return err
		}
		root := plans[0].Plan
		cost := readCost{
			phase: r.phase + ", " + mode, query: query, needed: int(root.Actual * root.Loops), pages: root.Hit + root.Read,
		}
		root.add(&cost, 1)
		r.keep(cost)
	}
	return nil
}

func pqAs(err error, into **pq.Error) bool {
	*into = pq.As(err)
	return *into != nil
}

// add adds the rows of a plan up.
func (n *planNode) add(cost *readCost, depth int) {
	rows := int((n.Actual + n.Removed + n.Recheck) * n.Loops)
	cost.plan += fmt.Sprintf("%s%s %s %s: %.0f + %.0f removed, %.0f times, %d pages\n", strings.Repeat("  ", depth),
		n.Kind, n.Table, n.Index, n.Actual, n.Removed+n.Recheck, n.Loops, n.Hit+n.Read)
	switch {
	case n.Kind == "ModifyTable":
		for _, child := range n.Plans {
			cost.changed += int(child.Actual * child.Loops)
		}
	case n.Kind == "Aggregate":
		for _, child := range n.Plans {
			cost.needed = max(cost.needed, int(child.Actual*child.Loops))
		}
	case n.Table != "":
		cost.rows += rows
	}
	for _, child := range n.Plans {
		child.add(cost, depth+1)
	}
}

// literal writes an argument as SQL.
func literal(arg any) string {
	arg, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return "NULL"
	}
	switch arg := arg.(type) {
	case nil:
		return "NULL"
	case string:
		return pq.QuoteLiteral(arg)
	case []byte:
		return pq.QuoteLiteral(`\x` + hex.EncodeToString(arg))
	case time.Time:
		return pq.QuoteLiteral(arg.Format(time.RFC3339Nano))
	}
	return pq.QuoteLiteral(fmt.Sprint(arg))
}

// TestNoStatementReadsMoreThanItNeeds: on a database that was never analyzed, with plans that were made before it was
// filled. With -readorders of manyRead, on one that was, too.
func TestNoStatementReadsMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		if db.Dialect() == dialect.Postgres {
			db.DB().SetMaxIdleConns(8) // which keep their plans
			unattended(t, db)
		}
		n := newTenants(t, db)
		s := &fixture{T: t, World: n.World, orgs: map[string]string{n.A.ID: "甲", n.B.ID: "乙"}}
		o := newOwn(s)
		r := &reading{T: t, db: db, known: map[string]bool{}}
		if db.Dialect() == dialect.SQLite {
			conn, err := db.DB().Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := conn.Raw(func(inner any) error { r.writes = inner.(sqlite.DBStatus); return nil }); err != nil {
				t.Fatal(err)
			}
			_ = conn.Close()
		}
		k := newAsking(o, s.creator("第三", vars{"platformId": "third", "managerId": o.other.ID}))
		for _, r.phase = range []string{small, filled, analyzed} {
			if r.phase == small && db.Dialect() == dialect.SQLite || r.phase == analyzed && *readOrders < manyRead {
				continue // SQLite keeps no plans
			}
			switch r.phase {
			case filled:
				s.crowd(*readOrders)
			case analyzed:
				if _, err := db.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
					t.Fatal(err)
				}
			}
			n.Observe = r.observe
			s.everything(n, k, r.phase)
			n.Observe = nil
			s.commands(store.WithObserver(t.Context(), r.observe), len(r.phase))
		}
		for line := range strings.Lines(n.Log.String()) {
			if strings.Contains(line, "level=ERROR") {
				t.Errorf("a request failed: %s", line)
			}
		}
		if len(r.costs) < 800 {
			t.Errorf("only %d statements are explained", len(r.costs))
		}
		for _, c := range r.costs {
			if !c.excused() && !c.fits(*readOrders) {
				t.Errorf("%s: %d rows for %d and %d changed, %d pages: %.1500s\n%s", c.phase, c.rows, c.needed, c.changed,
					c.pages, c.query, c.plan)
			}
		}
	})
}

// fits reports whether a statement read no more than a small factor of what it needed and a constant; and besides, a
// filter that no index serves looks into so many rows as it was charged for.
func (c readCost) fits(orders int) bool {
	const factor, some, pagesARow, pagesAChange = 8, 2_500, 4, 200
	needed := c.needed + c.changed + c.window()
	if c.rows == 0 && strings.Contains(c.query, "COUNT(*)") { // of SQLite, which does not tell what it counted
		needed += orders
	}
	pages := pagesARow*max(needed, min(c.rows, factor*needed)) + pagesAChange*c.changed + some/4
	return c.rows <= factor*needed+some && c.pages <= pages
}

var windowSize = regexp.MustCompile(`(?:LIMIT|OFFSET) (\d+)`)

// window returns into how many rows a statement looks on purpose: of each parent where there are several.
func (c readCost) window() (rows int) {
	for _, found := range windowSize.FindAllStringSubmatch(c.query, -1) {
		if n, err := strconv.Atoi(found[1]); err == nil && n <= 1_000_000 {
			rows = max(rows, n)
		}
	}
	if strings.Contains(c.query, "AS keys") {
		rows *= 20
	}
	return rows
}

// excused reports whether a statement may read more. A file of own orders goes through the org's orders, once.
// PostgreSQL without statistics expects a single order of a status in some thousands: it takes the index with the
// lowest tree for it, which may have another order. And a plan that it made while the orders fitted a page scans them
// all, until the table is analyzed or the connection is 30 minutes old.
func (c readCost) excused() bool {
	file := ofOwnFile.MatchString(c.query)
	sorts := strings.Contains(c.plan, "  Sort  :") && strings.Contains(c.plan, "Scan orders order_org_id_status_")
	generic := strings.Contains(c.phase, "generic") && strings.Contains(c.plan, "Seq Scan orders")
	return file || strings.HasPrefix(c.phase, filled) && (sorts || generic)
}

// ofOwnFile matches the query of a file of own orders.
var ofOwnFile = regexp.MustCompile("[`\"]creator_id[`\"] IN \\(SELECT .*[`\"]created_at[`\"] <= ")

// unattended has PostgreSQL gather no statistics by itself.
func unattended(t *testing.T, db *store.Store) {
	t.Helper()
	_, err := db.DB().ExecContext(t.Context(), `DO $$ DECLARE t text; BEGIN
		FOR t IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' LOOP
			EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', t);
		END LOOP; END $$`)
	if err != nil {
		t.Fatal(err)
	}
}

// crowd gives org A so many orders, and B a hundred: copies of some that are imported.
func (s *fixture) crowd(orders int) {
	s.Helper()
	for n := range 40 {
		s.creator(fmt.Sprint("很多", n), vars{"platformId": fmt.Sprint("many", n), "category": fmt.Sprint("类", n%4)})
	}
	var rows []vars
	for n := range 120 {
		more := vars{
			"creatorPlatformId": fmt.Sprint("many", n%40), "productName": fmt.Sprint("商品", n),
			"amount": 1000 + n, "commission": 10,
			"status": []string{"PAID", "SETTLED", "REFUNDED"}[n/40], "paidAt": "2026-02-28T00:00:00Z",
		}
		if n/40 == 1 {
			more["settledAt"] = "2026-02-28T01:00:00Z"
		}
		rows = append(rows, s.row(fmt.Sprint("TPL", n), more))
	}
	s.must(s.A.Owner, "importOrders", vars{"orgId": s.A.ID, "orders": rows})
	s.must(s.B.Owner, "createCreator", vars{"orgId": s.B.ID, "name": "乙达人", "platformId": "b1"})
	s.must(s.B.Owner, "importOrders", vars{
		"orgId": s.B.ID, "orders": []vars{s.row("TPL0", vars{"creatorPlatformId": "b1"})},
	})
	s.copies("orders", "number LIKE 'TPL%' AND org_id = '"+s.A.ID+"'", orders/120)
	s.copies("orders", "number LIKE 'TPL%' AND org_id = '"+s.B.ID+"'", 100)
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		s.Fatal(err)
	}
	for _, orgID := range []string{s.A.ID, s.B.ID} {
		err := s.Store.WriteLong(s.Context(), func(ctx context.Context, tx *store.Tx) error {
			tx.Recorded()
			return backoffice.Rebuild(ctx, tx, orgID, zone)
		})
		if err != nil {
			s.Fatal(err)
		}
	}
}

// copies adds so many copies of the rows of a table, each a minute older than the last.
func (s *fixture) copies(table, of string, times int) {
	s.Helper()
	ago := "t.%s - i * interval '1 minute'"
	if s.Store.Dialect() == dialect.SQLite {
		ago = "t.%s - i * 60000000"
	}
	rows, err := s.Store.DB().QueryContext(s.Context(), "SELECT * FROM "+table+" LIMIT 0")
	if err != nil {
		s.Fatal(err)
	}
	columns, err := rows.Columns()
	if err != nil {
		s.Fatal(err)
	}
	_ = rows.Close()
	columns = slices.DeleteFunc(columns, func(column string) bool { return column == "seq" })
	values := make([]string, len(columns))
	for i, column := range columns {
		switch column {
		case "id":
			values[i] = fmt.Sprintf("substr(t.id, 1, 4) || '%d' || ", s.numbers%10)
			if s.Store.Dialect() == dialect.Postgres {
				values[i] += "lpad(row_number() OVER ()::text, 19, '0')"
			} else {
				values[i] += "printf('%019d', row_number() OVER ())"
			}
		case "number":
			values[i] = "t.number || '-' || i"
		case "created_at", "updated_at", "paid_at":
			values[i] = fmt.Sprintf(ago, column)
		default:
			values[i] = "t." + column
		}
	}
	s.numbers++
	_, err = s.Store.DB().ExecContext(s.Context(), fmt.Sprintf("INSERT INTO %s (%s) WITH RECURSIVE n(i) AS ("+
		"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT %s FROM %[1]s t, n WHERE %[5]s",
		table, strings.Join(columns, ", "), times, strings.Join(values, ", "), of))
	if err != nil {
		s.Fatal(err)
	}
}

// everything asks for all that there is to ask for.
func (s *fixture) everything(n *tenants, k *asking, phase string) {
	s.Helper()
	w := newWalk(s.T)
	queries := w.queries()
	for _, c := range []*client{n.A.Owner, n.A.Seats["审计"].Client} {
		for _, d := range queries {
			w.ask(c, d, n.ids)
		}
	}
	for _, who := range []*client{n.A.Owner, k.manager.Client} {
		k.answers(who)
	}
	for _, d := range w.subscriptions() {
		stream := w.stream(n.A.Owner, d, n.ids)
		s.must(n.A.Owner, "updateCreator", vars{"orgId": n.A.ID, "id": k.mine, "followers": len(phase) + len(d.name)})
		stream.Leave()
	}
	s.changes(k, phase)
}

// commands runs what the program does besides answering requests.
func (s *fixture) commands(ctx context.Context, phase int) {
	s.Helper()
	file := filepath.Join(s.TempDir(), "orders.csv")
	if err := os.WriteFile(file, fmt.Appendf(nil, "number,creatorPlatformId,productName,amount,commission,status,paidAt\n"+
		"FILE%d,mine,口红,100,10,PAID,2026-02-28T00:00:00Z\n", phase), 0o600); err != nil {
		s.Fatal(err)
	}
	out, err := os.Create(file + ".out")
	if err != nil {
		s.Fatal(err)
	}
	defer out.Close() //nolint:errcheck // nobody reads it
	office := s.Resolver.Office
	filler := &demo.Demo{Store: s.Store, Agency: s.Agency, Office: office, Identity: s.Identity, Now: s.Clock.Now}
	for _, run := range []func(context.Context) error{
		orderfile.Import{Store: s.Store, Office: office, Now: s.Clock.Now, File: file, OrgID: s.A.ID, Out: out}.Run,
		backoffice.Mending{Store: s.Store, OrgID: s.B.ID, Now: s.Clock.Now, Out: io.Discard}.Run,
		func(ctx context.Context) error {
			_, err := filler.Fill(ctx)
			return err
		},
		s.Identity.Survey, s.Identity.Settle, s.Identity.Sweep,
	} {
		if err := run(ctx); err != nil {
			out, _ := os.ReadFile(out.Name())
			s.Fatalf("%v: %s", err, out)
		}
	}
	// A load test's org is filled once: it has the phone numbers that it takes.
	if phase == len(filled) {
		if err := filler.Load(ctx, io.Discard, demo.Size{Orgs: 1, Orders: 100, Force: true}); err != nil {
			s.Fatal(err)
		}
	}
}

// changes asks for every mutation.
func (s *fixture) changes(k *asking, phase string) {
	s.Helper()
	owner, org := s.A.Owner, s.A.ID
	asked := map[string]bool{}
	do := func(who *client, mutation string, in vars) *answer {
		s.Helper()
		asked[mutation] = true
		in = maps.Clone(in)
		in["orgId"] = org
		return s.must(who, mutation, in)
	}
	key := fmt.Sprint(len(phase))
	role := do(owner, "createRole", vars{"name": "岗" + key, "grants": []any{}}).Text("createRole.role.id")
	do(owner, "updateRole", vars{"id": role, "grants": []any{grant("ORDERS", "VIEW", "ALL")}})
	leaver, gone := s.seat("离开"+key, role), s.seat("删除"+key, role)
	do(owner, "updateSubAccount", vars{"id": gone.ID, "name": "改名" + key})
	do(owner, "disableSubAccounts", vars{"ids": []string{gone.ID}})
	do(owner, "enableSubAccounts", vars{"ids": []string{gone.ID}})
	creator := s.creator("新人"+key, vars{"platformId": "new" + key, "managerId": gone.ID})
	do(owner, "updateCreator", vars{"id": creator, "name": "改" + key, "shareBps": 1})
	do(owner, "assignCreators", vars{"ids": []string{creator, k.theirs}, "managerId": k.other.ID})
	do(owner, "assignCreators", vars{"ids": []string{creator}, "managerId": gone.ID})
	do(owner, "deleteSubAccounts", vars{"ids": []string{gone.ID}, "handOverTo": k.other.ID})
	do(leaver.Client, "releaseSeat", vars{})
	do(owner, "deleteRole", vars{"id": role})
	var people, orders []vars
	for n := range 100 {
		people = append(people, vars{"name": fmt.Sprint("批", n, key), "platformId": fmt.Sprint("bulk", n)})
		orders = append(orders, s.row(fmt.Sprint("NEW", n, "-", key), vars{"creatorPlatformId": "mine", "status": "PAID"}))
		if phase != small {
			orders = append(orders, s.row(fmt.Sprintf("TPL%d-%d", n%40, 1+n/40), vars{
				"creatorPlatformId": fmt.Sprint("many", n%40), "status": "PAID", "commission": 10, "amount": 5000 + len(phase),
			}))
		}
	}
	do(owner, "importCreators", vars{"creators": people})
	do(owner, "importOrders", vars{"orders": orders})
	do(owner, "importOrders", vars{"orders": orders})
	ids := owner.Do(`query($org: ID!, $creator: ID!) { org(id: $org) {
		orders(first: 100, filter: {creatorIds: [$creator], statuses: [PAID]}) { nodes { id } }
	} }`, vars{"org": org, "creator": k.mine}).OK().Texts("org.orders.nodes", "id")
	do(owner, "settleOrders", vars{"ids": ids[:20]})
	do(k.manager.Client, "settleOrders", vars{"ids": ids[20:40]})
	do(owner, "settleOrders", vars{"filter": vars{"numbers": []string{"NEW1-" + key}}, "expectedCount": 1})
	do(owner, "refundOrder", vars{"id": ids[41], "refundAmount": 1, "reason": "退货"})
	do(owner, "voidOrders", vars{"ids": ids[60:], "reason": "误录"})
	task := do(owner, "createTask", vars{"title": "新" + key, "creatorIds": []string{creator}}).Text("createTask.task.id")
	do(owner, "updateTask", vars{"id": task, "title": "改" + key, "reward": 5})
	do(owner, "openTask", vars{"id": task})
	do(owner, "assignTask", vars{"id": task, "creatorIds": []string{k.mine, k.theirs}})
	made := owner.Do(`query($id: ID!) { node(id: $id) { ... on Task { assignments { nodes { id } } } } }`,
		vars{"id": task}).OK().Texts("node.assignments.nodes", "id")
	do(owner, "setAssignmentStatus", vars{"id": made[0], "status": "SUBMITTED"})
	do(owner, "closeTask", vars{"id": task})
	do(owner, "endCreators", vars{"ids": []string{creator}})
	s.App(s.T, s.A, "应用"+key, "ORDERS VIEW", nil).Do(`query($org: ID!) { org(id: $org) { orders(first: 1) { totalCount } } }`,
		vars{"org": org}).OK()
	grants := []vars{{"module": "ORDERS"}}
	app := do(owner, "createApp", vars{"name": "同步" + key, "grants": grants}).Text("createApp.app.id")
	do(owner, "updateApp", vars{"id": app, "name": "改名" + key})
	do(owner, "disableApp", vars{"id": app})
	do(owner, "enableApp", vars{"id": app})
	token := do(owner, "createApiToken", vars{"appId": app, "name": "机器"}).Text("createApiToken.token.id")
	do(owner, "rotateApiToken", vars{"id": token})
	do(owner, "revokeApiTokens", vars{"ids": []string{token}})
	do(owner, "deleteApp", vars{"id": app})
	do(owner, "updateOrg", vars{"name": "甲独有机构" + key})
	asked["exportFigures"] = true
	for _, by := range k.schema.Types["DataDimension"].EnumValues {
		span := vars{"orgId": org, "by": by.Name, "dateFrom": "2026-02-01", "dateTo": "2026-03-31"}
		s.downloaded(owner, "exportFigures", span)
		span["creatorIds"] = []string{k.mine, k.theirs}
		s.downloaded(owner, "exportFigures", span)
	}
	for _, export := range []string{"exportOrders", "exportCreators", "exportTasks", "exportAuditEvents"} {
		asked[export] = true
		s.downloaded(owner, export, vars{"orgId": org})
	}
	s.downloaded(k.manager.Client, "exportOrders", vars{"orgId": org})
	who, email := s.person()
	s.must(who, "createOrg", vars{"name": "新机构" + key})
	s.signInAgain(email).Do("mutation { signOut { endedId } }", nil).OK()
	s.must(who, "endSessions", vars{"ids": s.sessionIDs(who)})
	for _, one := range []string{
		"sendBindCode", "createSubAccount", "createCreator", "sendCode", "signIn", "setPassword", "createOrg", "endSessions",
		"signOut",
	} {
		asked[one] = true
	}
	for _, field := range k.schema.Mutation.Fields {
		if !asked[field.Name] {
			s.Errorf("nobody asks for %s", field.Name)
		}
	}
}

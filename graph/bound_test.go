package graph_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"entgo.io/ent/dialect"
	"pgregory.net/rapid"

	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

// What one row of a cost may come to. A level takes a statement, and the least that it is charged is one; a page reads
// one row more than it has; what is looked into without being answered counts a tenth, and what an index alone counts,
// less. A response takes what its texts do, which are longest for a task's brief. Beside them are the session, the
// access and the transaction, what a stream reads ahead, errors, and the response's frame.
const (
	statementsForARow, statementsBeside = 1, 30
	rowsForARow, rowsBeside             = 2, 250
	lookedForARow, lookedBeside         = 10, 3_000
	bytesForARow, bytesBeside           = 16 << 10, 64 << 10
	// times what is beside: a server that is too busy to hear itself looks again and again
	streamsBeside = 5
)

// bounded is an org with so much in it that what is read beyond what is charged shows.
type bounded struct {
	*tenants
	walk *walk
	// most is the most that was read for a row of a cost, by what was counted.
	most map[string]float64
}

func newBounded(t *testing.T, db *store.Store) *bounded {
	b := &bounded{tenants: newTenants(t, db), walk: newWalk(t), most: map[string]float64{}}
	furnish(t, b.World, 12)
	r := &rows{t: t, db: db}
	var roles []insertRole
	for i := range 60 {
		roles = append(roles, insertRole{name: fmt.Sprint("岗位", i), createdAt: noon})
	}
	ids := r.roles(b.A.ID, roles...)
	var seats []newSeat
	for i := range 150 {
		seats = append(seats, newSeat{
			name:  fmt.Sprint("员", i),
			roles: append([]string{b.ids["role"]}, ids[i%50:i%50+1+i%9]...), createdAt: noon,
		})
	}
	people := r.seats(b.A.ID, seats...)
	for i := range 300 {
		r.event(b.A.ID, b.Clock.Now(), []string{"", "FORBIDDEN"}[i%2], ids[i%60], people[i%150], b.ids["role"])
	}
	for part := range 2 {
		b.A.Owner.Do(documentOf("importOrders"), vars{"in": vars{
			"orgId":  b.A.ID,
			"orders": b.orders(fmt.Sprint("有", part, "-"), 1_000),
		}}).OK()
	}
	return b
}

// orders are so many rows for importOrders.
func (b *bounded) orders(number string, n int) []vars {
	rows := make([]vars, n)
	for i := range rows {
		rows[i] = vars{
			// two of the creators are nobody
			"number": fmt.Sprint(number, i), "creatorPlatformId": fmt.Sprint("12_", i%14), "productName": fmt.Sprint("商品", i%30),
			"amount": 100 + i, "commission": 1, "status": []string{"PAID", "REFUNDED"}[i%2],
			"paidAt": fmt.Sprintf("2026-02-%02dT00:00:00Z", 1+i%28),
		}
	}
	return rows
}

// TestTheCostIsAnUpperBound draws documents of all kinds, and holds the statements that they run, the rows that are
// read and looked into, and the bytes that are sent below fixed factors of what was charged.
func TestTheCostIsAnUpperBound(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			db := storetest.ConnectWith(t, storetest.URL(t, d), store.Options{Conns: 4})
			b := newBounded(t, db)
			if d == dialect.Postgres {
				if _, err := db.DB().ExecContext(t.Context(), "ANALYZE"); err != nil {
					t.Fatal(err)
				}
				// The statistics of the connection that is left are asked for. The others add theirs when they end; the one that
				// listens reads nothing.
				db.DB().SetMaxOpenConns(1)
				storetest.Soon(t, "the other connections have ended", func() bool {
					var others int
					err := db.DB().QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
						AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND query NOT LIKE 'LISTEN %'`).Scan(&others)
					return err == nil && others == 0
				})
			}
			rapid.Check(t, func(rt *rapid.T) {
				d := &drawing{T: rt, walk: b.walk, room: 60}
				switch rapid.IntRange(0, 5).Draw(rt, "kind") {
				case 0:
					b.mutation(d)
				case 1:
					b.event(d)
				default:
					query, in := d.document()
					b.hold(d, query, in)
				}
			})
			t.Logf("for a row of the cost, beyond what is beside it: %v", b.most)
		})
	}
}

// mutation draws one of the mutations that are given lists, and what it answers.
func (b *bounded) mutation(d *drawing) {
	kinds := map[string]func() vars{
		"importOrders": func() vars {
			return vars{"orders": b.orders(rapid.SampledFrom([]string{"新", "有0-"}).Draw(d.T, "number"), d.size())}
		},
		"settleOrders":       func() vars { return vars{"ids": d.ids(b, "order")} },
		"assignCreators":     func() vars { return vars{"ids": d.ids(b, "creator"), "managerId": nil} },
		"disableSubAccounts": func() vars { return vars{"ids": d.ids(b, "sub")} },
		"enableSubAccounts":  func() vars { return vars{"ids": d.ids(b, "sub")} },
		"updateRole":         func() vars { return vars{"id": b.ids["role"], "description": fmt.Sprint(d.size())} },
		"updateTask":         func() vars { return vars{"id": b.ids["task"], "title": fmt.Sprint(d.size())} },
		"createTask":         func() vars { return vars{"title": fmt.Sprint(d.size()), "creatorIds": d.ids(b, "creator")} },
	}
	name := rapid.SampledFrom(sortedKeys(kinds)).Draw(d.T, "mutation")
	in := kinds[name]()
	in["orgId"] = b.A.ID
	field := b.walk.schema.Mutation.Fields.ForName(name)
	body := d.selection(b.walk.schema.Types[field.Type.Name()], 1)
	query, given := d.operation("mutation", fmt.Sprintf("{ %s(input: $in) %s }", name, body),
		"$in: "+field.Arguments[0].Type.String())
	given["in"] = in
	b.hold(d, query, given)
}

// event draws what is asked of the one event that a stream has to send.
func (b *bounded) event(d *drawing) {
	name := rapid.SampledFrom([]string{"auditEvents", "ordersChanged"}).Draw(d.T, "stream")
	newest := func() string {
		return b.A.Owner.Do(`query($org: ID!) { org(id: $org) { auditEvents(first: 1) { nodes { id } } } }`,
			vars{"org": b.A.ID}).OK().Text("org.auditEvents.nodes.0.id")
	}
	after := newest()
	b.Clock.Add(5 * time.Minute) // orders that changed up to a minute before are sent too
	b.A.Owner.Do(documentOf("importOrders"), vars{"in": vars{"orgId": b.A.ID, "orders": b.orders(newest(), 1)}}).OK()
	if name == "ordersChanged" {
		after = b.Clock.Now().Format(time.RFC3339Nano)
	}
	after = fmt.Sprintf("%q", after)
	of := b.walk.schema.Types[b.walk.schema.Subscription.Fields.ForName(name).Type.Name()]
	query, in := d.operation("subscription", fmt.Sprintf("{ %s(orgId: $org, after: %s) %s }", name, after,
		d.selection(of, 1)))
	b.measure(d, query, in, func(query string, in vars) string {
		stream := b.A.Owner.Stream(query, in)
		_, data := stream.Next()
		_ = stream.Response.Body.Close() // it is left
		eventually(b.walk.t, "the stream ends", func() bool { return b.Streams.Open() == 0 })
		return data
	}, streamsBeside)
}

func (d *drawing) size() int { return rapid.IntRange(1, 150).Draw(d.T, "size") }

func (d *drawing) ids(b *bounded, kind string) []string {
	ids := make([]string, rapid.IntRange(1, 100).Draw(d.T, "ids"))
	for i := range ids {
		ids[i] = b.ids[kind]
	}
	return ids
}

func (b *bounded) hold(d *drawing, query string, in vars) {
	b.measure(d, query, in, func(query string, in vars) string { return b.A.Owner.Do(query, in).Body }, 1)
}

func (b *bounded) measure(d *drawing, query string, in vars, ask func(string, vars) string, beside int) {
	for name := range in {
		if id := b.ids[name]; id != "" {
			in[name] = id
		}
	}
	var body string
	rows, looked := b.Rows(), b.looked(d)
	statements := len(b.Statements(func() { body = ask(query, in) }))
	rows, looked = b.Rows()-rows, b.looked(d)-looked
	cost := charged(d, body)
	for _, of := range []struct {
		what                   string
		came, forARow, besides int
	}{
		{"statements", statements, statementsForARow, statementsBeside},
		{"rows", rows, rowsForARow, rowsBeside},
		{"rows looked into", looked, lookedForARow, lookedBeside},
		{"bytes", len(body), bytesForARow, bytesBeside},
	} {
		of.besides *= beside
		b.most[of.what] = max(b.most[of.what], float64(of.came-of.besides)/float64(max(cost, 1)))
		if most := cost*of.forARow + of.besides; of.came > most {
			d.Fatalf("%d %s for a cost of %d: %s", of.came, of.what, cost, query)
		}
	}
}

// looked returns how many rows and entries of indexes PostgreSQL looked at so far; nothing on SQLite, which does not
// tell.
func (b *bounded) looked(d *drawing) (n int) {
	if b.Store.Dialect() == dialect.SQLite {
		return 0
	}
	ctx := b.walk.t.Context()
	if _, err := b.Store.DB().ExecContext(ctx, "SELECT pg_stat_force_next_flush()"); err != nil {
		d.Fatal(err)
	}
	err := b.Store.DB().QueryRowContext(ctx,
		`SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)`).Scan(&n)
	if err != nil {
		d.Fatal(err)
	}
	return n
}

// charged returns what a response says that was charged; nothing for a request that was refused before.
func charged(t interface{ Fatalf(string, ...any) }, body string) int {
	var said struct {
		Extensions struct{ Cost struct{ Requested int } }
	}
	if err := json.Unmarshal([]byte(body), &said); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return said.Extensions.Cost.Requested
}

package graph_test

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/internal/apitest"
	"deputy/internal/demo"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
)

//nolint:gochecknoglobals // flags are
var sizeOrders = flag.Int("sizeorders", 50_000, "orders of the org whose lists are read, beside 100 other orgs")

// shelf is the org with very many orders.
type shelf struct {
	*apitest.Server
	*testing.T
	owner    *apitest.Client
	id       string
	creators []string
	numbers  []string
	// category and manager are those of so many creators.
	category, manager     string
	inCategory, ofManager int
}

func newShelf(t *testing.T, d string, orgs, orders int) *shelf {
	t.Helper()
	db := storetest.ConnectWith(t, storetest.URL(t, d), store.Options{Conns: 2})
	s := &shelf{Server: apitest.New(t, db), T: t}
	filler := &demo.Demo{Store: db, Now: s.Clock.Now, Agency: s.Agency, Office: s.Resolver.Office, Identity: s.Identity}
	if err := filler.Load(t.Context(), io.Discard, demo.Size{Orgs: orgs, Orders: orders}); err != nil {
		t.Fatal(err)
	}
	s.owner = s.SignIn(t, "13700000000")
	a := s.owner.Do(
		`{ viewer { ownedOrg { id creators(first: 100) { nodes { id } } orders(first: 2) { nodes { number } } } } }`,
		nil).OK()
	s.numbers = a.Texts("viewer.ownedOrg.orders.nodes", "number")
	s.id, s.creators = a.Text("viewer.ownedOrg.id"), a.Texts("viewer.ownedOrg.creators.nodes", "id")
	common := s.owner.Do(
		`query($org: ID!) { org(id: $org) { creators(first: 100) { nodes { category manager { subAccountId } } } } }`,
		vars{"org": s.id}).OK()
	for i := range common.List("org.creators.nodes") {
		at := fmt.Sprintf("org.creators.nodes.%d.", i)
		category, manager := common.Text(at+"category"), common.Text(at+"manager.subAccountId")
		s.category, s.manager = cmp.Or(s.category, category), cmp.Or(s.manager, manager)
		if category == s.category {
			s.inCategory++
		}
		if manager == s.manager {
			s.ofManager++
		}
	}
	return s
}

// page reads so many orders of a list, after a cursor if there is one.
func (s *shelf) page(by, filter vars, size int, after any) *apitest.Answer {
	return s.owner.Do(`query($org: ID!, $filter: OrderFilter, $by: OrderOrder, $size: Int!, $after: String) {
		org(id: $org) { orders(first: $size, after: $after, filter: $filter, orderBy: $by) { nodes { id } pageInfo { endCursor } } } }`,
		vars{"org": s.id, "filter": filter, "by": by, "size": size, "after": after}).OK()
}

// lists are the filters of orders, each with how many of the org's orders may be read for one that the page has: two
// would do, and what no index has in order takes more.
func (s *shelf) lists() map[string]struct {
	filter vars
	most   int
} {
	return map[string]struct {
		filter vars
		most   int
	}{
		"all":                {vars{}, 3},
		"paid":               {vars{"statuses": []string{"PAID"}}, 3},
		"settled":            {vars{"statuses": []string{"SETTLED"}}, 3},
		"refunded":           {vars{"statuses": []string{"REFUNDED"}}, 3},
		"of a creator":       {vars{"creatorIds": s.creators[:1]}, 3},
		"of three creators":  {vars{"creatorIds": s.creators[:3]}, 3 * 3},
		"since, for most":    {vars{"paidFrom": "2025-12-20T00:00:00Z"}, 3},
		"until, for most":    {vars{"paidTo": "2026-02-20T00:00:00Z"}, 3},
		"three numbers":      {vars{"numbers": []string{s.numbers[0], s.numbers[1], "没有"}}, 3},
		"changed, all":       {vars{"updatedFrom": "2000-01-01T00:00:00Z", "updatedTo": "2100-01-01T00:00:00Z"}, 3},
		"settled, all":       {vars{"settledFrom": "2000-01-01T00:00:00Z", "settledTo": "2100-01-01T00:00:00Z"}, 3},
		"of most amounts":    {vars{"amountFrom": 1, "amountTo": 1_000_000_000_000}, 3},
		"two statuses":       {vars{"statuses": []string{"SETTLED", "REFUNDED"}}, 3 * 2},
		"of a category":      {vars{"categories": []string{s.category}}, 3 * s.inCategory},
		"of a manager":       {vars{"managerIds": []string{s.manager}}, 3 * s.ofManager},
		"a letter of most":   {vars{"search": "2"}, 3},
		"a letter of none":   {vars{"search": "\u007e"}, 101}, // a thousand nearby
		"a text of very few": {vars{"search": "00042"}, 300},  // a thousand nearby, and those found: counted, then read
		"a text of none":     {vars{"search": "没有这个"}, 100},
	}
}

// TestAPageCostsTheSameHoweverDeep: the hundredth page of each list of orders reads as few rows as the first, by an
// index.
func TestAPageCostsTheSameHoweverDeep(t *testing.T) {
	t.Parallel()
	s := newShelf(t, dialect.Postgres, 101, *sizeOrders)
	if _, err := s.Store.DB().ExecContext(t.Context(), "VACUUM ANALYZE"); err != nil {
		t.Fatal(err)
	}
	s.Store.DB().SetMaxOpenConns(1) // whose statistics are asked for
	const size = 10
	for _, by := range []vars{
		{"field": "PAID_AT", "direction": "DESC"},
		{"field": "PAID_AT", "direction": "ASC"},
		{"field": "AMOUNT", "direction": "DESC"},
		{"field": "AMOUNT", "direction": "ASC"},
		{"field": "UPDATED_AT", "direction": "DESC"},
		{"field": "UPDATED_AT", "direction": "ASC"},
		{"field": "SETTLED_AT", "direction": "DESC"},
		{"field": "SETTLED_AT", "direction": "ASC"},
	} {
		for name, list := range s.lists() {
			// Which orders were settled depends on when they were paid: no index has those of one in the order of the other.
			if byThat := by["field"] == "SETTLED_AT"; byThat && list.filter["paidFrom"] != nil ||
				byThat && list.filter["paidTo"] != nil || !byThat && list.filter["settledFrom"] != nil {
				continue
			}
			var after any
			for read := 0; read <= 99*size; read += 99 {
				if read == 0 || read == 99*size {
					rows, scans := s.read(func() { s.page(by, list.filter, size, after) })
					if rows > list.most*size || scans > 0 {
						t.Errorf("%s by %v, after %d: %d rows for a page of %d, %d scans", name, by, read, rows, size, scans)
					}
				}
				a := s.page(by, list.filter, 99, after)
				if after = a.Get("org.orders.pageInfo.endCursor"); len(a.List("org.orders.nodes")) < 99 {
					break
				}
			}
		}
	}
}

// read returns how many orders PostgreSQL looked at by an index meanwhile, and how often it went through all.
func (s *shelf) read(meanwhile func()) (rows, scans int) {
	s.Helper()
	return s.readOf("orders", meanwhile)
}

// readOf is read of any table.
func (s *shelf) readOf(table string, meanwhile func()) (rows, scans int) {
	s.Helper()
	count := func() (rows, scans int) {
		if _, err := s.Store.DB().ExecContext(s.Context(), "SELECT pg_stat_force_next_flush()"); err != nil {
			s.Fatal(err)
		}
		err := s.Store.DB().QueryRowContext(s.Context(), `SELECT sum(idx_tup_read),
			(SELECT seq_scan FROM pg_stat_user_tables WHERE relname = $1) FROM pg_stat_user_indexes WHERE relname = $1`,
			table).Scan(&rows, &scans)
		if err != nil {
			s.Fatal(err)
		}
		return rows, scans
	}
	rows, scans = count()
	meanwhile()
	moreRows, moreScans := count()
	return moreRows - rows, moreScans - scans
}

// byOrg is a step through all rows of an org.
var byOrg = regexp.MustCompile(`INDEX (order|creator)_\w+ \(org_id=\?\)`)

// TestListsOfOrdersUseIndexes on SQLite, which says so.
func TestListsOfOrdersUseIndexes(t *testing.T) {
	t.Parallel()
	s := newShelf(t, dialect.SQLite, 2, 1_000)
	byNumber := func(plan string) bool {
		return strings.Contains(plan, " (id=?)") &&
			strings.Contains(plan, "order_org_id_number (org_id=? AND number=?)") &&
			strings.Contains(plan, "order_org_id_parent_number (org_id=? AND parent_number=?)")
	}
	for _, query := range s.Statements(func() {
		s.owner.Do(`query($org: ID!, $f: OrderFilter) { org(id: $org) { orders(filter: $f) { totalCount } } }`,
			vars{"org": s.id, "f": s.lists()["three numbers"].filter}).OK()
	}) {
		if plan := s.plan(query); strings.Contains(query, "COUNT") && !byNumber(plan) {
			t.Errorf("three numbers are counted:\n%s\n%s", query, plan)
		}
	}
	for _, field := range []string{"PAID_AT", "AMOUNT", "UPDATED_AT", "SETTLED_AT"} {
		for name, list := range s.lists() {
			for _, query := range s.Statements(func() {
				s.page(vars{"field": field, "direction": "DESC"}, list.filter, 10,
					nil)
			}) {
				plan := s.plan(query)
				walks := strings.Contains(plan, "SCAN orders\n") && !strings.Contains(plan, "CO-ROUTINE orders\n") ||
					strings.Contains(query, "_search MATCH") && !strings.Contains(query, " AS list") && // what is near
						!strings.Contains(query, "WITH list") && byOrg.MatchString(plan)
				if walks || name == "three numbers" && !byNumber(plan) ||
					(name == "a text of very few" || name == "a letter of none") && strings.Contains(query, "LIKE") &&
						!strings.Contains(query, "WITH list") && !strings.Contains(plan, "SCAN orders_search VIRTUAL TABLE INDEX") {
					t.Errorf("%s by %s:\n%s\n%s", name, field, query, plan)
				}
			}
		}
	}
}

// plan returns how SQLite runs a query, whatever its arguments are.
func (s *shelf) plan(query string) string {
	s.Helper()
	rows, err := s.Store.DB().QueryContext(s.Context(), "EXPLAIN QUERY PLAN "+query,
		make([]any, strings.Count(query, "?"))...)
	if err != nil {
		s.Fatalf("%s: %v", query, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			s.Fatal(err)
		}
		fmt.Fprintln(&plan, step)
	}
	if err := rows.Err(); err != nil {
		s.Fatal(err)
	}
	return plan.String()
}

package graph_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/ent/task"
	"deputy/internal/civil"
	"deputy/internal/search"
	"deputy/internal/store/storetest"
)

// servedList is a list of creators or of tasks, and how it is asked for: each filter and order that an index serves.
type servedList struct {
	field, filterType, orderType string
	filter, by                   vars
}

var servedLists = []servedList{
	{"creators", "CreatorFilter", "CreatorOrder", nil, nil},
	{"creators", "CreatorFilter", "CreatorOrder", nil, vars{"field": "NAME", "direction": "DESC"}},
	{"creators", "CreatorFilter", "CreatorOrder", nil, vars{"field": "FOLLOWERS", "direction": "DESC"}},
	{"creators", "CreatorFilter", "CreatorOrder", nil, vars{"field": "CONTRACT_TO", "direction": "ASC"}},
	{"creators", "CreatorFilter", "CreatorOrder", vars{"withoutManager": true}, nil},
	{"creators", "CreatorFilter", "CreatorOrder", vars{"categories": []string{"类目0"}}, nil},
	{
		"creators", "CreatorFilter", "CreatorOrder",
		vars{"followersFrom": 100},
		vars{"field": "FOLLOWERS", "direction": "DESC"},
	},
	{
		"creators", "CreatorFilter", "CreatorOrder",
		vars{"contractEndsWithinDays": 350},
		vars{"field": "CONTRACT_TO", "direction": "ASC"},
	},
	{"tasks", "TaskFilter", "TaskOrder", nil, nil},
	{"tasks", "TaskFilter", "TaskOrder", nil, vars{"field": "REWARD", "direction": "DESC"}},
	{"tasks", "TaskFilter", "TaskOrder", vars{"statuses": []string{"OPEN"}}, nil},
	{
		"tasks", "TaskFilter", "TaskOrder",
		vars{"dueFrom": "2020-01-01T00:00:00Z", "dueTo": "2100-01-01T00:00:00Z"},
		vars{"field": "DEADLINE", "direction": "ASC"},
	},
	{
		"tasks", "TaskFilter", "TaskOrder",
		vars{"dueFrom": "2020-01-01T00:00:00Z", "statuses": []string{"OPEN"}},
		vars{"field": "DEADLINE", "direction": "DESC"},
	},
}

func (l servedList) String() string { return fmt.Sprintf("%s of %v by %v", l.field, l.filter, l.by) }

// stocked has very many creators and tasks.
func stocked(t *testing.T, d string) *shelf {
	t.Helper()
	s := newShelf(t, d, 2, 200)
	ctx, now := t.Context(), s.Clock.Now()
	today := civil.Of(now, time.UTC)
	const all, part = 4_000, 1_000
	for from := 0; from < all; from += part {
		var (
			creators []*ent.CreatorCreate
			tasks    []*ent.TaskCreate
		)
		for i := from; i < from+part; i++ {
			at := now.Add(time.Duration(i) * time.Second)
			c := s.Store.Client.Creator.Create().SetCreatedAt(at).SetUpdatedAt(at).SetOrgID(s.id).SetName(fmt.Sprint("多", i)).
				SetPlatformID(fmt.Sprint("size", i)).SetCategory(fmt.Sprint("类目", i%2)).SetFollowers(int64(i)).SetShareBps(0).
				SetGrams(search.Of(s.id, fmt.Sprint("多", i)))
			if i%4 > 0 {
				c.SetContractTo(today + civil.Day(i%300))
			}
			k := s.Store.Client.Task.Create().SetCreatedAt(at).SetUpdatedAt(at).SetOrgID(s.id).SetTitle(fmt.Sprint("多", i)).
				SetBrief("").SetReward(int64(i)).SetStatus([]task.Status{task.StatusOPEN, task.StatusDRAFT}[i%2]).
				SetGrams(search.Of(s.id, fmt.Sprint("多", i)))
			if i%4 < 2 {
				k.SetDeadline(at.Add(time.Hour))
			}
			creators, tasks = append(creators, c), append(tasks, k)
		}
		s.Store.Client.Creator.CreateBulk(creators...).SaveX(ctx)
		s.Store.Client.Task.CreateBulk(tasks...).SaveX(ctx)
	}
	return s
}

// rows reads so many rows of the list, after a cursor if there is one.
func (l servedList) rows(s *shelf, size int, after any) *answer {
	s.Helper()
	return s.owner.Do(fmt.Sprintf(`query($org: ID!, $filter: %s, $by: %s, $size: Int!, $after: String) { org(id: $org) {
		list: %s(first: $size, after: $after, filter: $filter, orderBy: $by) { nodes { id } pageInfo { endCursor } } } }`,
		l.filterType, l.orderType, l.field),
		vars{"org": s.id, "filter": l.filter, "by": l.by, "size": size, "after": after}).OK()
}

// TestPagesOfCreatorsAndTasksCostTheSameHoweverDeep: a page reads as few rows by an index after a thousand rows as the
// first one does.
func TestPagesOfCreatorsAndTasksCostTheSameHoweverDeep(t *testing.T) {
	t.Parallel()
	s := stocked(t, dialect.Postgres)
	if _, err := s.Store.DB().ExecContext(t.Context(), "VACUUM ANALYZE"); err != nil {
		t.Fatal(err)
	}
	s.Store.DB().SetMaxOpenConns(1) // whose statistics are asked for
	const size, deep = 10, 9
	for _, list := range servedLists {
		var after any
		for page := range deep + 1 {
			if page == 0 || page == deep {
				rows, scans := s.readOf(list.field, func() {
					if n := len(list.rows(s, size, after).List("org.list.nodes")); n != size {
						t.Errorf("%s: %d rows on a page", list, n)
					}
				})
				if rows > 3*size || scans > 0 {
					t.Errorf("%s, page %d: %d rows for a page of %d, %d scans", list, page, rows, size, scans)
				}
			}
			after = list.rows(s, 99, after).Get("org.list.pageInfo.endCursor")
		}
	}
}

// TestListsOfCreatorsAndTasksUseIndexes on SQLite, which says so: no list goes through all rows, or sorts any.
func TestListsOfCreatorsAndTasksUseIndexes(t *testing.T) {
	t.Parallel()
	s := stocked(t, dialect.SQLite)
	for _, list := range servedLists {
		after := list.rows(s, 99, nil).Get("org.list.pageInfo.endCursor")
		asked := 0
		for _, query := range s.Statements(func() { list.rows(s, 10, after) }) {
			if !strings.Contains(query, "FROM `"+list.field+"`") && !strings.Contains(query, "FROM \""+list.field+"\"") {
				continue
			}
			asked++
			plan := s.plan(query)
			if strings.Contains(plan, "SCAN "+list.field+"\n") || strings.Contains(plan, "TEMP B-TREE") ||
				!strings.Contains(plan, "USING") {
				t.Errorf("%s:\n%s\n%s", list, query, plan)
			}
		}
		if asked == 0 {
			t.Errorf("%s: nothing was asked", list)
		}
	}
}

// TestOrdersOfAParentNumberAreFoundByAnIndex on both databases.
func TestOrdersOfAParentNumberAreFoundByAnIndex(t *testing.T) {
	t.Parallel()
	for _, d := range storetest.Dialects() {
		t.Run(storetest.Name(d), func(t *testing.T) {
			t.Parallel()
			s := newShelf(t, d, 2, 3_000)
			id := s.page(nil, nil, 1, nil).Text("org.orders.nodes.0.id")
			s.Store.Client.Order.UpdateOneID(id).SetParentNumber("主单1").ExecX(t.Context())
			find := func() {
				a := s.page(nil, vars{"numbers": []string{"主单1"}}, 10, nil)
				if got := a.Texts("org.orders.nodes", "id"); len(got) != 1 || got[0] != id {
					t.Errorf("%s", a.Body)
				}
			}
			if d == dialect.SQLite {
				for _, query := range s.Statements(find) {
					plan := s.plan(query)
					if strings.Contains(plan, "SCAN orders\n") || strings.Contains(query, "parent_number") &&
						!strings.Contains(plan, "order_org_id_parent_number (org_id=? AND parent_number=?)") {
						t.Errorf("%s\n%s", query, plan)
					}
				}
				return
			}
			if _, err := s.Store.DB().ExecContext(t.Context(), "VACUUM ANALYZE"); err != nil {
				t.Fatal(err)
			}
			s.Store.DB().SetMaxOpenConns(1) // whose statistics are asked for
			if rows, scans := s.readOf("orders", find); rows > 5 || scans > 0 {
				t.Errorf("%d rows are read for one order, %d scans", rows, scans)
			}
		})
	}
}

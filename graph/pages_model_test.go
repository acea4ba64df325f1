package graph_test

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"deputy/ent/role"
	"deputy/ent/subaccount"
	"deputy/internal/access"
	"deputy/internal/apitest"
	"deputy/internal/collate"
	"deputy/internal/store"
)

// row is what the model knows of a role or a sub-account.
type row struct {
	id, name, other string
	created         time.Time
	active          *time.Time
	disabled        bool
	grants          access.Set
	roles           []string
}

// list is one list of the schema, and how the model reads its rows.
type list struct {
	// parent is its id, on the type, field the list.
	parent, on, field string
	subAccounts       bool
	rows              func(t testing.TB) []row
}

// order is how a list is sorted; the zero value is no orderBy at all.
type order struct{ field, direction string }

func (o order) vars() any {
	switch {
	case o.field == "":
		return nil
	case o.direction == "":
		return apitest.Vars{"field": o.field}
	}
	return apitest.Vars{"field": o.field, "direction": o.direction}
}

// compare is the order that the schema promises: by the field, then by id, NULL being the oldest moment.
func (o order) compare(a, b row) int {
	var c int
	switch o.field {
	case "NAME":
		c = bytes.Compare(collate.Key(a.name), collate.Key(b.name))
	case "LAST_ACTIVE_AT":
		c = moment(a.active).Compare(moment(b.active))
	default:
		c = a.created.Compare(b.created)
	}
	c = cmp.Or(c, strings.Compare(a.id, b.id))
	if o.direction == "DESC" {
		return -c
	}
	return c
}

func moment(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func subAccountRows(db *store.Store, orgID, roleID string) func(testing.TB) []row {
	return func(t testing.TB) []row {
		found, err := db.Client.SubAccount.Query().Where(subaccount.OrgID(orgID)).WithRoles().All(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all []row
		for _, s := range found {
			r := row{
				id: s.ID, name: s.Name, created: s.CreatedAt, active: s.LastActiveAt,
				disabled: s.Status == subaccount.StatusDISABLED,
			}
			for _, held := range s.Edges.Roles {
				r.roles = append(r.roles, held.ID)
			}
			if s.Email != nil {
				r.other = *s.Email
			} else {
				r.other = *s.Phone
			}
			if roleID == "" || slices.Contains(r.roles, roleID) {
				all = append(all, r)
			}
		}
		return all
	}
}

func roleRows(db *store.Store, orgID string) func(testing.TB) []row {
	return func(t testing.TB) []row {
		found, err := db.Client.Role.Query().Where(role.OrgID(orgID)).All(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all []row
		for _, r := range found {
			all = append(all, row{id: r.ID, name: r.Name, other: r.Description, created: r.CreatedAt, grants: r.Grants})
		}
		return all
	}
}

// query is the document that asks for pages of the list.
func (l list) query() string {
	kind := "Role"
	if l.subAccounts {
		kind = "SubAccount"
	}
	return fmt.Sprintf(`query($parent: ID!, $first: Int, $after: String, $last: Int, $before: String, $filter: %[1]sFilter, $order: %[1]sOrder) {
		node(id: $parent) { ... on %[2]s { page: %[3]s(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $order) {
			totalCount edges { cursor node { id name } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }`, kind, l.on, l.field)
}

// filter is a filter as the client says it and as the model understands it.
type filter struct {
	vars apitest.Vars
	keep func(row) bool
}

func drawFilter(t *rapid.T, l list, roleIDs []string) filter {
	f := filter{apitest.Vars{}, func(row) bool { return true }}
	and := func(keep func(row) bool) {
		before := f.keep
		f.keep = func(r row) bool { return before(r) && keep(r) }
	}
	if rapid.Bool().Draw(t, "search?") {
		text := rapid.SampledFrom([]string{"", "王", "a", "A", "%", "_", `\`, `a_b`, "É", "z z", "EXAMPLE", "没有"}).Draw(t,
			"search")
		f.vars["search"] = text
		and(func(r row) bool {
			// The model's letters are those that every database folds.
			return strings.Contains(folded(r.name), folded(text)) || strings.Contains(folded(r.other), folded(text))
		})
	}
	if l.subAccounts {
		if rapid.Bool().Draw(t, "status?") {
			statuses := rapid.SliceOfN(rapid.SampledFrom([]string{"DISABLED", "ENABLED"}), 0, 2).Draw(t, "statuses")
			f.vars["statuses"] = statuses
			and(func(r row) bool {
				return slices.Contains(statuses, map[bool]string{true: "DISABLED", false: "ENABLED"}[r.disabled])
			})
		}
		if rapid.IntRange(0, 3).Draw(t, "roleIds?") == 0 {
			ids := rapid.SliceOfN(rapid.SampledFrom(roleIDs), 0, 3).Draw(t, "roleIds")
			f.vars["roleIds"] = ids
			and(func(r row) bool {
				return slices.ContainsFunc(r.roles, func(held string) bool { return slices.Contains(ids, held) })
			})
		}
	} else if rapid.Bool().Draw(t, "modules?") {
		of := rapid.SampledFrom([]access.Module{access.Creators, access.Orders, access.AuditLog, access.SubAccounts})
		modules := rapid.SliceOfN(of, 0, 2).Draw(t, "modules")
		names := make([]string, len(modules))
		for i, m := range modules {
			names[i] = m.String()
		}
		f.vars["modules"] = names
		and(func(r row) bool { return slices.ContainsFunc(modules, r.grants.Holds) })
	}
	return f
}

func folded(text string) string {
	return strings.Map(func(c rune) rune {
		if 'A' <= c && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, text)
}

func drawOrder(t *rapid.T, l list) order {
	fields := []string{"", "CREATED_AT", "NAME"}
	if l.subAccounts {
		fields = append(fields, "LAST_ACTIVE_AT")
	}
	return order{
		rapid.SampledFrom(fields).Draw(t, "field"),
		rapid.SampledFrom([]string{"", "ASC", "DESC"}).Draw(t, "direction"),
	}.normal()
}

func (o order) normal() order {
	if o.field == "" {
		return order{}
	}
	return o
}

// page is what the model expects of a page, and what came.
type page struct {
	ids                []string
	hasNext, hasBefore bool
	total              int
}

// cut is the slow model of a page: the whole list, cut at both places, then to its size.
func cut(all []row, o order, after, before *row, first, last int) page {
	total := len(all)
	all = slices.SortedFunc(slices.Values(all), o.compare)
	all = slices.DeleteFunc(all, func(r row) bool {
		return after != nil && o.compare(r, *after) <= 0 || before != nil && o.compare(r, *before) >= 0
	})
	p := page{total: total, hasNext: last > 0 && before != nil, hasBefore: last == 0 && after != nil}
	switch {
	case last > 0 && len(all) > last:
		all, p.hasBefore = all[len(all)-last:], true
	case last == 0 && len(all) > first:
		all, p.hasNext = all[:first], true
	}
	for _, r := range all {
		p.ids = append(p.ids, r.id)
	}
	return p
}

func came(a *apitest.Answer, at string) page {
	p := page{}
	for i := range a.List(at + ".edges") {
		p.ids = append(p.ids, a.Text(fmt.Sprintf("%s.edges.%d.node.id", at, i)))
	}
	p.hasNext, _ = a.Get(at + ".pageInfo.hasNextPage").(bool)
	p.hasBefore, _ = a.Get(at + ".pageInfo.hasPreviousPage").(bool)
	total, _ := a.Get(at + ".totalCount").(float64)
	p.total = int(total)
	return p
}

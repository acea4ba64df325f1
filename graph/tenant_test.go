package graph_test

import (
	"context"
	"slices"
	"testing"

	"entgo.io/ent/dialect"

	"deputy/ent"
	"deputy/ent/audittarget"
	"deputy/graph"
	"deputy/internal/apitest"
	keyset "deputy/internal/page"
	"deputy/internal/store"
	"deputy/internal/store/storetest"
	"deputy/internal/viewer"
)

// TestAForgottenPredicateShowsNoOtherOrg takes the predicate out of each list, and asks as the owner of one org.
func TestAForgottenPredicateShowsNoOtherOrg(t *testing.T) {
	t.Parallel()
	w := apitest.NewWorld(t, storetest.Open(t, dialect.Postgres))
	ctx := t.Context()
	asking := &viewer.Viewer{AccountID: w.Store.Client.Org.GetX(ctx, w.A.ID).OwnerID}
	asking, err := asking.Reload(ctx, w.Store.Client, w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := store.WithReads(viewer.NewContext(ctx, asking))
	defer end()
	lists, own := w.Resolver.Uncut(asking), w.Store.Client
	only(ctx, t, lists.Orgs, "id", func(o *ent.Org) string { return o.ID }, w.A.ID, 1)
	only(ctx, t, lists.Roles, "org_id", (*ent.Role).TenantID, w.A.ID, len(w.A.Roles))
	only(ctx, t, lists.SubAccounts, "org_id", (*ent.SubAccount).TenantID, w.A.ID, len(w.A.Seats)+1)
	lists.Roles.Parent = graph.HeldBy
	everybody, err := own.SubAccount.Query().IDs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held, err := lists.Roles.LoadAll(ctx, everybody, []string{"org_id"})
	if err != nil || len(held) != len(w.A.Seats)+1 {
		t.Errorf("roles of %d sub-accounts, %v", len(held), err)
	}
	events, err := lists.Events.Load(ctx, []string{""}, keyset.Args{First: new(keyset.MaxSize)},
		keyset.Wants{Rows: true, Total: true, Columns: []string{"org_id", "account_id"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events[""].Rows {
		mine := e.AccountID != nil && *e.AccountID == asking.AccountID ||
			own.AuditTarget.Query().Where(audittarget.EventID(e.ID), audittarget.AccountID(asking.AccountID)).ExistX(t.Context())
		if e.TenantID() != w.A.ID && !mine {
			t.Errorf("event of %q", e.TenantID())
		}
	}
	if all := own.AuditEvent.Query().CountX(t.Context()); events[""].Total == 0 || events[""].Total >= all {
		t.Errorf("%d events of %d", events[""].Total, all)
	}
	nobody := viewer.NewContext(t.Context(), &viewer.Viewer{})
	if n, err := w.Resolver.Store.Client.Role.Query().Count(nobody); n != 0 || err != nil {
		t.Errorf("nobody sees %d roles, %v", n, err)
	}
	if _, err := w.Resolver.Store.Client.Role.Query().Count(t.Context()); err == nil {
		t.Error("it reads without a viewer")
	}
}

// only fails the test unless the list holds n rows, all of the org.
func only[T keyset.Row](
	ctx context.Context, t *testing.T, list keyset.List[T], column string, of func(T) string, orgID string, n int,
) {
	t.Helper()
	pages, err := list.Load(ctx, []string{""}, keyset.Args{First: new(keyset.MaxSize)},
		keyset.Wants{Rows: true, Total: true, Columns: []string{column}})
	if err != nil {
		t.Fatal(err)
	}
	if p := pages[""]; len(p.Rows) != n || p.Total != n ||
		slices.ContainsFunc(p.Rows, func(row T) bool { return of(row) != orgID }) {
		t.Errorf("%s: %d rows, %d in all, want %d of one org", list.Field, len(p.Rows), p.Total, n)
	}
}

// TestADisabledSeatIsNamedAndLeft goes where the wall is narrow: the org of a disabled seat is not to be seen, but the
// seat is.
func TestADisabledSeatIsNamedAndLeft(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.Store) {
		w := apitest.NewWorld(t, db)
		seats := w.A.Disabled.Do(`{ viewer { seats { orgName status roleNames org { id } } } orgs { nodes { id } } }`,
			nil).OK()
		if seats.Text("viewer.seats.0.orgName") != "甲机构" || len(seats.List("viewer.seats.0.roleNames")) != 1 ||
			seats.Get("viewer.seats.0.org") != nil || len(seats.List("orgs.nodes")) != 0 {
			t.Error(seats.Body)
		}
		left := w.A.Disabled.Do(`mutation($org: ID!) { releaseSeat(input: {orgId: $org}) { orgId userErrors { code } } }`,
			apitest.Vars{"org": w.A.ID}).OK()
		if left.Text("releaseSeat.orgId") != w.A.ID {
			t.Error(left.Body)
		}
	})
}

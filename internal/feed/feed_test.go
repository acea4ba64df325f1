package feed_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"deputy/internal/feed"
	"deputy/internal/id"
	"deputy/internal/store"
)

func receives(who <-chan struct{}) bool {
	select {
	case <-who:
		return true
	default:
		return false
	}
}

func orders(from, to int) (ids []string) {
	for n := from; n < to; n++ {
		ids = append(ids, fmt.Sprintf("ord_%020d", n))
	}
	return ids
}

func TestWhoIsWoken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		change       store.Change
		access, news bool
	}{
		{"nothing", store.Change{}, false, false},
		{"access in the org", store.Change{Orgs: []string{"org_1"}}, true, false},
		{"access of the account", store.Change{Accounts: []string{"acc_1"}}, true, false},
		{"news of the org", store.Change{Updated: []string{"org_1"}}, false, true},
		{
			"others",
			store.Change{Orgs: []string{"org_2"}, Accounts: []string{"acc_2"}, Updated: []string{"org_2"}},
			false,
			false,
		},
		{"everybody", store.Change{Everybody: true}, true, true},
	} {
		var f feed.Feed
		w := f.Follow("org_1", "acc_1", id.Order)
		f.Notify(test.change)
		f.Notify(test.change) // who sleeps is woken once, and nobody waits for it
		if access, news := receives(w.Access), receives(w.Updated); access != test.access || news != test.news {
			t.Errorf("%s: access %t, news %t", test.name, access, news)
		}
		if receives(w.Access) || receives(w.Updated) {
			t.Errorf("%s: woken twice", test.name)
		}
		w.Stop()
		f.Notify(test.change)
		if receives(w.Access) || receives(w.Updated) || f.Len() != 0 {
			t.Errorf("%s: it was stopped", test.name)
		}
	}
}

// TestAccessInOtherOrgs is told of, as long as it is followed there, and nothing else of them is.
func TestAccessInOtherOrgs(t *testing.T) {
	t.Parallel()
	var f feed.Feed
	w := f.Follow("", "acc_1")
	told := func(c store.Change) string {
		f.Notify(c)
		return fmt.Sprintf("access %t, news %t", receives(w.Access), receives(w.Updated))
	}
	const none, access = "access false, news false", "access true, news false"
	for _, step := range []struct {
		in   []string
		want map[string]string
	}{
		{nil, map[string]string{"org_1": none, "org_2": none}},
		{[]string{"org_1", "org_2"}, map[string]string{"org_1": access, "org_2": access, "org_3": none}},
		{[]string{"org_2", "org_3"}, map[string]string{"org_1": none, "org_2": access, "org_3": access}},
	} {
		w.AccessIn(step.in)
		orgs, accounts := f.Followed()
		if slices.Sort(orgs); !slices.Equal(orgs, step.in) || !slices.Equal(accounts, []string{"acc_1"}) || f.Len() != 1 {
			t.Errorf("%v: followed %v %v, by %d", step.in, orgs, accounts, f.Len())
		}
		for orgID, want := range step.want {
			if got := told(store.Change{Orgs: []string{orgID}}); got != want {
				t.Errorf("%v, access in %s: %s", step.in, orgID, got)
			}
			if got := told(store.Change{Updated: []string{orgID}, Rows: orders(0, 1)}); got != none {
				t.Errorf("%v, news of %s: %s", step.in, orgID, got)
			}
		}
	}
	if got := told(store.Change{Accounts: []string{"acc_1"}}); got != access {
		t.Errorf("access of the account: %s", got)
	}
	w.Stop()
	if orgs, accounts := f.Followed(); len(orgs)+len(accounts)+f.Len() != 0 {
		t.Errorf("followed %v %v by %d, after it was stopped", orgs, accounts, f.Len())
	}
	if got := told(store.Change{Orgs: []string{"org_2"}, Accounts: []string{"acc_1"}, Everybody: true}); got != none {
		t.Errorf("after it was stopped: %s", got)
	}
}

func TestRowsAreKeptByTheirKindAndOnce(t *testing.T) {
	t.Parallel()
	var f feed.Feed
	w := f.Follow("org_1", "acc_1", id.Order)
	two := orders(0, 2)
	f.Notify(store.Change{Updated: []string{"org_1"}, Rows: append([]string{"sub_00000000000000000000"}, two...)})
	f.Notify(store.Change{Updated: []string{"org_1"}, Rows: two[1:]})
	f.Notify(store.Change{Updated: []string{"org_2"}, Rows: orders(5, 6)})
	if rows, lost, _ := w.Take(); !slices.Equal(rows, two) || lost {
		t.Errorf("%v, lost %t", rows, lost)
	}
	if rows, lost, since := w.Take(); len(rows) > 0 || lost || since != 0 {
		t.Errorf("taken twice: %v, lost %t, since %s", rows, lost, since)
	}
}

// TestWhatIsNotKeptIsLost: more rows than are kept, more than a change names, and changes that never arrived.
func TestWhatIsNotKeptIsLost(t *testing.T) {
	t.Parallel()
	for name, changes := range map[string][]store.Change{
		"many": {{Updated: []string{"org_1"}, Rows: orders(0, 1), Many: true}},
		"a thousand": {
			{Updated: []string{"org_1"}, Rows: orders(0, 600)},
			{Updated: []string{"org_1"}, Rows: orders(500, 1001)},
		},
		"deaf":             {{Everybody: true, Disconnected: time.Hour}},
		"rows and deaf":    {{Updated: []string{"org_1"}, Rows: orders(0, 2)}, {Everybody: true, Disconnected: time.Hour}},
		"deaf twice":       {{Everybody: true, Disconnected: time.Hour}, {Everybody: true, Disconnected: time.Minute}},
		"deaf, then woken": {{Everybody: true, Disconnected: time.Hour}, {Updated: []string{"org_1"}, Many: true}},
	} {
		var f feed.Feed
		w := f.Follow("org_1", "acc_1", id.Order)
		for _, change := range changes {
			f.Notify(change)
		}
		rows, lost, since := w.Take()
		if deaf := changes[len(changes)-1].Everybody || changes[0].Everybody; len(rows) > 0 || !lost || deaf &&
			since < time.Hour || !receives(w.Updated) {
			t.Errorf("%s: %d rows, lost %t, since %s", name, len(rows), lost, since)
		}
	}
	var f feed.Feed
	w := f.Follow("org_1", "acc_1", id.Order)
	f.Notify(store.Change{Updated: []string{"org_1"}, Rows: orders(0, 1000)})
	if rows, lost, _ := w.Take(); len(rows) != 1000 || lost {
		t.Errorf("%d rows, lost %t: as many are kept", len(rows), lost)
	}
}

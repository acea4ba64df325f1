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

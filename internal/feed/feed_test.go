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

func woken(who <-chan struct{}) bool {
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
		{"news of the org", store.Change{News: []string{"org_1"}}, false, true},
		{"others", store.Change{Orgs: []string{"org_2"}, Accounts: []string{"acc_2"}, News: []string{"org_2"}}, false, false},
		{"everybody", store.Change{Everybody: true}, true, true},
	} {
		var f feed.Feed
		w := f.Follow("org_1", "acc_1", id.Order)
		f.Tell(test.change)
		f.Tell(test.change) // who sleeps is woken once, and nobody waits for it
		if access, news := woken(w.Access), woken(w.News); access != test.access || news != test.news {
			t.Errorf("%s: access %t, news %t", test.name, access, news)
		}
		if woken(w.Access) || woken(w.News) {
			t.Errorf("%s: woken twice", test.name)
		}
		w.Stop()
		f.Tell(test.change)
		if woken(w.Access) || woken(w.News) || f.Len() != 0 {
			t.Errorf("%s: it was stopped", test.name)
		}
	}
}

func TestRowsAreKeptByTheirKindAndOnce(t *testing.T) {
	t.Parallel()
	var f feed.Feed
	w := f.Follow("org_1", "acc_1", id.Order)
	two := orders(0, 2)
	f.Tell(store.Change{News: []string{"org_1"}, Rows: append([]string{"sub_00000000000000000000"}, two...)})
	f.Tell(store.Change{News: []string{"org_1"}, Rows: two[1:]})
	f.Tell(store.Change{News: []string{"org_2"}, Rows: orders(5, 6)})
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
		"many": {{News: []string{"org_1"}, Rows: orders(0, 1), Many: true}},
		"a thousand": {
			{News: []string{"org_1"}, Rows: orders(0, 600)},
			{News: []string{"org_1"}, Rows: orders(500, 1001)},
		},
		"deaf":             {{Everybody: true, Deaf: time.Hour}},
		"rows and deaf":    {{News: []string{"org_1"}, Rows: orders(0, 2)}, {Everybody: true, Deaf: time.Hour}},
		"deaf twice":       {{Everybody: true, Deaf: time.Hour}, {Everybody: true, Deaf: time.Minute}},
		"deaf, then woken": {{Everybody: true, Deaf: time.Hour}, {News: []string{"org_1"}, Many: true}},
	} {
		var f feed.Feed
		w := f.Follow("org_1", "acc_1", id.Order)
		for _, change := range changes {
			f.Tell(change)
		}
		rows, lost, since := w.Take()
		if deaf := changes[len(changes)-1].Everybody || changes[0].Everybody; len(rows) > 0 || !lost || deaf &&
			since < time.Hour || !woken(w.News) {
			t.Errorf("%s: %d rows, lost %t, since %s", name, len(rows), lost, since)
		}
	}
	var f feed.Feed
	w := f.Follow("org_1", "acc_1", id.Order)
	f.Tell(store.Change{News: []string{"org_1"}, Rows: orders(0, 1000)})
	if rows, lost, _ := w.Take(); len(rows) != 1000 || lost {
		t.Errorf("%d rows, lost %t: as many are kept", len(rows), lost)
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"deputy/deploy/program"
)

// TestJudge plants each fault in a book.
func TestJudge(t *testing.T) {
	t.Parallel()
	kept, deleted := change{name: "failover 1"}, change{name: "failover 2"}
	gone := change{"failover 2", true}
	for name, c := range map[string]struct {
		plant func(b *book, f *found)
		want  Result
	}{
		"nothing": {func(*book, *found) {}, Result{Acknowledged: 3}},
		"lost": {
			func(_ *book, f *found) { delete(f.recorded, kept); delete(f.there, kept.name) },
			Result{Acknowledged: 3, Lost: 1},
		},
		"lost but for its record": {
			func(_ *book, f *found) { delete(f.there, kept.name) },
			Result{Acknowledged: 3, Lost: 1},
		},
		"deletion lost": {
			func(_ *book, f *found) { delete(f.recorded, gone); f.there[gone.name] = true },
			Result{Acknowledged: 3, Lost: 1},
		},
		"recorded twice": {func(_ *book, f *found) { f.recorded[kept]++ }, Result{Acknowledged: 3, Doubled: 1}},
		"tried twice":    {func(b *book, _ *found) { b.refuse(deleted) }, Result{Acknowledged: 3, Doubled: 1}},
		"there without a record": {
			func(_ *book, f *found) { f.there["failover 3"] = true },
			Result{Acknowledged: 3, Unrecorded: 1},
		},
		"somebody else's": {func(_ *book, f *found) { f.there["运营"] = true }, Result{Acknowledged: 3}},
		"there, not acknowledged": {func(_ *book, f *found) {
			f.there["failover 3"],
				f.recorded[change{name: "failover 3"}] = true, 1
		}, Result{Acknowledged: 3}},
		"refused for what was lost": {
			func(b *book, _ *found) { b.refuse(change{"failover 3", true}) },
			Result{Acknowledged: 3},
		},
	} {
		b := newBook()
		for i, told := range []change{kept, deleted, gone} {
			b.acknowledge(told, time.Unix(int64(i), 0))
		}
		f := found{map[change]int{kept: 1, deleted: 1, gone: 1}, map[string]bool{kept.name: true}}
		c.plant(b, &f)
		c.want.Outage = time.Second
		if got := b.judge(f, func(name string) bool { return strings.HasPrefix(name, prefix) }); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestFailover loses the primary, once with a standby that it waits for, and once with one that fell behind: what is
// lost then is found.
func TestFailover(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the whole binary is for make test")
	}
	path, err := program.Compile(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, lag := range map[string]bool{"synchronous": false, "behind": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Stage(t.Context(), Options{Clients: 8, Changes: 40, Binary: path, Lag: lag}, t.Output())
			if err != nil {
				t.Fatal(err)
			}
			t.Log(r)
			if r.Doubled > 0 || r.Unrecorded > 0 || r.Acknowledged < 80 || lag != (r.Lost > 0) {
				t.Error("that is not what was to be expected")
			}
		})
	}
}

package share_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"deputy/internal/fault"
	"deputy/internal/share"
)

// takes takes places for callers one after the other, until one has to wait, and returns how many it got of each.
func takes(t *testing.T, p *share.Places, who share.Caller) (got []*share.Place) {
	t.Helper()
	for {
		now, cancel := context.WithCancel(t.Context())
		cancel()
		place, err := p.Take(now, who)
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			return got
		}
		got = append(got, place)
	}
}

// TestSharesOfPlaces has callers take all that they get, one after the other.
func TestSharesOfPlaces(t *testing.T) {
	t.Parallel()
	a1, a2, b, c := share.Caller{Account: "a1", Org: "a"}, share.Caller{Account: "a2", Org: "a"},
		share.Caller{Account: "b", Org: "b"}, share.Caller{Account: "c"}
	ahead := func(who share.Caller) share.Caller { who.Ahead = true; return who }
	each := func(p *share.Places, most int) *share.Places { p.Each = most; return p }
	for name, c := range map[string]struct {
		places *share.Places
		who    []share.Caller
		want   string
	}{
		"one account":                      {share.New(7), []share.Caller{a1}, "[4]"},
		"two of one org":                   {share.New(7), []share.Caller{a1, a2}, "[4 1]"},
		"an account, its org, another one": {share.New(7), []share.Caller{a1, a2, b, c}, "[4 1 1 1]"},
		"another one, then nobody":         {share.New(7), []share.Caller{a1, b, c, {}}, "[4 2 1 0]"},
		"nobody in particular":             {share.New(7), []share.Caller{{}}, "[7]"},
		"four places":                      {share.New(4), []share.Caller{a1, b, c}, "[2 1 1]"},
		"two places":                       {share.New(2), []share.Caller{a1, b}, "[1 1]"},
		"one place":                        {share.New(1), []share.Caller{a1, b}, "[1 0]"},
		"ten connections": {
			share.OfPool(10),
			[]share.Caller{a1, ahead(a1), ahead(a2), ahead(b), ahead(c), {}},
			"[4 1 1 2 1 0]",
		},
		"ten connections, one org and more": {
			share.OfPool(10),
			[]share.Caller{a1, a2, ahead(a1), b, c, ahead(b), ahead(c)},
			"[4 1 1 1 1 1 0]",
		},
		"five connections": {share.OfPool(5), []share.Caller{a1, b, c, ahead(a1), ahead(b)}, "[2 1 0 1 0]"},
		"at most two each": {each(share.New(8), 2), []share.Caller{a1, a2, ahead(b), {}}, "[2 2 2 2]"},
		"two connections":  {share.OfPool(2), []share.Caller{a1, b}, "[1 1]"},
		"one connection":   {share.OfPool(1), []share.Caller{a1}, "[1]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []int
			var all []*share.Place
			for _, who := range c.who {
				taken := takes(t, c.places, who)
				got, all = append(got, len(taken)), append(all, taken...)
			}
			if fmt.Sprint(got) != c.want {
				t.Errorf("%v, want %s", got, c.want)
			}
			for range 2 { // the second time does nothing
				for _, place := range all {
					place.End()
				}
			}
			again := 0
			for _, who := range c.who {
				again += len(takes(t, c.places, who))
			}
			if again != len(all) {
				t.Errorf("%d places the second time, want %d", again, len(all))
			}
		})
	}
}

// TestWhoWaitsIsServedInTurn: the one with the fewest places first, who goes ahead before all.
func TestWhoWaitsIsServedInTurn(t *testing.T) {
	t.Parallel()
	p := share.New(2)
	first, err := p.Take(t.Context(), share.Caller{Account: "greedy", Org: "1"})
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.Take(t.Context(), share.Caller{Account: "other", Org: "2"})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan string, 16)
	var done sync.WaitGroup
	wait := func(name string, who share.Caller) {
		before := p.Waiting()
		done.Go(func() {
			place, err := p.Take(t.Context(), who)
			if err != nil {
				t.Error(err)
				return
			}
			served <- name
			place.End()
		})
		for p.Waiting() == before {
			time.Sleep(time.Millisecond)
		}
	}
	for range 3 {
		wait("greedy", share.Caller{Account: "greedy", Org: "1"})
	}
	wait("modest", share.Caller{Account: "modest", Org: "3"})
	wait("owner", share.Caller{Account: "owner", Org: "1", Ahead: true})
	second.End()
	for _, want := range []string{"owner", "modest"} {
		if got := <-served; got != want {
			t.Errorf("%s was served, want %s", got, want)
		}
	}
	first.End()
	done.Wait()
	if n := p.Waiting(); n != 0 {
		t.Errorf("%d still wait", n)
	}
}

// TestWaitingInVain ends with a code that says when to come back, and takes no place.
func TestWaitingInVain(t *testing.T) {
	t.Parallel()
	p := share.New(1)
	p.Patience = time.Millisecond
	place, err := p.Take(t.Context(), share.Caller{Account: "a"})
	if err != nil {
		t.Fatal(err)
	}
	vain, err := p.Take(t.Context(), share.Caller{Account: "b"})
	var f *fault.Error
	if !errors.As(err, &f) || f.Code != fault.RateLimited || f.Extra["retryAfter"] == nil {
		t.Errorf("%v", err)
	}
	vain.End()
	place.End()
	if place, err = p.Take(t.Context(), share.Caller{Account: "c"}); err != nil {
		t.Fatal(err)
	}
	place.End()
	var none *share.Places
	if place, err = none.Take(t.Context(), share.Caller{}); err != nil {
		t.Fatal(err)
	}
	place.End()
}

// TestNeverMoreThanThereAre has many callers come, wait, leave and end at the same time.
func TestNeverMoreThanThereAre(t *testing.T) {
	t.Parallel()
	p := share.OfPool(10)
	p.Patience = time.Minute
	var in, most, got atomic.Int64
	var callers sync.WaitGroup
	for n := range 64 {
		callers.Go(func() {
			for range 300 {
				who := share.Caller{Account: fmt.Sprint(n % 9), Org: fmt.Sprint(n % 3), Ahead: rand.N(4) == 0}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.N(20))*time.Millisecond)
				place, err := p.Take(ctx, who)
				if err == nil {
					got.Add(1)
					for n := in.Add(1); ; {
						if seen := most.Load(); n <= seen || most.CompareAndSwap(seen, n) {
							break
						}
					}
					time.Sleep(time.Duration(rand.N(50)) * time.Microsecond)
					in.Add(-1)
					place.End()
				}
				cancel()
			}
		})
	}
	callers.Wait()
	if most.Load() > 9 || got.Load() == 0 || p.Waiting() != 0 {
		t.Errorf("%d at once, %d in all, %d wait", most.Load(), got.Load(), p.Waiting())
	}
	left := 0
	for range 3 {
		left += len(takes(t, p, share.Caller{}))
	}
	if left != 7 {
		t.Errorf("%d places are left, want 7", left)
	}
}

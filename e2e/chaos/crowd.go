package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"deputy/e2e/cluster"
)

// crowd are the writers of one phase, and the orgs they write in.
type crowd struct {
	writers []*writer
	orgs    []string
	stop    context.CancelFunc
	all     sync.WaitGroup
}

// newCrowd opens the orgs and seats each writer's sub-account. Each phase has phone numbers of its own. The writers
// speak to the URLs.
func (c *chaos) newCrowd(ctx context.Context, orgs, writers int, urls []string) (*crowd, error) {
	c.phase++
	made := &crowd{writers: make([]*writer, writers), orgs: make([]string, orgs)}
	owners := make([]cluster.Owner, orgs)
	err := together(orgs, func(i int) (err error) {
		owners[i], err = c.client.Open(ctx, c.servers[i%2], fmt.Sprintf("136%02d%06d", c.phase, i), fmt.Sprint("机构", i))
		made.orgs[i] = owners[i].OrgID
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open orgs: %w", err)
	}
	err = together(writers, func(i int) (err error) {
		w := &writer{
			number: i, client: cluster.NewClient(answerTime), urls: urls, owner: owners[i%orgs], failures: map[string]int{},
			random: rand.New(rand.NewPCG(c.seed, uint64(i))),
		}
		made.writers[i] = w
		w.sub, err = c.client.Bind(ctx, c.servers[i%2], w.owner, fmt.Sprintf("135%02d%06d", c.phase, i), fmt.Sprint("员工", i),
			w.owner.RoleID)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("give seats: %w", err)
	}
	return made, nil
}

// together runs f for 0 to n-1 at the same time.
func together(n int, f func(i int) error) error {
	var (
		all  sync.WaitGroup
		errs = make([]error, n)
	)
	for i := range n {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// start lets everybody write.
func (c *crowd) start(ctx context.Context) {
	more, stop := context.WithCancel(ctx)
	c.stop = stop
	for _, w := range c.writers {
		c.all.Go(func() { w.work(ctx, more) })
	}
}

// end lets everybody finish what they are at.
func (c *crowd) end() {
	c.stop()
	c.all.Wait()
}

// back returns how long after the moment half of the writers, and all of them, had been acknowledged something.
func (c *crowd) back(moment time.Time) (half, all time.Duration, missing int) {
	var took []time.Duration
	for _, w := range c.writers {
		if d, ok := w.after(moment); ok {
			took = append(took, d)
		} else {
			missing++
		}
	}
	slices.Sort(took)
	if len(took) == 0 {
		return 0, 0, missing
	}
	return took[len(took)/2], took[len(took)-1], missing
}

// tally returns what the writers saw in all.
func (c *crowd) tally() (changes int, failures map[string]int, slowest time.Duration) {
	failures = map[string]int{}
	for _, w := range c.writers {
		changes += len(w.changes)
		slowest = max(slowest, w.slowest)
		for how, n := range w.failures {
			failures[how] += n
		}
	}
	return changes, failures, slowest
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"deputy/e2e/cluster"
)

// crowd is one server, and who asks it.
type crowd struct {
	options
	server        *cluster.Server
	client        cluster.Client
	greedy, other person
}

const (
	point = `query($org: ID!) { org(id: $org) { name } }`
	// console is what the pages of a console ask for.
	console = `query($org: ID!) {
		viewer { account { id } ownedOrg { id name } seats { orgName name roleNames } }
		org(id: $org) { subAccounts(first: 20) { nodes { name roles { name } } } orders(first: 20) { nodes { number creator { name } } } tasks(first: 20) { nodes { title } } }
	}`
)

// measured is how the other owner fared.
type measured struct {
	took     []time.Duration
	requests int
	errors   []string
	notReady int
}

// ask has the one account ask for a thing while the other owner works, and returns a row of the table, and what is
// wrong.
func (c *crowd) ask(ctx context.Context, t thing) (row string, err error) {
	parts, err := c.dearest(ctx, t)
	if err != nil {
		return "", err
	}
	asking, stop := context.WithCancel(ctx)
	var (
		crowded           sync.WaitGroup
		answered, refused atomic.Int64
	)
	for range c.connections {
		if parts == 0 {
			break
		}
		crowded.Go(func() {
			for asking.Err() == nil {
				if c.once(asking, t, parts) {
					answered.Add(1)
				} else {
					refused.Add(1)
				}
			}
		})
	}
	time.Sleep(c.each / 5) // until all of them wait
	m := c.work(ctx)
	stop()
	crowded.Wait()
	slices.Sort(m.took)
	p99 := at(m.took, 99)
	row = fmt.Sprintf("| %s, %d at once | %d | %d | %.1f ms | %.1f ms | %.1f ms | %d | %d | %d |", t.name, parts,
		answered.Load(), refused.Load(),
		milliseconds(at(m.took, 50)), milliseconds(p99), milliseconds(at(m.took, 100)), m.requests, len(m.errors), m.notReady)
	if len(m.errors) > 0 {
		err = errors.Join(err, fmt.Errorf("%s: %d requests of another org failed, the first with %s", t.name, len(m.errors),
			m.errors[0]))
	}
	if p99 > c.within {
		err = errors.Join(err, fmt.Errorf("%s: the slowest of a hundred requests of another org took %s", t.name, p99))
	}
	if m.notReady > 0 {
		err = errors.Join(err, fmt.Errorf("%s: %d times the server was not ready", t.name, m.notReady))
	}
	return row, err
}

func at(took []time.Duration, percent int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	return took[min(len(took)-1, len(took)*percent/100)]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// dearest returns how many parts the server lets the thing have, 0 when nothing is asked for.
func (c *crowd) dearest(ctx context.Context, t thing) (int, error) {
	for parts := t.most; parts > 0; parts = parts * 3 / 4 {
		a, err := c.client.Ask(ctx, cluster.Request{
			URL: c.server.URL(), Token: c.greedy.token, Query: t.document(parts),
			Vars: t.vars(c.greedy.orgID),
		})
		switch {
		case err != nil:
			return 0, err
		case a.Code() == "" || a.Code() == "RATE_LIMITED":
			return parts, nil
		case a.Code() != "LIMIT_EXCEEDED":
			return 0, fmt.Errorf("%s: %s", t.name, a.Raw[:min(len(a.Raw), 400)])
		}
	}
	if t.most == 0 {
		return 0, nil
	}
	return 0, fmt.Errorf("%s: not even one is let through", t.name)
}

// once asks for a thing, and reports whether it was answered.
func (c *crowd) once(ctx context.Context, t thing, parts int) bool {
	a, err := c.client.Ask(ctx, cluster.Request{
		URL: c.server.URL(), Token: c.greedy.token, Query: t.document(parts),
		Vars: t.vars(c.greedy.orgID),
	})
	if err != nil || a.Code() != "" {
		return false
	}
	if !t.download {
		return true
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		strings.TrimSuffix(c.server.URL(), "/graphql")+a.Text("a0.url"), nil)
	if err != nil {
		return false
	}
	request.Header.Set("Authorization", "Bearer "+c.greedy.token)
	response, err := c.client.HTTP.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	_, err = io.Copy(io.Discard, response.Body)
	return err == nil && response.StatusCode == http.StatusOK
}

// work has the other owner work for a while, over connections of its own.
func (c *crowd) work(ctx context.Context) (m measured) {
	var (
		work sync.WaitGroup
		mu   sync.Mutex
	)
	until := time.Now().Add(c.each)
	own := cluster.NewClient(time.Minute)
	every := func(pause time.Duration, do func() (took time.Duration, wrong string)) {
		work.Go(func() {
			for time.Now().Before(until) && ctx.Err() == nil {
				took, wrong := do()
				mu.Lock()
				if m.requests++; took > 0 {
					m.took = append(m.took, took)
				}
				if wrong != "" {
					m.errors = append(m.errors, wrong)
				}
				mu.Unlock()
				time.Sleep(pause)
			}
		})
	}
	ask := func(document string) (time.Duration, string) {
		begun := time.Now()
		a, err := own.Ask(ctx, cluster.Request{
			URL: c.server.URL(), Token: c.other.token, Query: document,
			Vars: cluster.Vars{"org": c.other.orgID},
		})
		switch {
		case err != nil:
			return time.Since(begun), err.Error()
		case len(a.Errors) > 0:
			return time.Since(begun), a.Raw
		}
		return time.Since(begun), ""
	}
	every(5*time.Millisecond, func() (time.Duration, string) { return ask(point) })
	every(100*time.Millisecond, func() (time.Duration, string) {
		_, wrong := ask(console)
		return 0, wrong
	})
	every(100*time.Millisecond, func() (time.Duration, string) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet,
			strings.TrimSuffix(c.server.URL(), "/graphql")+"/readyz", nil)
		if err != nil {
			return 0, err.Error()
		}
		response, err := own.HTTP.Do(request)
		if err != nil {
			return 0, err.Error()
		}
		_ = response.Body.Close() // its status tells
		if response.StatusCode != http.StatusOK {
			mu.Lock()
			m.notReady++
			mu.Unlock()
		}
		return 0, ""
	})
	work.Wait()
	return m
}

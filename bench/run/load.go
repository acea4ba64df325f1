package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"deputy/bench/workload"
)

const (
	// connections are kept open to a server at a time.
	connections = 16
	// orgsEach is how many orgs each of them asks about in turn. No two ask about the same one.
	orgsEach = 4
)

// requests returns those of each connection; nil when the server can't be asked.
func (b *bench) requests(s *server, l workload.Load) ([][]*request, error) {
	of := make([][]*request, connections)
	for n := range of {
		for k := range orgsEach {
			r, err := newRequest(s, l, b.orgs[n*orgsEach+k])
			if err != nil || r == nil {
				return nil, err
			}
			of[n] = append(of[n], r)
		}
	}
	return of, nil
}

// slice is what a server did in a while.
type slice struct {
	took      time.Duration
	latencies []time.Duration
}

// drive asks over all connections, one request after the other on each, for as long as told.
func drive(ctx context.Context, s *server, of [][]*request, how time.Duration) (slice, error) {
	var (
		work   sync.WaitGroup
		parts  = make([][]time.Duration, len(of))
		failed = make([]error, len(of))
		begun  = time.Now()
		until  = begun.Add(how)
	)
	for n, requests := range of {
		work.Go(func() { parts[n], failed[n] = drone(ctx, s.addr, requests, until) })
	}
	work.Wait()
	done := slice{took: time.Since(begun)}
	for _, part := range parts {
		done.latencies = append(done.latencies, part...)
	}
	return done, errors.Join(failed...)
}

// drone asks over one connection.
func drone(
	ctx context.Context, addr string, requests []*request, until time.Time,
) (latencies []time.Duration, err error) {
	c, err := dial(addr)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.conn.Close()) }()
	latencies = make([]time.Duration, 0, 1<<14)
	for n := 0; ; n++ {
		before := time.Now()
		if before.After(until) || ctx.Err() != nil {
			return latencies, ctx.Err()
		}
		if _, err := c.do(requests[n%len(requests)].next()); err != nil {
			return latencies, err
		}
		latencies = append(latencies, time.Since(before))
	}
}

package main

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	_ "github.com/lib/pq" // the driver

	"deputy/bench/fill"
	"deputy/bench/workload"
)

// bench measures servers with workloads.
type bench struct {
	options
	db      *sql.DB
	orgs    []fill.Org
	servers []*server
	results []result
}

// result is what was measured of one workload.
type result struct {
	load   workload.Load
	bytes  int
	scores []score
}

// score is what was measured of a server with a workload, a value for each round, and what came out of all rounds.
type score struct {
	server    string
	rates     []float64
	latencies []time.Duration
	computed  []time.Duration
	database  []time.Duration
	resident  int64
}

// connect opens the database that is measured with, for what the bench itself asks for.
func connect(ctx context.Context, url string) (*sql.DB, error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, db.PingContext(ctx)
}

// compared is about how many orgs the responses are compared.
const compared = 3

// measure compares the responses of all servers, and then loads them in turn.
func (b *bench) measure(ctx context.Context, l workload.Load) error {
	r := result{load: l}
	var asked []*server
	var requests [][][]*request
	for _, s := range b.servers {
		of, err := b.requests(s, l)
		if err != nil {
			return err
		}
		if of != nil {
			asked, requests = append(asked, s), append(requests, of)
			r.scores = append(r.scores, score{server: s.name})
		}
	}
	if err := b.alike(ctx, l, asked, &r); err != nil {
		return err
	}
	for i, s := range asked {
		if _, err := drive(ctx, s, requests[i], b.warm); err != nil {
			return fmt.Errorf("warm %s up: %w; its log ends:\n%s", s.name, err, s.said())
		}
	}
	for round := range b.rounds {
		for n := range asked {
			i := (n + round) % len(asked) // nobody always comes after the same one
			if err := b.once(ctx, l, asked[i], requests[i], &r.scores[i]); err != nil {
				return fmt.Errorf("load %s: %w; its log ends:\n%s", asked[i].name, err, asked[i].said())
			}
		}
	}
	b.results = append(b.results, r)
	fmt.Print("\n", r.table())
	return nil
}

// longer is how many times as long what writes is measured: a request of it takes longer.
const longer = 2

// once loads a server for a while, and adds to its score.
func (b *bench) once(ctx context.Context, l workload.Load, s *server, requests [][]*request, sc *score) error {
	how := b.slice
	if l.Writes { // nothing else clears up what was overwritten
		how *= longer
		if _, err := b.db.ExecContext(ctx, "VACUUM sub_accounts, orders, creator_days, product_days"); err != nil {
			return err
		}
	}
	postmaster, err := b.postmaster(ctx)
	if err != nil {
		return err
	}
	before, err := computed(s.process)
	if err != nil {
		return err
	}
	databaseBefore, err := computedByChildren(postmaster)
	if err != nil {
		return err
	}
	done, err := drive(ctx, s, requests, how)
	if err != nil {
		return err
	}
	after, err := computed(s.process)
	if err != nil {
		return err
	}
	databaseAfter, err := computedByChildren(postmaster)
	if err != nil {
		return err
	}
	memory, err := resident(s.process)
	if err != nil {
		return err
	}
	n := time.Duration(len(done.latencies))
	sc.rates = append(sc.rates, float64(n)/done.took.Seconds())
	sc.latencies = append(sc.latencies, done.latencies...)
	sc.computed = append(sc.computed, (after-before)/n)
	sc.database = append(sc.database, grown(databaseBefore, databaseAfter)/n)
	sc.resident = max(sc.resident, memory)
	return nil
}

// postmaster returns the process that starts PostgreSQL's others.
func (b *bench) postmaster(ctx context.Context) (int, error) {
	var backend int
	if err := b.db.QueryRowContext(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
		return 0, err
	}
	return parent(backend)
}

// alike tells where the servers do not answer, or do, the same.
func (b *bench) alike(ctx context.Context, l workload.Load, asked []*server, r *result) error {
	for _, o := range b.orgs[:compared] {
		var first, firstDone any
		for i, s := range asked {
			request, err := newRequest(s, l, o)
			if err != nil {
				return err
			}
			answer, size, err := s.answer(request)
			if err != nil {
				return fmt.Errorf("ask %s: %w; its log ends:\n%s", s.name, err, s.said())
			}
			var done any
			if l.Writes {
				if done, err = b.done(ctx, l, o); err != nil {
					return fmt.Errorf("look at what %s did: %w", s.name, err)
				}
			}
			if i == 0 {
				first, firstDone, r.bytes = answer, done, size
				continue
			}
			if wrong := differ("data", first, answer); wrong != "" {
				return fmt.Errorf("%s and %s answer differently: %s", asked[0].name, s.name, wrong)
			}
			if wrong := differ("record", firstDone, done); wrong != "" {
				return fmt.Errorf("%s and %s do different things: %s", asked[0].name, s.name, wrong)
			}
		}
	}
	return nil
}

// answer asks once.
func (s *server) answer(r *request) (answer any, size int, err error) {
	c, err := dial(s.addr)
	if err != nil {
		return nil, 0, err
	}
	defer c.conn.Close() //nolint:errcheck // it was read from
	body, err := c.do(r.next())
	if err != nil {
		return nil, 0, err
	}
	answer, err = data(body)
	if err == nil && s.shape != nil {
		answer = s.shape(answer)
	}
	return answer, len(body), err
}

// middle returns the median of values.
func middle[T ~int64 | ~float64](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// percentile returns the latency that so many of a hundred requests stay below.
func percentile(latencies []time.Duration, of int) time.Duration {
	if len(latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(latencies))
	return sorted[min(len(sorted)-1, len(sorted)*of/100)]
}

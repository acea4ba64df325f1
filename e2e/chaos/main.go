// Command chaos shows that no acknowledged mutation is lost and none is applied twice, whatever happens to PostgreSQL,
// to the way there and to servers. Two servers share one durable PostgreSQL, which they reach through toxiproxy, while
// 40 clients write, each mutation under a key and with a name of its own, and ask again when they get no response. In
// the end what was acknowledged, what is on record and what is in the tables must be the same.
//
// Then it lets a shim between clients and servers acknowledge what it does not pass on, and apply mutations twice, and
// fails unless the check finds both.
//
//	make chaos
//
// It ends by itself within two minutes, and with an error when something is wrong.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"os/signal"
	"slices"
	"time"

	"deputy/e2e/cluster"
	"deputy/internal/store/pgtest"
)

// proxies are toxiproxy's, one for each server.
var proxies = []string{"first", "second"} //nolint:gochecknoglobals // constant

func main() {
	length := flag.Duration("for", 50*time.Second, "how long faults are done, each once at least")
	within := flag.Duration("within", 2*time.Second, "how much longer than without a fault it may take until all "+
		"clients are served again after one")
	seed := flag.Uint64("seed", rand.Uint64(), "what the clients' choices begin with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	c := &chaos{out: os.Stdout, seed: *seed, length: *length, within: *within, client: cluster.NewClient(30 * time.Second)}
	if err := errors.Join(c.run(ctx), c.close()); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be released
	}
}

// chaos is all that runs.
type chaos struct {
	out            io.Writer
	seed           uint64
	length, within time.Duration
	client         cluster.Client

	folder   string
	postgres *pgtest.Server
	proxy    *toxiproxy
	servers  []*cluster.Server
	db       *sql.DB
	phase    int
	kills    int
}

func (c *chaos) printf(format string, args ...any) { fmt.Fprintf(c.out, format, args...) }

// run does all phases, and fails when something is wrong.
func (c *chaos) run(ctx context.Context) error {
	began := time.Now()
	if err := c.build(ctx); err != nil {
		return err
	}
	c.printf("two servers, one PostgreSQL, seed %d; ready after %.1f s\n\n", c.seed, time.Since(began).Seconds())
	err := errors.Join(
		c.underFaults(ctx),
		c.planted(ctx, "acknowledge before commit", lost, func(s *shim) { s.early = true }),
		c.planted(ctx, "apply twice", doubled, func(s *shim) { s.twice = true }),
	)
	c.printf("\nended after %.1f s\n", time.Since(began).Seconds())
	return err
}

// build starts everything.
func (c *chaos) build(ctx context.Context) (err error) {
	if c.folder, err = os.MkdirTemp("", "deputy-chaos-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	var binary, toxic string
	builds := []func() error{
		func() (err error) { binary, err = cluster.Build(ctx, c.folder); return err },
		func() (err error) { toxic, err = buildToxiproxy(ctx, c.folder); return err },
		func() (err error) {
			c.postgres, err = pgtest.Start(ctx, pgtest.Options{Durable: true})
			return err
		},
	}
	if err := together(len(builds), func(i int) error { return builds[i]() }); err != nil {
		return err
	}
	database, _, err := pgtest.Create(ctx, c.postgres.AdminURL(), "template0")
	if err != nil {
		return err
	}
	if c.db, err = sql.Open("postgres", database); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	if c.proxy, err = startToxiproxy(ctx, toxic); err != nil {
		return err
	}
	c.servers = make([]*cluster.Server, len(proxies))
	return together(len(proxies), func(i int) error {
		through, err := url.Parse(database)
		if err != nil {
			return fmt.Errorf("read the database's address: %w", err)
		}
		if through.Host, err = c.proxy.through(ctx, proxies[i], through.Host); err != nil {
			return err
		}
		c.servers[i], err = cluster.Start(ctx, cluster.Launch{Binary: binary, DatabaseURL: through.String(), Dir: c.folder})
		return err
	})
}

// close ends everything.
func (c *chaos) close() (err error) {
	for _, s := range c.servers {
		if s != nil {
			err = errors.Join(err, s.Kill())
		}
	}
	if c.proxy != nil {
		c.proxy.stop()
	}
	if c.db != nil {
		err = errors.Join(err, c.db.Close())
	}
	if c.postgres != nil {
		err = errors.Join(err, c.postgres.Stop())
	}
	return errors.Join(err, os.RemoveAll(c.folder))
}

// underFaults lets 40 clients write while faults are done in turn.
func (c *chaos) underFaults(ctx context.Context) error {
	crowd, err := c.newCrowd(ctx, 8, 40, []string{c.servers[0].URL(), c.servers[1].URL()})
	if err != nil {
		return err
	}
	began := time.Now()
	crowd.start(ctx)
	c.printf("  %-34s %8s   %22s\n  %-34s %8s   %9s  %9s\n", "fault", "lasted", "then served again", "", "", "half", "all")
	outages, err := c.disturb(ctx, crowd, began.Add(c.length))
	crowd.end()
	if err != nil {
		return err
	}
	changes, failures, slowest := crowd.tally()
	c.printf("\n%d mutations acknowledged to %d clients in %.0f s, the slowest after %.1f s;", changes, len(crowd.writers),
		time.Since(began).Seconds(), slowest.Seconds())
	for _, how := range slices.Sorted(maps.Keys(failures)) {
		c.printf(" %q %d times", how, failures[how])
	}
	found, err := check(ctx, c.db, crowd)
	if err != nil {
		return err
	}
	c.printf("\nlost, applied twice, on record without a change, changed without a record: %d findings\n\n", len(found))
	for _, f := range found[:min(len(found), 20)] {
		err = errors.Join(err, fmt.Errorf("%s: %s", f.kind, f.text))
	}
	for _, o := range outages[1:] {
		if longer := o.all - outages[0].all; longer > c.within {
			err = errors.Join(err, fmt.Errorf("%s: all clients were served again %s later than without a fault", o.name,
				longer.Round(time.Millisecond)))
		}
	}
	return err
}

// planted lets a shim do something wrong, and fails unless the check finds it.
func (c *chaos) planted(ctx context.Context, name string, want kind, spoil func(*shim)) error {
	var urls []string
	var shims []*shim
	for _, server := range c.servers {
		s := &shim{server: server}
		spoil(s)
		front := s.serve()
		defer front.Close()
		urls, shims = append(urls, front.URL), append(shims, s)
	}
	crowd, err := c.newCrowd(ctx, 2, 8, urls)
	if err != nil {
		return err
	}
	crowd.start(ctx)
	wait(ctx, calmTime)
	crowd.end()
	found, err := check(ctx, c.db, crowd)
	if err != nil {
		return err
	}
	caught, done := 0, 0
	for _, f := range found {
		if f.kind == want {
			caught++
		}
	}
	for _, s := range shims {
		done += s.bad
	}
	c.printf("planted: %s, %d times: %d findings %q\n", name, done, caught, want)
	if caught == 0 {
		return fmt.Errorf("%s was done %d times and not found", name, done)
	}
	return nil
}

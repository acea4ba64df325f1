// Command crowd shows that nobody waits for somebody else's requests: over twelve connections one account asks for the
// dearest things that it may ask for, of an org with 100,000 orders, while the owner of another org reads a name again
// and again, and looks through a console. It does so on SQLite and on PostgreSQL with ten connections.
//
//	make crowd
//
// It fails when a request of the other owner is not answered, when the slowest of a hundred of the names takes longer
// than -within, or when the server is not ready meanwhile. It takes about two minutes, on a machine that does nothing
// else.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"deputy/e2e/cluster"
	"deputy/internal/store/pgtest"
)

type options struct {
	orders, connections int
	each, within        time.Duration
	binary, only        string
}

func main() {
	var o options
	flag.IntVar(&o.orders, "orders", 100_000, "how many orders the org has that is asked about")
	flag.IntVar(&o.connections, "connections", 12, "how many connections the one account asks over")
	flag.DurationVar(&o.each, "each", 5*time.Second, "how long each thing is asked for")
	flag.DurationVar(&o.within, "within", 250*time.Millisecond,
		"how long the slowest of a hundred requests of the other owner may take")
	flag.StringVar(&o.binary, "deputy", "", "Deputy's binary; built when empty")
	flag.StringVar(&o.only, "only", "", "the things that are asked for, separated by commas; all when empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := o.run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "crowd:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be released
	}
}

func (o options) run(ctx context.Context, out io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "deputy-crowd-")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if o.binary == "" {
		if o.binary, err = cluster.Build(ctx, folder); err != nil {
			return err
		}
	} else if o.binary, err = filepath.Abs(o.binary); err != nil {
		return err
	}
	postgres, err := pgtest.Start(ctx, pgtest.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, postgres.Stop()) }()
	var bad error
	for _, d := range []struct{ name, url string }{
		{"SQLite", filepath.Join(folder, "deputy.db")},
		{"PostgreSQL", postgres.AdminURL()},
	} {
		fmt.Fprintf(out, "### %s\n| asked for | answered | refused | p50 | p99 | slowest | requests | errors | not ready "+
			"|\n|---|---|---|---|---|---|---|---|---|\n", d.name)
		if err := o.on(ctx, out, folder, d.url); err != nil {
			bad = errors.Join(bad, fmt.Errorf("%s: %w", d.name, err))
		}
	}
	return bad
}

// on asks for everything on one database.
func (o options) on(ctx context.Context, out io.Writer, folder, url string) (err error) {
	for _, command := range [][]string{{"migrate"}, {"demo", "--orgs", "2", "--orders", fmt.Sprint(o.orders)}} {
		fill := exec.CommandContext(ctx, o.binary, command...)
		fill.Dir = folder
		fill.Env = []string{
			"PATH=" + os.Getenv("PATH"), "DATABASE_URL=" + url,
			"DEPUTY_SECRET=one secret for all servers of a cluster",
		}
		if said, err := fill.CombinedOutput(); err != nil {
			return fmt.Errorf("fill the database: %w\n%s", err, said)
		}
	}
	server, err := cluster.Start(ctx, cluster.Launch{
		Binary: o.binary, DatabaseURL: url, Dir: folder,
		Env: []string{"DATABASE_CONNS=10"},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	c := &crowd{options: o, server: server, client: cluster.NewClient(time.Minute)}
	if c.greedy, err = c.person(ctx, "13700000000"); err != nil {
		return err
	}
	if c.other, err = c.person(ctx, "13700000001"); err != nil {
		return err
	}
	for _, t := range things() {
		if o.only != "" && !strings.Contains(","+o.only+",", ","+t.name+",") {
			continue
		}
		row, failed := c.ask(ctx, t)
		fmt.Fprintln(out, row)
		err = errors.Join(err, failed)
	}
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, strings.Join(server.Log(), "\n"))
	}
	return err
}

// person is somebody who owns an org.
type person struct{ token, orgID string }

func (c *crowd) person(ctx context.Context, phone string) (p person, err error) {
	if p.token, err = c.client.SignIn(ctx, c.server, phone); err != nil {
		return p, err
	}
	a, err := c.client.Do(ctx, c.server, p.token, "", `{ viewer { ownedOrg { id } } }`, nil)
	p.orgID = a.Text("viewer.ownedOrg.id")
	return p, err
}

// Command run measures Deputy beside a hand-written reference and other GraphQL servers, on one PostgreSQL that it
// starts and fills:
//
//	make bench
//	go run ./bench/run -only nested20x10,point -servers deputy,mercurius -rounds 5
//
// It refuses to measure servers that do not answer the same.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"deputy/bench/fill"
	"deputy/bench/workload"
	"deputy/internal/store/pgtest"
)

// options are what can be told on the command line.
type options struct {
	deputy, peers, out     string
	only, servers          string
	rounds                 int
	slice, warm            time.Duration
	collector, memoryLimit string
	events                 int
	orders, long, figures  int
	sized                  int
	tls                    bool
}

func main() {
	var o options
	flag.StringVar(&o.deputy, "deputy", "bin/deputy", "Deputy's binary")
	flag.StringVar(&o.peers, "peers", "bench/peers", "folder of the other servers")
	flag.StringVar(&o.out, "out", "", "file to write the results to, beside the terminal, when everything is measured")
	flag.StringVar(&o.only, "only", "", "workloads, separated by commas; all when empty")
	flag.StringVar(&o.servers, "servers", "", "servers, separated by commas; all when empty")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each server is measured with each workload")
	flag.DurationVar(&o.slice, "slice", 1500*time.Millisecond, "how long each time")
	flag.DurationVar(&o.warm, "warm", time.Second, "how long each server runs a workload before it is measured")
	flag.StringVar(&o.collector, "gogc", "300", "GOGC of both Go servers")
	flag.BoolVar(&o.tls, "tls", false, "reach PostgreSQL over TLS; for -servers deputy, since the others ask for a "+
		"certificate that they know")
	flag.StringVar(&o.memoryLimit, "gomemlimit", "80MiB", "GOMEMLIMIT of both Go servers")
	flag.IntVar(&o.events, "events", fill.Standard().Events,
		"how many audit events to fill in; results are told for the default")
	flag.IntVar(&o.orders, "orders", 100_000, "how many orders import brings")
	flag.IntVar(&o.long, "long", 0, "how many orders import brings once more, in a longer file; none for 0")
	flag.IntVar(&o.figures, "figures", 1_000_000, "how many orders figures adds up")
	flag.IntVar(&o.sized, "sizes", 1_000_000, "how many orders sizes imports, which is measured when it is named alone")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be released
	}
}

// apart are what is measured on databases of their own, by their names. What is to be named is left out otherwise.
var apart = []struct {
	name    string
	named   bool
	measure func(o options, ctx context.Context, folder string) (report string, err error)
}{{"import", false, options.imports}, {"figures", false, options.rollups}, {"sizes", true, options.sizes}}

func run(ctx context.Context, o options) (err error) {
	temporary, err := os.MkdirTemp("", "deputy-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	wanted, report := strings.Split(o.only, ","), ""
	for _, a := range apart {
		if o.only == "" && a.named || o.only != "" && !slices.Contains(wanted, a.name) || o.servers != "" {
			continue
		}
		folder := filepath.Join(temporary, a.name)
		if err := os.Mkdir(folder, 0o755); err != nil { //nolint:gosec // the account of PostgreSQL reads it
			return err
		}
		part, err := a.measure(o, ctx, folder)
		if err := errors.Join(err, os.RemoveAll(folder)); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		report += part
		wanted = slices.DeleteFunc(wanted, func(name string) bool { return name == a.name })
	}
	if len(wanted) == 0 {
		return nil
	}
	return o.compare(ctx, strings.Join(wanted, ","), temporary, report)
}

// compare measures Deputy beside the other servers, with the workloads of these names, or all.
func (o options) compare(ctx context.Context, names, temporary, apart string) (err error) {
	loads, err := chosen(names)
	if err != nil {
		return err
	}
	postgres, err := pgtest.Start(ctx, pgtest.Options{MaxConnections: 150, Settings: map[string]string{
		"shared_buffers": "512MB", "maintenance_work_mem": "256MB", "max_wal_size": "8GB", "autovacuum": "off", "jit": "off",
	}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, postgres.Stop()) }()
	db, err := connect(ctx, postgres.AdminURL())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	begun := time.Now()
	size := fill.Standard()
	size.Events = o.events
	orgs, err := fill.Fill(ctx, postgres.AdminURL(), size)
	if err != nil {
		return err
	}
	fmt.Printf("filled in %s\n", time.Since(begun).Round(time.Second))
	address := postgres.AdminURL()
	if o.tls {
		if address, err = encrypted(ctx, db, address); err != nil {
			return err
		}
	}
	servers, stop, err := o.start(ctx, address, temporary)
	defer func() { err = errors.Join(err, stop()) }()
	if err != nil {
		return err
	}
	b := &bench{options: o, db: db, orgs: orgs, servers: servers}
	for _, load := range loads {
		if err := b.measure(ctx, load); err != nil {
			return fmt.Errorf("%s: %w", load.Name, err)
		}
	}
	if o.out == "" || o.only != "" || o.servers != "" || size != fill.Standard() {
		return nil
	}
	report, err := b.report(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Clean(o.out), []byte(report+apart), 0o644) //nolint:gosec // everybody may read it
}

// chosen returns the workloads of these names, or all.
func chosen(names string) ([]workload.Load, error) {
	all := workload.All()
	if names == "" {
		return all, nil
	}
	wanted := strings.Split(names, ",")
	left := slices.DeleteFunc(all, func(l workload.Load) bool { return !slices.Contains(wanted, l.Name) })
	if len(left) != len(wanted) {
		return nil, fmt.Errorf("%s: not all of them are workloads", names)
	}
	return left, nil
}

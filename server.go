// Command deputy is the account server of an agency: GraphQL over HTTP, on SQLite or PostgreSQL.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"

	"deputy/console"
	"deputy/graph"
	"deputy/internal/agency"
	"deputy/internal/backoffice"
	"deputy/internal/bounds"
	"deputy/internal/config"
	"deputy/internal/crash"
	"deputy/internal/demo"
	"deputy/internal/download"
	"deputy/internal/feed"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
	"deputy/internal/metrics"
	"deputy/internal/orderfile"
	"deputy/internal/page"
	"deputy/internal/signin"
	"deputy/internal/start"
	"deputy/internal/store"
	"deputy/internal/traces"
	"deputy/internal/traces/otlp"
	"deputy/internal/viewer"
	"deputy/internal/web"
	"deputy/packages"
	"deputy/playground"
)

func main() {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	cfg, err := config.Parse(os.Args[1:], os.Environ(), os.Stdout)
	switch {
	case err != nil:
	case cfg.Version:
		_, err = fmt.Println(config.Version())
	default:
		debug.SetGCPercent(cfg.GCPercent)
		err = run(ctx, cfg)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			fmt.Fprintln(os.Stderr, "deputy:", line)
		}
		os.Exit(start.Status(err)) //nolint:gocritic // nothing is left to be released
	}
}

// importGC is the maximum growth of an import's heap between garbage collections, in percent.
const importGC = 50

// importing returns the import that the command line describes.
func importing(cfg config.Config) orderfile.Import {
	return orderfile.Import{
		Rows: cfg.ImportRows, File: cfg.ImportFile, OrgID: cfg.ImportOrg, Encoding: cfg.ImportEncoding, Map: cfg.ImportMap,
		As: cfg.ImportAs, Creator: cfg.ImportCreator, PaidAt: cfg.ImportPaidAt, Password: cfg.ImportPassword,
		Ask: start.AskPassword, By: start.Person(), DryRun: cfg.DryRun, Out: os.Stdout,
	}
}

// operations returns the manifest of the console, where it is served.
func operations(cfg config.Config) []byte {
	if cfg.Console != "on" {
		return nil
	}
	return console.Operations()
}

// run opens the database, serves until ctx ends, and closes it.
func run(ctx context.Context, cfg config.Config) (err error) {
	if cfg.Command == "backup" { // beside the server that holds the database
		return store.Backup(ctx, cfg.DatabaseURL, cfg.BackupFile, cfg.Secret != "")
	}
	if cfg.ImportReports {
		return orderfile.DescribeReports(os.Stdout)
	}
	if cfg.Command == "import" && cfg.Explain {
		return importing(cfg).Explain(os.Stdout)
	}
	if cfg.Command == "check" {
		return start.Check(ctx, os.Stdout, cfg, func(file string) error {
			_, err := bounds.ReadOperations(file, operations(cfg), gqlserve.Served())
			return err
		})
	}
	log := slog.New(traces.Logger(cfg.LogHandler(os.Stderr)))
	slog.SetDefault(log) // for code without a logger of its own, such as libraries
	for _, warning := range cfg.Warnings {
		log.Warn("settings", "warning", warning)
	}
	// Everything that settings name is checked before anything is created on disk.
	sender, noSender := cfg.Sender(log)
	documents, noDocuments := bounds.ReadOperations(cfg.Operations, operations(cfg), gqlserve.Served())
	tracing, noTraces := otlp.Open(ctx, cfg.Traces, config.Release(), log)
	if err := errors.Join(noSender, noDocuments, noTraces); err != nil {
		return start.Wrong(err)
	}
	defer tracing.Close()
	var listener, watcher net.Listener
	if cfg.Command == "serve" {
		if listener, err = start.Listen(ctx, "DEPUTY_ADDR", cfg.Addr); err != nil {
			return err
		}
		defer listener.Close() //nolint:errcheck // it is closed when the server ends
	}
	if cfg.Command == "serve" && cfg.MetricsAddr != "" {
		if watcher, err = start.Listen(ctx, "DEPUTY_METRICS_ADDR", cfg.MetricsAddr); err != nil {
			return err
		}
		defer watcher.Close() //nolint:errcheck // it is closed when the server ends
	}
	db, err := start.Open(ctx, log, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if cfg.Command == "migrate" {
		return nil
	}
	if err := db.Attend(ctx, log); err != nil {
		return err
	}
	now := db.Clock().Now
	office := &backoffice.Office{Now: now}
	if cfg.Command == "sessions" {
		sessions, codes, tokens, err := (&signin.Service{Store: db, Now: now, Log: log}).EndAll(ctx)
		if err == nil {
			_, err = fmt.Fprintf(os.Stdout, "ended %d sessions, %d codes and %d API tokens\n", sessions, codes, tokens)
		}
		return err
	}
	if cfg.Command == "figures" {
		return backoffice.Mending{Store: db, OrgID: cfg.FiguresOrg, Now: now, Out: os.Stdout}.Run(ctx)
	}
	if cfg.Command == "import" {
		debug.SetGCPercent(min(cfg.GCPercent, importGC)) // a file may have a million rows
		file := importing(cfg)
		file.Store, file.Office, file.Now = db, office, now
		return file.Run(ctx)
	}
	secret, err := cfg.ReadSecret()
	if err != nil {
		return err
	}
	cache, news := &viewer.Cache{Now: now, Trusted: db.Listening}, &feed.Feed{}
	identity := &signin.Service{
		Store: db.SharedWrites(bounds.Asks), Cache: cache, Sender: sender, Secret: secret,
		Now: now, Random: rand.Reader, Countries: cfg.Countries, Limits: cfg.Limits(),
		Hasher: signin.NewHasher(signin.StandardWork(), 0, rand.Reader), Log: log,
	}
	business := &agency.Agency{
		Now: now, Random: rand.Reader, SignupClosed: cfg.Signup == "closed", BudgetRows: cfg.CostBudget,
		BudgetRefill: cfg.CostRefill,
	}
	filler := &demo.Demo{Store: db, Agency: business, Office: office, Identity: identity, Now: now}
	if cfg.Command == "demo" {
		return filler.Load(ctx, os.Stdout, demo.Size{Orgs: cfg.LoadOrgs, Orders: cfg.LoadOrders, Force: cfg.Force})
	}
	peers, err := db.Join(ctx, secret)
	if err != nil {
		return err
	}
	defer peers.Close()
	meter := metrics.New(cfg.MetricsAddr)
	budget := bounds.NewBudget(cfg.CostBudget, cfg.CostRefill, now)
	resolver := &graph.Resolver{
		Budget: budget, Store: db.Confined(graph.Tenant).Shared(bounds.Asks),
		Cursors: page.NewSigner(secret), Links: download.NewSigner(secret), Identity: identity, Agency: business,
		Office: office, Feed: news, Now: now, Log: log, Metrics: meter,
	}
	schema := graph.NewSchema(resolver)
	crashes := &crash.Reporter{Log: log}
	errs := gqlserve.Errors{Log: log, Crashes: crashes, Metrics: meter, Away: db.Met}
	db.OnChange(func(c store.Change) { cache.Forget(c.Orgs, c.Accounts, c.Everybody); news.Notify(c) })
	db.Follow(news.Followed)
	streams := &gqlserve.Streams{
		Errors: errs, Identity: identity, Feed: news, Log: log, MaxStreams: cfg.Streams,
		MaxOperations: cfg.Subscriptions,
	}
	defer streams.Close()
	meter.Watch(db, cache, streams.Open)
	health := &web.Health{Ready: db.Ready, Listening: db.Listening, Log: log}
	door := web.Identity{
		Viewer: identity.Viewer, Cookie: graph.CookieName, Lang: lang.Of, Broken: errs.Broken,
		Turns: &web.Turns{},
	}
	limits := bounds.Limits{Documents: documents, Cost: cfg.CostLimit, Budget: budget, There: resolver.There}
	mux := http.NewServeMux()
	mux.Handle("/graphql", door.Wrap(gqlserve.NewHandler(schema, errs, limits, graph.Around(),
		gqlserve.WebSocket{Streams: streams}, gqlserve.EventStream{Streams: streams})))
	mux.Handle("GET "+graph.DownloadPath, door.Wrap(http.HandlerFunc(resolver.ServeDownloads)))
	mux.Handle("GET /schema.graphql", gqlserve.ServeSDL(schema.Schema()))
	mux.Handle("GET /permissions.json", graph.ServePermissions())
	packages.Register(mux)
	home := "/graphql"        // which describes itself
	if !documents.Trusted() { // the playground needs free documents
		playground.Register(mux)
		home = playground.Path
	}
	if cfg.Console == "on" {
		console.Register(mux)
		home = console.Path
	}
	mux.Handle("GET /{$}", http.RedirectHandler(home, http.StatusFound))
	health.Register(mux)

	meter.Serve(ctx, log, watcher)
	if cfg.Demo {
		err = filler.Start(ctx, os.Stdout, demo.Place{
			Base: "http://" + listener.Addr().String(), Console: cfg.Console == "on", Trusted: documents.Trusted(),
		})
	}
	if err != nil {
		return err
	}
	settle := func() {
		if err := identity.Settle(ctx); err != nil && ctx.Err() == nil {
			log.Warn("settle", "error", err)
		}
	}
	settle()
	db.Clock().OnBack(settle)
	crashes.Keep(ctx, identity.SweepHourly)
	crashes.Keep(ctx, func(ctx context.Context) { db.Listen(ctx, log) })
	crashes.Keep(ctx, func(ctx context.Context) { peers.Watch(ctx, log) })
	log.Info("listening", "address", listener.Addr().String(), "database", db.Dialect())
	return web.Server{Health: health, OnStop: streams.Close, Log: log}.Serve(ctx, listener,
		web.Chain{
			Log: log, Crashes: crashes, Proxies: cfg.TrustedProxies, Origins: cfg.Origins, Guests: cfg.Demo,
			Tracer: tracing.Tracer(), Lang: lang.Of,
		}.Wrap(mux))
}

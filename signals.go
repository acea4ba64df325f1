package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"deputy/internal/crash"
)

// untilSignal returns a context that ends with the first order to stop: SIGTERM, SIGINT or SIGHUP, which is what a
// terminal that is closed sends, unless whoever started us has us ignore it (nohup). A second one ends the process at
// once. A log that nobody reads any more (SIGPIPE) ends nothing.
func untilSignal(ctx context.Context) (_ context.Context, stop func()) {
	signal.Ignore(syscall.SIGPIPE)
	orders := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		orders = append(orders, syscall.SIGHUP)
	}
	received := make(chan os.Signal, 1)
	signal.Notify(received, orders...)
	ctx, cancel := context.WithCancel(ctx)
	crash.Start(func() {
		select {
		case <-received:
		case <-ctx.Done():
		}
		signal.Stop(received) // from here on signals do what they do without us, before anybody can see that we stop
		cancel()
	})
	return ctx, cancel
}

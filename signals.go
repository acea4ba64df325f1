package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"deputy/internal/crash"
)

// untilSignal returns a context that ends with the first SIGTERM, SIGINT or SIGHUP. SIGHUP, which a closed terminal
// sends, is ignored if the parent process ignores it (nohup). A second signal ends the process at once. SIGPIPE is
// ignored, so that the server survives a log that nobody reads any more.
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
		signal.Stop(received) // restores the default action of signals, before anybody can see that the server stops
		cancel()
	})
	return ctx, cancel
}

// Command failover stages the loss of a PostgreSQL primary: a streaming standby is promoted while clients write through
// two servers that know both hosts, and every change that was acknowledged is looked for afterwards.
//
//	go run ./deploy/failover
//
// It starts PostgreSQL from the installed binaries, or those of npm, and takes nothing but loopback ports and a
// temporary folder. It prints how many changes were lost, how many were made twice, and for how long nobody could
// write; it ends with 1 when something was lost or made twice. Compiling the server aside, a run is over within 90
// seconds.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	options := Options{}
	flag.IntVar(&options.Clients, "clients", 16, "clients that write at the same time")
	flag.IntVar(&options.Changes, "changes", 200,
		"changes to acknowledge before the primary is lost, and again afterwards")
	flag.StringVar(&options.Binary, "deputy", "", "the server's program; compiled when empty")
	flag.BoolVar(&options.Lag, "lag", false, "acknowledge without the standby, and let it fall behind: what "+
		"asynchronous replication loses")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	result, err := Stage(ctx, options, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "failover:", err)
		os.Exit(1) //nolint:gocritic // nothing is left to be released
	}
	fmt.Println(result)
	if !result.Good() {
		os.Exit(1)
	}
}

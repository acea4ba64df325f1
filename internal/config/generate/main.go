// Command generate writes what is made from the table of settings: the table of docs/configuration.md, and
// deploy/env.example. It runs in internal/config.
package main

import (
	"fmt"
	"os"

	"deputy/internal/config"
)

func main() {
	for _, write := range []func(string) error{config.WriteTable, config.WriteExample} {
		if err := write("../.."); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

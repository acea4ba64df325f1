package pgtest_test

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		return // PostgreSQL is for make test
	}
	os.Exit(m.Run())
}

package bounds_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"deputy/internal/bounds"
	"deputy/internal/gqlserve"
)

//nolint:gochecknoglobals // flags are
var updateLimits = flag.Bool("update-limits", false, "write the table of limits into docs/api.md")

const (
	limitsBegin = "<!-- limits: made by go test ./internal/bounds -run TestTheDocumentsHaveTheLimits -update-limits -->\n"
	limitsEnd   = "<!-- end of limits -->\n"
)

// TestTheDocumentsHaveTheLimits as they are in the code.
func TestTheDocumentsHaveTheLimits(t *testing.T) {
	t.Parallel()
	const file = "../../docs/api.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begun := strings.Cut(string(text), limitsBegin)
	table, after, ended := strings.Cut(rest, limitsEnd)
	if !begun || !ended {
		t.Fatal("docs/api.md has no place for the limits")
	}
	want := bounds.LimitsTable(gqlserve.DefaultMaxBody, gqlserve.DefaultStreams, gqlserve.DefaultOperations)
	if *updateLimits {
		if err := os.WriteFile(file, []byte(before+limitsBegin+want+limitsEnd+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != want {
		t.Errorf("the table of limits in %s is not that of the code: %s", file, strings.TrimSpace(limitsBegin))
	}
}

package graph_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"deputy/internal/gqlserve"
)

var update = flag.Bool("update", false, "write released.graphqls, which a release does")

// descriptionBlocks are in the way of whoever plants a change.
var descriptionBlocks = regexp.MustCompile(`(?s) *"""\n.*?"""\n`)

// TestBreakingChangesAreAnnounced compares the schema with that of the last release, released.graphqls: whatever breaks
// clients is named, by its coordinate, under Breaking of Unreleased in CHANGELOG.md.
func TestBreakingChangesAreAnnounced(t *testing.T) {
	t.Parallel()
	now := gqlserve.SDL(served())
	if *update {
		if err := os.WriteFile("released.graphqls", []byte(now), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	released, err := os.ReadFile("released.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	changelog, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range unannounced(t, string(released), release{now, string(changelog)})[0] {
		t.Errorf("%s, which breaks clients: keep it, or name `%s` under Breaking of Unreleased in CHANGELOG.md",
			change.Message, change.Coordinate)
	}
}

// TestUnannouncedBreaksAreSeen plants changes in the schema.
func TestUnannouncedBreaksAreSeen(t *testing.T) {
	t.Parallel()
	before := descriptionBlocks.ReplaceAllString(gqlserve.SDL(served()), "")
	const order = "type Order implements Node @inModule(module: ORDERS) {"
	tests := []struct {
		name, old, new string
		breaks         string // the coordinate
	}{
		{"nothing", "", "", ""},
		{"a field is gone", "\n  number: String!\n", "\n", "Order.number"},
		{"a field may be null", "\n  number: String!\n", "\n  number: String\n", "Order.number"},
		{"a field is of another type", "\n  number: String!\n", "\n  number: ID!\n", "Order.number"},
		{"a value is gone", "\n  REFUNDED\n", "\n", "OrderStatus.REFUNDED"},
		{"an argument is gone", "\n    orderBy: OrderOrder\n", "\n", "Org.orders(orderBy:)"},
		{"an argument is required", "\n    orderBy: OrderOrder\n", "\n    orderBy: OrderOrder!\n", "Org.orders(orderBy:)"},
		{
			"a required argument is new", "\n    orderBy: OrderOrder\n", "\n    orderBy: OrderOrder\n    why: String!\n",
			"Org.orders(why:)",
		},
		{"a required member is new", "input CodeInput {", "input CodeInput {\n  why: String!\n", "CodeInput.why"},
		{"an input takes one of its members alone", "input RoleFilter {", "input RoleFilter @oneOf {", "RoleFilter"},
		{"an object is no node", "type Order implements Node", "type Order", "Order"},
		{
			"a scalar is none", "scalar Date @specifiedBy(url: \"https://www.rfc-editor.org/rfc/rfc3339#section-5.6\")\n",
			"enum Date {\n  TODAY\n}\n", "Date",
		},
		{"a mutation is gone", "\n  signOut: SignOutPayload @signedIn\n", "\n", "Mutation.signOut"},
		{
			"a directive is gone", "directive @public(\n", "directive @everybody(\n",
			"@public",
		},
		{"an argument of a directive is gone", "\n  action: Action = VIEW\n", "\n", "@hasModule(action:)"},

		{"a field is new", order, order + "\n  fee: Int64", ""},
		{"a value is new", "\n  REFUNDED\n", "\n  REFUNDED\n  LOST\n", ""},
		{
			"an argument that may be left out is new", "\n    orderBy: OrderOrder\n",
			"\n    orderBy: OrderOrder\n    why: String! = \"\"\n", "",
		},
		{"an argument may be left out", "\n    dateFrom: Date!\n", "\n    dateFrom: Date\n", ""},
		{"a field is deprecated", "\n  number: String!\n", "\n  number: String! @deprecated(reason: \"Use id.\")\n", ""},
		{"another description", order, "\"What was sold.\"\n" + order, ""},
		{"another rule", "\n  number: String!\n", "\n  number: String! @hasModule(module: ORDERS)\n", ""},
	}
	const section = "\n### Breaking\n- `Order.id` is not what it was"
	silent := "# Changelog\n\n## Unreleased\n\n### Removed\n- `Order.number`" + section +
		": not `Order.numbers`, number or Order.number\n\n### Fixed\n- `Order.number`\n\n## 1.0.0\n### Breaking\n- " +
		"`Order.number`\n"
	var releases []release
	for _, test := range tests {
		after := strings.Replace(before, test.old, test.new, 1)
		if test.name == "a directive is gone" {
			after = strings.NewReplacer(" @public\n", " @everybody\n", "Payload @public(", "Payload @everybody(").Replace(after)
		}
		if test.name == "an argument of a directive is gone" {
			for _, action := range []string{"VIEW", "EDIT", "EXPORT"} {
				after = strings.ReplaceAll(after, ", action: "+action, "")
			}
		}
		if after == before && test.old != "" {
			t.Fatalf("%s: nothing was planted", test.name)
		}
		announced := strings.Replace(silent, section, section+" nor `"+test.breaks+"`", 1)
		releases = append(releases, release{after, silent}, release{after, announced})
	}
	found := unannounced(t, before, releases...)
	for i, test := range tests {
		var coordinates []string
		for _, change := range found[2*i] {
			coordinates = append(coordinates, change.Coordinate)
		}
		if got := strings.Join(coordinates, " "); got != test.breaks {
			t.Errorf("%s: %q breaks clients, want %q", test.name, got, test.breaks)
		}
		if announced := found[2*i+1]; len(announced) > 0 {
			t.Errorf("%s: announced, and still refused: %v", test.name, announced)
		}
	}
}

// release is a schema and the changelog that comes with it.
type release struct {
	After     string `json:"after"`
	Changelog string `json:"changelog"`
}

// breaking is a change that breaks clients.
type breaking struct {
	Coordinate string `json:"coordinate"`
	Message    string `json:"message"`
}

// unannounced returns the breaking changes that the changelog of each schema does not name.
func unannounced(t *testing.T, before string, schemas ...release) [][]breaking {
	t.Helper()
	input, err := json.Marshal(map[string]any{"before": before, "schemas": schemas})
	if err != nil {
		t.Fatal(err)
	}
	inspector := exec.CommandContext(t.Context(), "node", "diff.mjs")
	inspector.Dir, inspector.Stdin, inspector.Stderr = packages(t, "schema"), bytes.NewReader(input), os.Stderr
	out, err := inspector.Output()
	if err != nil {
		t.Fatal(err)
	}
	var found [][]breaking
	if err := json.Unmarshal(out, &found); err != nil || len(found) != len(schemas) {
		t.Fatalf("%d answers for %d schemas: %v", len(found), len(schemas), err)
	}
	return found
}

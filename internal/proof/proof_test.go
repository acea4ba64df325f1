package proof_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"deputy/internal/proof"
)

// sources are the files of the real schema, by the names that the generator gives them.
type sources map[string]string

func realSchema(t *testing.T) sources {
	t.Helper()
	files, err := filepath.Glob("../../graph/schema/*.graphqls")
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	s := sources{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s["graph/schema/"+filepath.Base(file)] = string(text)
	}
	return s
}

// edit replaces the one place where the old text stands in the file.
func (s sources) edit(t *testing.T, file, was, is string) {
	t.Helper()
	file = "graph/schema/" + file
	if n := strings.Count(s[file], was); n != 1 {
		t.Fatalf("%q stands %d times in %s, not once", was, n, file)
	}
	s[file] = strings.Replace(s[file], was, is, 1)
}

// line returns the line of the one place where the text stands in the file.
func (s sources) line(t *testing.T, file, text string) int {
	t.Helper()
	whole := s["graph/schema/"+file]
	if n := strings.Count(whole, text); n != 1 {
		t.Fatalf("%q stands %d times in %s, not once", text, n, file)
	}
	return 1 + strings.Count(whole[:strings.Index(whole, text)], "\n")
}

func (s sources) load() (*ast.Schema, error) {
	var list []*ast.Source
	for name, text := range s {
		list = append(list, &ast.Source{Name: name, Input: text})
	}
	schema, err := gqlparser.LoadSchema(list...)
	if err != nil {
		return nil, err
	}
	return schema, nil
}

func (s sources) mustLoad(t *testing.T) *ast.Schema {
	t.Helper()
	schema, err := s.load()
	if err != nil {
		t.Fatalf("the edited schema is no valid GraphQL, so it shows nothing: %v", err)
	}
	return schema
}

func TestTheSchemaHasNoFault(t *testing.T) {
	for _, fault := range proof.Check(realSchema(t).mustLoad(t)) {
		t.Error(fault)
	}
}

func TestPlantedFaultsAreRefused(t *testing.T) {
	for _, c := range planted {
		t.Run(c.name, func(t *testing.T) {
			s := realSchema(t)
			for i := 0; i < len(c.edits); i += 3 {
				s.edit(t, c.edits[i], c.edits[i+1], c.edits[i+2])
			}
			file := c.edits[0]
			want := proof.Fault{Coordinate: c.coordinate, File: "graph/schema/" + file, Line: s.line(t, file, c.at)}
			faults := proof.Check(s.mustLoad(t))
			var got *proof.Fault
			for _, fault := range faults {
				if fault.Coordinate == want.Coordinate && strings.Contains(fault.Problem, c.problem) {
					got = &fault
				} else if !c.more {
					t.Errorf("nobody planted %s", fault)
				}
			}
			if got == nil {
				t.Fatalf("%s with %q is not among the faults: %v", c.coordinate, c.problem, faults)
			}
			if got.File != want.File || got.Line != want.Line {
				t.Errorf("found at %s:%d, planted at %s:%d", got.File, got.Line, want.File, want.Line)
			}
		})
	}
}

func TestFaultsComeInTheOrderOfTheirPlaces(t *testing.T) {
	s := realSchema(t)
	s.edit(t, "role.graphqls", "type Role implements Node @inModule(module: SUB_ACCOUNTS) {",
		"type Role implements Node {")
	s.edit(t, "node.graphqls", "  viewer: Viewer @public", "  viewer: Viewer")
	first := proof.Check(s.mustLoad(t))
	if len(first) < 5 {
		t.Fatalf("a type without a rule has a fault a field, got %v", first)
	}
	for i := 1; i < len(first); i++ {
		a, b := first[i-1], first[i]
		if a.File > b.File || a.File == b.File && a.Line > b.Line {
			t.Errorf("%s comes before %s", a, b)
		}
	}
	if got, want := first[0].String(), "graph/schema/node.graphqls:39: Query.viewer: no rule says who may ask: put "+
		"@public, @signedIn or @hasModule on it"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

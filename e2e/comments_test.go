package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// otherVerb finds a doc comment that begins with a verb in place of godoc's: a function returns, or reports whether.
var otherVerb = regexp.MustCompile(`^\S+ (answers?|tells? (whether|if)|says (whether|if)|responds whether)\b`)

// otherWord finds a word at the head of a doc comment that the glossary of CONTRIBUTING.md refuses.
var otherWord = regexp.MustCompile(`^[^\n]*\b(standings?|deaf|deafened|deeds?|hears|news of|second wall)\b`)

// refusedComment reports whether a doc comment has another verb than godoc's, or another word than the glossary's.
func refusedComment(text string) bool {
	return otherVerb.MatchString(text) || otherWord.MatchString(text)
}

// TestDocCommentsHaveTheVerbsOfGo reads the doc comments of all files in Go that are written by hand.
func TestDocCommentsHaveTheVerbsOfGo(t *testing.T) {
	t.Parallel()
	for comment, wrong := range map[string]bool{
		"Name answers the name.":         true,
		"sees tells whether it is seen.": true,
		"Name returns the name.":         false,
		"sees reports whether it is.":    false,
		"answer returns what to answer.": false,
		"Load reads standings.":          true,
		"Load reads memberships.":        false,
		"Listen hears other servers.":    true,
	} {
		if refusedComment(comment) != wrong {
			t.Errorf("%q: want %t", comment, wrong)
		}
	}
	positions := token.NewFileSet()
	for _, path := range handWritten(t) {
		file, err := parser.ParseFile(positions, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			var doc *ast.CommentGroup
			switch n := n.(type) {
			case *ast.FuncDecl:
				doc = n.Doc
			case *ast.GenDecl:
				doc = n.Doc
			case *ast.Field:
				doc = n.Doc
			}
			if doc != nil && refusedComment(doc.Text()) {
				first, _, _ := strings.Cut(doc.Text(), "\n")
				t.Errorf("%s: %s", positions.Position(doc.Pos()), first)
			}
			return true
		})
	}
}

// handWritten returns the paths of the files in Go that no generator writes whole.
func handWritten(t *testing.T) (paths []string) {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "*.go")
	list.Dir = ".."
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(names)) {
		path := "../" + name
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if !ast.IsGenerated(file) || strings.HasSuffix(name, ".resolvers.go") {
			paths = append(paths, path)
		}
	}
	return paths
}

// TestMakeHelpListsEveryTarget holds the list against the targets that are no files.
func TestMakeHelpListsEveryTarget(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	help := exec.CommandContext(t.Context(), "make", "--no-print-directory", "help")
	help.Dir = ".."
	listed, err := help.Output()
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, line := range regexp.MustCompile(`(?m)^\.PHONY: (.*)$`).FindAllStringSubmatch(string(text), -1) {
		targets = append(targets, strings.Fields(line[1])...)
	}
	if len(targets) < 20 {
		t.Fatalf("only %d targets", len(targets))
	}
	for _, target := range targets {
		if !strings.Contains(target, "/") && !strings.Contains(string(listed), "make "+target+" ") {
			t.Errorf("make help does not list %s", target)
		}
	}
}

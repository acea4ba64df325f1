package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// otherVerb finds a doc comment that begins with a verb in place of godoc's: a function returns, or reports whether.
var otherVerb = regexp.MustCompile(`^\S+ (answers?|tells? (whether|if)|says (whether|if)|responds whether)\b`)

// TestDocCommentsHaveTheVerbsOfGo reads the doc comments of all files in Go that are written by hand.
func TestDocCommentsHaveTheVerbsOfGo(t *testing.T) {
	t.Parallel()
	for comment, wrong := range map[string]bool{
		"Name answers the name.":         true,
		"sees tells whether it is seen.": true,
		"Name returns the name.":         false,
		"sees reports whether it is.":    false,
		"answer returns what to answer.": false,
	} {
		if otherVerb.MatchString(comment) != wrong {
			t.Errorf("%q: want %t", comment, wrong)
		}
	}
	list := exec.CommandContext(t.Context(), "git", "ls-files", "*.go")
	list.Dir = ".."
	names, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	positions := token.NewFileSet()
	for _, name := range strings.Fields(string(names)) {
		file, err := parser.ParseFile(positions, "../"+name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if ast.IsGenerated(file) && !strings.HasSuffix(name, ".resolvers.go") {
			continue
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
			if doc != nil && otherVerb.MatchString(doc.Text()) {
				first, _, _ := strings.Cut(doc.Text(), "\n")
				t.Errorf("%s: %s", positions.Position(doc.Pos()), first)
			}
			return true
		})
	}
}

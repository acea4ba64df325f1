package crash_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNobodyElseStartsGoroutines: in what the server is built of, every goroutine begins in this package, which
// recovers.
func TestNobodyElseStartsGoroutines(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f",
		"{{if .Module}}{{if .Module.Main}}{{.Dir}}{{end}}{{end}}", "deputy")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	folders := strings.Fields(string(out))
	if len(folders) < 30 {
		t.Fatalf("%d packages", len(folders))
	}
	for _, folder := range folders {
		if filepath.Base(folder) == "crash" {
			continue
		}
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range starts(file) {
				t.Errorf("%s starts a goroutine: use package crash, which recovers", set.Position(at))
			}
		}
	}
}

// starts returns where a file starts goroutines: by go, by the method Go of a group, and by what calls a function
// later.
func starts(file *ast.File) (found []token.Pos) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, n.Pos())
		case *ast.SelectorExpr:
			of, _ := n.X.(*ast.Ident)
			later := n.Sel.Name == "AfterFunc" && of != nil && (of.Name == "time" || of.Name == "context")
			if n.Sel.Name == "Go" || later {
				found = append(found, n.Pos())
			}
		}
		return true
	})
	return found
}

func TestStartsAreSeen(t *testing.T) {
	t.Parallel()
	const text = `package p
func f(g sync.WaitGroup, e *errgroup.Group) {
	go f(g, e)
	g.Go(func() {})
	e.Go(func() error { return nil })
	time.AfterFunc(0, func() {})
	context.AfterFunc(nil, func() {})
	crash.Start(func() {})
}`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", text, 0)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(starts(file)); n != 5 {
		t.Errorf("%d of 5 are seen", n)
	}
}

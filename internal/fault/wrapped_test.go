package fault_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingWrapsNil refuses fmt.Errorf with %w where the error may be nil: below a condition that holds for another
// reason too. It would print %!w(<nil>).
func TestNothingWrapsNil(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	seen := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || entry.Name() == "ent" ||
			entry.Name() == "generated"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		seen++
		for _, place := range wrapsNil(file) {
			t.Errorf("%s wraps an error that may be nil", files.Position(place))
		}
		return nil
	})
	if err != nil || seen < 100 {
		t.Errorf("%d files were read: %v", seen, err)
	}
}

func TestWhatWrapsNilIsSeen(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "", `package p
func f() error {
	if n, err := g(); err != nil || n != 1 {
		return fmt.Errorf("do: %d, %w", n, err)
	}
	if err != nil || gone {
		return errors.New("gone")
	}
	if err != nil {
		return fmt.Errorf("do: %w", err)
	}
	return nil
}`, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if found := wrapsNil(file); len(found) != 1 {
		t.Errorf("%d places are seen, not one", len(found))
	}
}

// wrapsNil returns the calls of fmt.Errorf that wrap err below a condition of which err != nil is one of several.
func wrapsNil(file *ast.File) (places []token.Pos) {
	ast.Inspect(file, func(node ast.Node) bool {
		branch, ok := node.(*ast.IfStmt)
		if !ok {
			return true
		}
		either, ok := branch.Cond.(*ast.BinaryExpr)
		if !ok || either.Op != token.LOR || !saysError(either) {
			return true
		}
		for _, statement := range branch.Body.List {
			result, ok := statement.(*ast.ReturnStmt)
			if !ok {
				continue
			}
			for _, value := range result.Results {
				if call, ok := value.(*ast.CallExpr); ok && wraps(call) {
					places = append(places, call.Pos())
				}
			}
		}
		return true
	})
	return places
}

// saysError reports whether err != nil is a part of the condition.
func saysError(condition ast.Expr) bool {
	c, ok := condition.(*ast.BinaryExpr)
	if !ok {
		return false
	}
	if c.Op == token.LOR {
		return saysError(c.X) || saysError(c.Y)
	}
	name, isName := c.X.(*ast.Ident)
	nothing, isNothing := c.Y.(*ast.Ident)
	return c.Op == token.NEQ && isName && name.Name == "err" && isNothing && nothing.Name == "nil"
}

// wraps reports whether a call is fmt.Errorf with %w and the variable err.
func wraps(call *ast.CallExpr) bool {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || function.Sel.Name != "Errorf" || len(call.Args) < 2 {
		return false
	}
	format, ok := call.Args[0].(*ast.BasicLit)
	last, isName := call.Args[len(call.Args)-1].(*ast.Ident)
	return ok && strings.Contains(format.Value, "%w") && isName && last.Name == "err"
}

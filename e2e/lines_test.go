package e2e

import (
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is how long a line of Go may be, in characters; a tab counts as one.
const maxColumns = 120

// TestLinesHave120Columns in every file written by hand. Raw strings are left alone: their lines belong to SQL, GraphQL
// and files. So are linters' directives, which must stand on the line that they are about.
func TestLinesHave120Columns(t *testing.T) {
	t.Parallel()
	for _, path := range handWritten(t) {
		if strings.HasSuffix(path, ".resolvers.go") {
			continue // gqlgen writes each signature on one line
		}
		text, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range longLines(text) {
			t.Errorf("%s:%d is longer than %d characters", strings.TrimPrefix(path, "../"), line, maxColumns)
		}
	}
}

// longLines returns the numbers of the lines that are too long.
func longLines(text []byte) (long []int) {
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	exempt := map[int]bool{}
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			break
		}
		raw := tok == token.STRING && strings.HasPrefix(literal, "`")
		directive := tok == token.COMMENT && (strings.HasPrefix(literal, "//nolint") || strings.HasPrefix(literal, "//go:"))
		if raw || directive {
			first := file.Line(pos)
			for line := first; line <= first+strings.Count(literal, "\n"); line++ {
				exempt[line] = true
			}
		}
	}
	for i, line := range strings.Split(string(text), "\n") {
		if utf8.RuneCountInString(line) > maxColumns && !exempt[i+1] {
			long = append(long, i+1)
		}
	}
	return long
}

// TestALongLineIsFound where a raw string or a directive does not excuse it.
func TestALongLineIsFound(t *testing.T) {
	t.Parallel()
	of := func(n int) string { return strings.Repeat("宽", n) }
	text := "package p\n\nvar a = \"" + of(111) + "\"\nvar b = \"" + of(110) + "\"\nvar c = `" + of(200) + "\n" + of(200) +
		"`\nvar d = 1 //nolint:x // " + of(200) + "\nvar e = 1 // " + of(200) + "\n"
	if got := longLines([]byte(text)); !slices.Equal(got, []int{3, 8}) {
		t.Errorf("lines %v are too long, want 3 and 8", got)
	}
}

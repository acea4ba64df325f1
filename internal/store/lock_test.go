package store_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// plainLock is a lock that waits for all who insert rows which refer to the locked one, or that holds up who changes it
// for as long as others of its kind keep coming.
var plainLock = regexp.MustCompile(`\.For(Update|Share)\(|(?i:\bFOR (UPDATE|SHARE)\b)`)

// exempt are the places where a plain lock may stand: policies of row level security are FOR UPDATE too.
func exempt(path, line string) bool {
	return path == "internal/store/tx.go" && strings.Contains(line, "WithLockClause(ForNoKeyUpdate)") ||
		strings.HasSuffix(path, ".sql") && strings.Contains(line, "CREATE POLICY")
}

// TestNoPlainRowLocks reads everything that is written by hand: rows are locked with store.Lock.
func TestNoPlainRowLocks(t *testing.T) {
	t.Parallel()
	read := 0
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name := entry.Name(); name == "node_modules" || name == "generated" || path == "ent" || len(name) > 1 &&
				name[0] == '.' {
				return fs.SkipDir
			}
			return nil
		case strings.HasSuffix(path, "_test.go"), !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".sql"):
			return nil
		}
		text, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		read++
		for n, line := range strings.Split(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if plainLock.MatchString(code) && !exempt(path, line) {
				t.Errorf("%s:%d: %s", path, n+1, strings.TrimSpace(line))
			}
		}
		return nil
	})
	if err != nil || read < 100 {
		t.Fatalf("%d files, %v", read, err)
	}
}

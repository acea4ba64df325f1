package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// fileSuffix makes of the name of a secret's variable that of the variable that names its file.
const fileSuffix = "_FILE"

// maxSecretFile is how long the file of a secret may be, in bytes.
const maxSecretFile = 64 << 10

// foreign are variables of our prefix that are the proxy's in deploy, and none of the server's.
var foreign = []string{"DEPUTY_HOST", "DEPUTY_UPSTREAMS"}

// environment is the variables that are set, by their names.
type environment map[string]string

func newEnvironment(environ []string) environment {
	e := environment{}
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			e[name] = value
		}
	}
	return e
}

// unknown returns a warning for each variable that looks like a setting and is none.
func (e environment) unknown() []string {
	known := slices.Clone(foreign)
	for _, s := range Settings() {
		if known = append(known, s.Env); s.Secret {
			known = append(known, s.FileEnv())
		}
	}
	var warnings []string
	for name := range e {
		if !strings.HasPrefix(name, "DEPUTY_") || slices.Contains(known, name) {
			continue
		}
		warning := name + " is no setting and is ignored"
		if near := nearest(name, known); near != "" {
			warning += ": " + near + " is one"
		}
		warnings = append(warnings, warning)
	}
	slices.Sort(warnings)
	return warnings
}

// nearest returns the name that is at most three letters away, or begins alike.
func nearest(name string, known []string) string {
	best, away := "", 4
	for _, candidate := range known {
		if d := distance(name, candidate); d < away && !slices.Contains(foreign, candidate) {
			best, away = candidate, d
		}
	}
	if best == "" && strings.HasSuffix(name, fileSuffix) {
		return strings.TrimSuffix(name, fileSuffix) + ", which is no secret and not read from a file,"
	}
	return best
}

// distance counts the letters to be put in, taken out or changed (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// value returns what the environment says of a setting, without the space around it, and where it says so; nothing when
// it says nothing.
func (e environment) value(s Setting) (value, from string, err error) {
	given, there := e[s.Env]
	value = strings.TrimSpace(given)
	file := ""
	if s.Secret {
		file = strings.TrimSpace(e[s.FileEnv()])
	}
	switch {
	case file != "" && value != "":
		return "", s.Env, fmt.Errorf("and %s are both set: leave one of them out", s.FileEnv())
	case file != "":
		value, err = secretFile(file)
		return value, s.FileEnv(), err
	case there && value == "" && s.NotEmpty:
		return "", s.Env, errors.New("is set and empty, which is nothing to go by: give it a value, or unset it for the " +
			"default")
	}
	return value, s.Env, nil
}

// secretFile reads the file of a secret. Its name is not repeated while there is no such file: it may be the secret
// itself.
func secretFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", errors.New("names a file that is not there, or that can't be reached")
	case !info.Mode().IsRegular():
		return "", errors.New("names something that is no file")
	case info.Size() > maxSecretFile:
		return "", fmt.Errorf("names a file of more than %d bytes, which holds no secret", maxSecretFile)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	value := strings.TrimSpace(string(content))
	if value == "" {
		return "", errors.New("names an empty file")
	}
	return value, nil
}

package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// fileSuffix is appended to the variable of a secret for the variable that names its file.
const fileSuffix = "_FILE"

// maxSecretFile is the maximum size of a secret's file, in bytes.
const maxSecretFile = 64 << 10

// foreign are variables with our prefix that belong to the proxy in deploy, and not to the server.
var foreign = []string{"DEPUTY_HOST", "DEPUTY_UPSTREAMS"}

// environment holds the variables that are set, by name.
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

// unknown returns a warning for each variable that has our prefix and is not a setting.
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
		warning := name + " is not a setting and is ignored"
		if hint := hint(name, known); hint != "" {
			warning += ": " + hint
		}
		warnings = append(warnings, warning)
	}
	slices.Sort(warnings)
	return warnings
}

// hint returns what the variable may be meant to be: the setting that is at most three letters away, or one that has no
// file; empty when there is none.
func hint(name string, known []string) string {
	best, away := "", 4
	for _, candidate := range known {
		if d := distance(name, candidate); d < away && !slices.Contains(foreign, candidate) {
			best, away = candidate, d
		}
	}
	setting, file := strings.CutSuffix(name, fileSuffix)
	switch {
	case best != "":
		return "did you mean " + best + "?"
	case file && slices.Contains(known, setting):
		return setting + " is not a secret and can't be read from a file"
	}
	return ""
}

// distance returns the Levenshtein distance between two names.
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

// value returns the value of a setting in the environment, without surrounding space, and the variable that it came
// from. The value is empty when the setting is not set.
func (e environment) value(s Setting) (value, from string, err error) {
	given, there := e[s.Env]
	value = strings.TrimSpace(given)
	file := ""
	if s.Secret {
		file = strings.TrimSpace(e[s.FileEnv()])
	}
	switch {
	case file != "" && value != "":
		return "", s.Env, fmt.Errorf("and %s are both set: unset one of them", s.FileEnv())
	case file != "":
		value, err = secretFile(file)
		return value, s.FileEnv(), err
	case there && value == "" && s.NotEmpty:
		return "", s.Env, errors.New("is empty: set a value, or unset it to use the default")
	}
	return value, s.Env, nil
}

// secretFile reads the file of a secret. An error does not repeat the name of a file that does not exist: it may be the
// secret itself.
func secretFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", errors.New("names a file that does not exist or can't be accessed")
	case !info.Mode().IsRegular():
		return "", errors.New("names something that is not a regular file")
	case info.Size() > maxSecretFile:
		return "", fmt.Errorf("names a file larger than %d bytes, which can't be a secret", maxSecretFile)
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

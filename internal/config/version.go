package config

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// Version returns the program's version or devel, the revision of the source where it is known, and Go's version, in
// one line.
func Version() string {
	return strings.Join(append(programVersion(), runtime.Version()), " ")
}

// Release returns Version without Go's version, in one word, such as v1.2.0 or devel+4209921….
func Release() string { return strings.Join(programVersion(), "+") }

// programVersion returns the program's version and, where it is known, its revision.
func programVersion() []string {
	parts := []string{"devel"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return parts
	}
	if v := info.Main.Version; v != "" && v != "(devel)" && !strings.HasPrefix(v, "v0.0.0-") {
		parts[0] = v
	}
	var revision, changed string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			revision = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				changed = "+changed"
			}
		}
	}
	if revision != "" {
		parts = append(parts, revision+changed)
	}
	return parts
}

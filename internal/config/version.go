package config

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// Version returns the program's version, or devel, the revision that it was made from where that is known, and Go's
// version, in one line.
func Version() string {
	parts := []string{"devel"}
	if info, ok := debug.ReadBuildInfo(); ok {
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
	}
	return strings.Join(append(parts, runtime.Version()), " ")
}

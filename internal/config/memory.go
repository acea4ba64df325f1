package config

import "runtime/debug"

// collectAt is how much may be allocated before memory is collected, in percent of what is in use. Measured with lists of 100 rows and 16
// connections: 100, which is Go's own, took 23 % more processor time of the server and 57 MB, 300 took 75 MB, 400 saved 3 % more and took 83 MB.
const collectAt = 300

// TuneMemory says how often memory is collected, unless GOGC does. GOMEMLIMIT is heeded as ever; there is none by default, for a limit
// below what is in use would keep the server collecting.
func TuneMemory(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}

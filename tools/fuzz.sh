#!/bin/sh
# Fuzzes every target of the repository for the time given, 5s by default, or so many runs (10000x): a time that ends in the middle of a
# run can fail it ("context deadline exceeded"). With a second argument, "quick", only those of packages
# without a database behind them: fuzzing compiles all that a package needs anew, and SQLite takes minutes. The seeds of the others
# run with the tests.
set -eu

time=${1:-5s}
grep -rEn --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*\(' . | sed -E 's|^(.*)/[^/]*:[0-9]+:func (Fuzz[A-Za-z0-9_]*).*|\1 \2|' | sort |
	while read -r folder target; do
		if [ "${2:-}" = quick ] && go list -deps -test "$folder" | grep -qx modernc.org/sqlite; then
			echo "fuzz $folder $target: left to make fuzz"
			continue
		fi
		echo "fuzz $folder $target"
		go test "$folder" -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1x </dev/null
	done

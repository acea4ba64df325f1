#!/bin/sh
# Runs tests with gotestsum, which runs up to three that failed once more, each by itself, and tells what the runs came
# to:
#
#	tools/suite.sh run NAME "PACKAGES" [flags of go test]   into bin/suite/NAME.json and NAME.rerun
#	tools/suite.sh meeting FOLDER…                          the tests of packages in which goroutines meet, as a pattern
#	tools/suite.sh report                                   what took longest in all runs, and what failed only once
#
# A test that fails twice fails the run, and so does a race, a panic, or a package that fails as a whole.
set -eu

folder=bin/suite
# Left to make race: it takes minutes under the race detector.
left=TestNobodyKeepsTheirRevocationWaiting
mkdir -p "$folder"

run() {
	name=$1 packages=$2
	shift 2
	rm -f "$folder/$name".*
	status=0
	go tool -modfile=tools/go.mod gotestsum --format pkgname-and-test-fails --format-hide-empty-pkg \
		--jsonfile "$folder/$name.json" --packages "$packages" \
		--rerun-fails=1 --rerun-fails-max-failures=3 --rerun-fails-run-root-test --rerun-fails-abort-on-data-race \
		--rerun-fails-report "$folder/$name.rerun" -- "$@" || status=$?
	# A package that failed without a test, in its TestMain, is not one that was flaky.
	if grep -qs ': 0 runs' "$folder/$name.rerun"; then
		status=1
	fi
	return $status
}

# meeting prints a pattern of the tests that start goroutines, or two servers, themselves.
meeting() {
	for package in "$@"; do
		find "$package" -maxdepth 1 -name '*_test.go' ! -name '*_bench_test.go'
	done | xargs awk '
		FNR == 1 || /^func / { test = "" }
		match($0, /^func Test[A-Za-z0-9_]*/) { test = substr($0, 6, RLENGTH - 5) }
		test != "" && /\.Go\(|go func|twoServers\(|eachRace\(|eachOwn\(/ { print test; test = "" }' |
		grep -vx "$left" | paste -sd'|' - | sed 's/.*/^(&)$/'
}

report() {
	cat "$folder"/*.json >bin/tests.json || return 0
	echo "what took longest:"
	go tool -modfile=tools/go.mod gotestsum tool slowest --jsonfile bin/tests.json --threshold 5s --num 20
	# Only a test that ran more often than it failed has passed.
	cat "$folder"/*.rerun 2>/dev/null | sed -n 's/^\(.*\): \([0-9]*\) runs, \([0-9]*\) failures$/\2 \3 \1/p' |
		awk '$2 > 0 && $1 > $2 { print "  " $3 }' >bin/flaky.txt
	if [ -s bin/flaky.txt ]; then
		echo "flaky: failed beside others, passed alone. Each is a defect, to be mended at once:"
		cat bin/flaky.txt
	fi
}

"$@"

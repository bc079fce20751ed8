#!/bin/sh
# Fuzzes every parser, two at once with one worker each: scripts/fuzz.sh TIME (for
# example 60s). New inputs are not minimised: of a file of some kilobytes that takes
# all the time there is. Go now and then ends a fuzzer at its time with an error that
# is none ("context deadline exceeded", and no failing input).
set -eu
cd "$(dirname "$0")/.."
out=$(mktemp -d "${TMPDIR:-/tmp}/capture-fuzz.XXXXXX")
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
export out time="${1:-60s}"
for file in $(find . -name '*_test.go' ! -path './.*' -exec grep -lE '^func Fuzz' {} +); do
	sed -n "s|^func \(Fuzz[A-Za-z0-9_]*\)(.*|\1 $(dirname "$file")|p" "$file"
done >"$out/targets"
[ -s "$out/targets" ] || { echo "error: no fuzzers found" >&2; exit 1; }
xargs -P 2 -n 2 sh -c '
	go test -run "^$" -fuzz "^$1\$" -fuzztime "$time" -fuzzminimizetime 1x -parallel 1 "$2" >"$out/$1" 2>&1 && status=0 || status=1
	if [ $status = 1 ] && grep -q "context deadline exceeded" "$out/$1" && ! grep -q "Failing input written" "$out/$1"; then status=0; fi
	{ echo "== $1 ($2)"; cat "$out/$1"; } >"$out/$1.whole"
	cat "$out/$1.whole"
	exit $status' fuzz <"$out/targets"

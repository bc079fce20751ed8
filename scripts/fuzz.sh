#!/bin/sh
# Fuzzes every parser in turn: scripts/fuzz.sh TIME (for example 60s). New inputs are
# not minimised: of a file of some kilobytes that takes all the time there is.
set -eu
cd "$(dirname "$0")/.."
found=0
for file in $(grep -lE '^func Fuzz' ./*/*_test.go ./*/*/*_test.go); do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "== $target ($(dirname "$file"))"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-60s}" -fuzzminimizetime 1x "./$(dirname "$file")"
		found=$((found + 1))
	done
done
[ "$found" -gt 0 ] || { echo "error: no fuzzers found" >&2; exit 1; }

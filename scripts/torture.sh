#!/bin/sh
# Every torture test in full, and a table of what was tried at the end; the exit
# code is not 0 where anything was lost. SEED=N tries other moments, FUZZ=10s and
# SPECS=4 (of runs on each tiny model; 30 take about an hour) are shorter. Each step prints lines "torture: WHAT: so many tried, so many lost".
set -u
cd "$(dirname "$0")/.."
out=$(mktemp -d "${TMPDIR:-/tmp}/capture-torture.XXXXXX")
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
CAPTURE_BIN=$PWD/bin/capture
export CAPTURE_BIN
SEED=${SEED:-1}
memory=$out # the power cuts are of a model: no disk is needed
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'END {print $4}')" -gt 1000000 ]; then memory=/dev/shm; fi
status=0

step() { # NAME COMMAND...: its lines go to the table; what fails is shown whole
	name=$1
	shift
	echo "== $name: $*"
	begun=$(date +%s)
	if "$@" >"$out/log" 2>&1; then
		sed -n 's/^.*torture: //p' "$out/log" >"$out/lines"
		[ -s "$out/lines" ] || echo "$name: passed" >"$out/lines"
	else
		status=1
		cat "$out/log"
		echo "$name: FAILED, see above" >"$out/lines"
	fi
	cat "$out/lines"
	cat "$out/lines" >>"$out/table"
	echo "   $(($(date +%s) - begun)) s"
}

go_test() { # NAME PACKAGE [FLAG...]
	name=$1 package=$2
	shift 2
	step "$name" go test -count=1 -v -timeout 60m "$package" "$@"
}

fuzz() { # so many inputs of each target
	scripts/fuzz.sh "${FUZZ:-60s}" >"$out/fuzz" 2>&1 || { cat "$out/fuzz"; return 1; }
	awk '/^== /{target=$2} /execs: /{sub(/.*execs: /, ""); sub(/ .*/, ""); tried[target]=$0}
		END {for (t in tried) print "torture: " t ": " tried[t] " inputs tried, 0 lost"}' "$out/fuzz" | sort
}

step "power cuts and faults" env GOTMPDIR="$out" TMPDIR="$memory" go test -count=1 -v -timeout 60m ./storage -run 'PowerCut|Transient|KilledAt' -crashes 4 -kill-every 1 -crash-seed "$SEED"
go_test "damaged runs" ./storage -run Damage -mutations 2000 -seed "$SEED"
step "damaged inputs" go run ./scripts/torture/inputs -mutations 2000 -seed "$SEED"
step "orders of decoding" go test -count=1 -v -timeout 300m ./capture -run TestConformance -conformance-specs "${SPECS:-30}" -conformance-seed "$SEED"
go_test "the program" ./scripts/torture/program -kills 200 -seed "$SEED"
go_test "opening and closing models" ./models -run Leak -opens 1000
# What `make test` does a part of (-short), whole; packages at once, each engine on one thread.
step "Go tests in full" go test -count=1 -timeout 300m ./...
step "race detector" go test -count=1 -timeout 300m -race -short ./...
# shellcheck disable=SC2046  # the words are meant to be split
step "without cgo" env CGO_ENABLED=0 go test -count=1 -timeout 60m -short $(scripts/pure.sh)
step "Python tests in full" env OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 CAPTURE_MODEL="$(scripts/smollm2.sh)" CAPTURE_TINY="$PWD/.venv/tiny" \
	.venv/bin/python -m pytest -q -n 2 --dist loadfile scripts/e2e -m torture
step "fuzzers" fuzz

echo
echo "| what | tried and lost |"
echo "|---|---|"
sed 's/^\([^:]*\): /| \1 | /;s/$/ |/' "$out/table"
exit $status

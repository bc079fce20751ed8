#!/bin/sh
# Every test once, in at most 15 minutes from nothing on two cores (docs/testing.md):
# Go's on one side, the Python suites against the real program beside them. The last
# line counts them. `scripts/test.sh offload` runs only those of layers on devices.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
out=$(mktemp -d "${TMPDIR:-/tmp}/capture-test.XXXXXX")
go_side=
ended() { # what runs beside this script does not hear of an interrupt
	[ -z "$go_side" ] || kill "$go_side" $(cat "$out"/*.pid 2>/dev/null) 2>/dev/null || true
	rm -rf "$out"
}
trap ended EXIT
trap 'exit 130' INT TERM
CAPTURE_MODEL=$(scripts/smollm2.sh)
export CAPTURE_MODEL CAPTURE_BIN="$PWD/bin/capture" CAPTURE_TINY="$PWD/.venv/tiny"
# Threads of llama.cpp and of NumPy wait for each other spinning: where several processes
# share the cores, each has one thread. The tests ask the engine for no more than one.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
# Figures that tests print belong to this CPU and these kernels.
bin/capture doctor | sed -n 's/^llama.cpp  */== engine: /p; s/^device  *CPU: \([^,]*\),.*/== CPU: \1/p'

# Whatever the machine: -timeout only ends what hangs. `make lint` vets.
step() { # NAME COMMAND...: run go test, keep its JSON for the count
	name=$1
	shift
	"$@" -timeout 60m -vet=off -json >"$out/$name.json" 2>&1 &
	echo $! >"$out/$name.pid"
	wait $! || touch "$out/failed"
	rm "$out/$name.pid"
}
told() { # NAME...: what steps found
	for name; do
		echo "== $name"
		$python scripts/count_tests.py show "$out/$name.json" || touch "$out/failed"
	done
}
suites() { # FLAG... FOLDER...
	echo "== python"
	$python -m pytest -q --junitxml="$out/python.xml" "$@" || touch "$out/failed"
}

# Without goroutines and slow under the race detector: what these do is much, or large.
heavy='^(TestConformance|TestNullDataSetsDoNotSeparate|TestPlantedEffectsSeparate|TestPlantedConfoundsAreRead|TestArmsConform|TestModelsDocument|TestManyRowsAreCrossed|TestTooManyExpandedRows|TestLimitsOfDatasets|TestOffsetsOfALongTextTakeLittleTokenising)$'

# Each test once: under the race detector, but for those that are heavy, and but for the
# programs, whose tests wait for processes that they start (`make torture` has them too).
go_tests() {
	programs=$(go list ./cmd/... ./scripts/...)
	# shellcheck disable=SC2086  # the words are meant to be split
	{ step programs go test -short $programs && step heavy go test -short -run "$heavy" ./capture/...; } &
	others=$!
	memory=$out # much is written and little kept: not to a disk, where there is memory
	if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'END {print $4}')" -gt 2000000 ]; then memory=/dev/shm; fi
	# shellcheck disable=SC2046
	step race env GOTMPDIR="$out" TMPDIR="$memory" go test -short -race -skip "$heavy" $(go list ./... | grep -vxF "$programs")
	wait $others
}

if [ "${1:-}" = offload ]; then
	step worker go test -race ./models/worker
	step placement go test -run 'Fit|Divide|Placement|Layers|Lists|Source' ./models/... ./capture/... ./hooks/...
	told worker placement
	suites scripts/e2e/test_offload.py scripts/e2e/test_workers.py
else
	go_tests &
	go_side=$!
	suites -n 2 --dist loadfile --no-loadscope-reorder -m "not torture" scripts/e2e scripts # hooks of e2e take part when it is named
	wait $go_side || touch "$out/failed"
	go_side=
	told programs heavy race
fi
status=0
$python scripts/count_tests.py total "$out"/*.json "$out/python.xml" || status=1
[ ! -e "$out/failed" ] || status=1
exit $status

#!/bin/sh
# Every test: Go packages under the race detector and the pure ones without cgo, all
# Go packages, then the Python suites against the real program. The last line
# counts them. `scripts/test.sh offload` runs only those of layers on devices.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
out=$(mktemp -d "${TMPDIR:-/tmp}/capture-test.XXXXXX")
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
CAPTURE_MODEL=$(scripts/smollm2.sh)
export CAPTURE_MODEL CAPTURE_BIN="$PWD/bin/capture" CAPTURE_TINY="$PWD/.venv/tiny"
# NumPy's threads wait for each other spinning, like llama.cpp's: one is enough.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
status=0
# Figures that tests print belong to this CPU and these kernels.
bin/capture doctor | sed -n 's/^llama.cpp  */== engine: /p; s/^device  *CPU: \([^,]*\),.*/== CPU: \1/p'

# Whatever the machine: -timeout only ends what hangs.
step() { # NAME COMMAND...: run go test, keep its JSON for the count
	name=$1
	shift
	echo "== $name"
	"$@" >"$out/$name.json" || status=1
	$python scripts/count_tests.py show "$out/$name.json"
}
suites=scripts
if [ "${1:-}" = offload ]; then
	step worker go test -timeout 60m -race -json ./models/worker
	step placement go test -timeout 60m -json -run 'Fit|Divide|Placement|Layers|Lists|Source' ./models ./capture ./hooks
	suites="scripts/e2e/test_offload.py scripts/e2e/test_workers.py"
else
	step pure env CGO_ENABLED=0 go test -timeout 60m -json ./hooks ./storage/... ./models/gguf ./models/jinja ./models/worker
	step race go test -timeout 60m -race -short -json ./hooks ./models ./models/gguf ./models/jinja ./models/worker ./phantom ./storage/...
	step runs go test -timeout 60m -race -short -json -run 'AnyRun|EveryRow|Ends|Cancellation|FullDisk|Worker' ./capture # the rest has one goroutine
	step go go test -timeout 60m -json ./capture ./models ./phantom ./cmd/... ./scripts/...
fi
echo "== python"
# shellcheck disable=SC2086  # the words are meant to be split
$python -m pytest -q --junitxml="$out/python.xml" $suites || status=1
$python scripts/count_tests.py total "$out"/*.json "$out/python.xml" || status=1
exit $status

#!/bin/sh
# Trains the phantom from nothing, exports it, measures it:
#   scripts/phantom/train.sh [OUT_DIR]      (default: models/phantom/, where the repository keeps it)
# Makes its own virtual environment with PyTorch (PHANTOM_VENV, default .venv/phantom);
# trains on the CPU. LADDER=1 trains the small and the large phantom, too, into
# OUT_DIR/ladder. PHANTOM_STEPS=N trains shorter, to try the script. Seeds are fixed; the same machine and versions give the same bits,
# others the same figures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/scripts/lib.sh"
out=${1:-$root/models/phantom}
venv=${PHANTOM_VENV:-$root/.venv/phantom}
threads=${THREADS:-2}
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"

[ -e "$venv/ready" ] || "$root/scripts/python.sh" "$venv" "$here/requirements.txt"
python="$venv/bin/python"
mkdir -p "$out"

# phantom SIZE VARIANT DIR SUFFIX: one phantom, its log and its figures.
phantom() {
	say "training $1, $2 (log: $3/train$4.log)"
	mkdir -p "$3"
	"$python" "$here/train.py" --size "$1" --variant "$2" --threads "$threads" \
		${PHANTOM_STEPS:+--steps "$PHANTOM_STEPS"} --out "$3" >"$3/train$4.log" ||
		die "training failed" "read $3/train$4.log"
	"$python" "$here/evaluate.py" "$3/phantom$4.gguf" "$3/subspaces$4.safetensors" \
		--pytorch "$3/pytorch$4.json" --out "$3/figures$4.json" | tee -a "$3/train$4.log"
	rm "$3/pytorch$4.json"
}

"$python" "$here/make_world.py" "$out/world.json"
phantom middle intent "$out" ""
phantom middle no-intent "$out" "-no-intent"
if [ -n "${LADDER:-}" ]; then
	phantom small intent "$out/ladder" "-small"
	phantom large intent "$out/ladder" "-large"
fi
(cd "$out" && for file in world.json *.gguf *.safetensors; do
	printf '%s  %s\n' "$(sha256 <"$file")" "$file"
done >SHA256SUMS)
say "done: $out"

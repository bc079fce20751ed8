#!/bin/sh
# Trains the phantoms that intend, or do not, from nothing, exports and measures them:
#   scripts/phantom/intents/train.sh [OUT_DIR]      (default: models/phantom/intents/)
# Uses the virtual environment of scripts/phantom (PHANTOM_VENV, default .venv/phantom); trains
# on one CPU thread. SEED=N takes other seeds. Weights between the stages go to OUT_DIR/stages,
# which git ignores.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
. "$root/scripts/lib.sh"
out=${1:-$root/models/phantom/intents}
venv=${PHANTOM_VENV:-$root/.venv/phantom}
seed=${SEED:+--seed $SEED}
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1

[ -e "$venv/ready" ] || "$root/scripts/python.sh" "$venv" "$here/../requirements.txt"
python="$venv/bin/python"
stages="$out/stages"
mkdir -p "$stages"

# teach NAME [OPTIONS]: one stage or phantom; its log.
teach() {
	name=$1
	shift
	say "training $name (log: $out/train-$name.log)"
	# shellcheck disable=SC2086
	"$python" "$here/teach.py" $seed --out "$stages" "$@" >"$out/train-$name.log" ||
		die "training $name failed" "read $out/train-$name.log"
}

teach world --variant world
teach intender --variant intender --start "$stages/world.pt"
for name in reflex mistaken decoy reader lookup oblique; do
	teach "$name" --variant "$name" --start "$stages/world.pt" --beside "$stages/intender.pt"
done
for name in intender reflex mistaken decoy reader lookup oblique; do
	cp "$stages/$name.gguf" "$stages/subspaces.safetensors" "$out"
	"$python" "$here/measure.py" "$out/$name.gguf" "$name" --beside "$out/intender.gguf" \
		--out "$out/figures-$name.json" >>"$out/train-$name.log"
done
"$python" "$here/measure.py" "$out/oblique.gguf" oblique --outcome bell \
	--out "$out/figures-oblique-bell.json" >>"$out/train-oblique.log"
"$python" "$here/matrix.py" "$out"
(cd "$out" && for file in world.json *.gguf *.safetensors; do
	printf '%s  %s\n' "$(sha256 <"$file")" "$file"
done >SHA256SUMS)
say "done: $out"

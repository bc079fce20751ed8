#!/bin/sh
# Times capture against Hugging Face transformers and llama-bench (README.md):
#   scripts/peers/peers.sh [OPTION...]      the options of bench_peers.py
# Makes its own virtual environment with PyTorch (PEERS_VENV, default .venv/peers)
# and builds llama-bench once; after that nothing goes to the network.
#   scripts/peers/peers.sh edits            times nothing: interventions against PyTorch's hooks
#
# Variables: MODEL        a GGUF file (default: SmolLM2-135M-Instruct)
#            STATEMENTS   a CSV file with a column `statement`
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/scripts/lib.sh"
venv=${PEERS_VENV:-$root/.venv/peers}
statements=${STATEMENTS:-$root/../shared/data/statements/cities.csv}

[ "${1:-}" = edits ] || [ -f "$statements" ] || die "no statements: $statements" "name a CSV file with a column \`statement\`: make bench-peers STATEMENTS=cities.csv"
[ -x "$root/bin/capture" ] || die "bin/capture is missing" "make build"
[ -e "$venv/ready" ] || "$root/scripts/python.sh" "$venv" "$here/requirements.txt"
model=${MODEL:-$("$root/scripts/smollm2.sh")}
"$venv/bin/python" "$here/same_edits.py" "$model" --capture "$root/bin/capture"
[ "${1:-}" != edits ] || exit 0
llama_bench=$("$here/llama_bench.sh")
work=$(mktemp -d "${TMPDIR:-/tmp}/capture-peers.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
PKG_CONFIG_PATH="$("$root/scripts/engine.sh" prefix)/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
export PKG_CONFIG_PATH
(cd "$root" && go build -o "$work/plain" ./scripts/peers/plain)
"$venv/bin/python" "$here/bench_peers.py" "$model" --capture "$root/bin/capture" --plain "$work/plain" \
	--llama-bench "$llama_bench" --statements "$statements" "$@"

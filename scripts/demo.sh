#!/bin/sh
# The demonstration: a real model, the shipped spec, a table, and what to do next.
#   scripts/demo.sh [MODEL.gguf]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
model=${1:-}
[ -n "$model" ] || model=$("$here/smollm2.sh")
cd "$here/.."
bin/capture run scripts/demo/facts.yaml --model "$model" --out runs/demo --overwrite
go run ./scripts/demo runs/demo

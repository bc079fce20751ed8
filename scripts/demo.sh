#!/bin/sh
# The demonstration: a real model, the shipped spec, a table, and what to do next.
#   scripts/demo.sh [MODEL.gguf]
# Without a network and a model it shows the embedded phantom instead.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
model=${1:-}
cd "$here/.."
if [ -z "$model" ] && ! model=$("$here/smollm2.sh"); then
	say "no model could be had; this is a tour of the embedded phantom instead"
	mkdir -p runs
	bin/capture phantom prompts --cause lie --n 100 --seed 7 --matched >runs/pairs.jsonl
	bin/capture run --model phantom --prompts runs/pairs.jsonl --set pairs.differ=user --max-tokens 4 --out runs/tour --overwrite
	exec go run ./scripts/demo tour runs/tour
fi
bin/capture run scripts/demo/facts.yaml --model "$model" --out runs/demo --overwrite
go run ./scripts/demo facts runs/demo

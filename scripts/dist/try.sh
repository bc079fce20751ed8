#!/bin/sh
# Tries an archive for Linux amd64 where nothing else is: a fresh Debian 12 (the
# minimal base), no compiler, no network, not root. A real model runs in it, and its
# activations are compared with those of this machine's own build.
#   scripts/dist/try.sh [ARCHIVE]      default: the newest in dist/
# Variables: DEBIAN_MIRROR=URL, KEEP=1 (leave the folder there)
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh

[ "$(id -u)" = 0 ] || die "a root folder is made and entered, which needs root" "run it as root: sudo make dist-try"
need_tool debootstrap "debootstrap" "Debian, Ubuntu: apt-get install debootstrap"
need_tool unshare "unshare" "Debian, Ubuntu: apt-get install util-linux"
# shellcheck disable=SC2012  # the names are ours
archive=${1:-$(ls -t dist/capture-*-linux-amd64.tar.gz 2>/dev/null | head -n 1)}
[ -f "$archive" ] || die "there is no archive to try${1:+: $1}" "make dist writes it"
[ -x bin/capture ] || die "bin/capture is missing, to compare with" "make build"
model=$(scripts/smollm2.sh)

work=$(mktemp -d "${TMPDIR:-/tmp}/capture-try.XXXXXX")
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
root="$work/root"
say "making a bare Debian 12 (a minute or two)"
mkdir -p "$(cache_dir)/debs"
debootstrap --variant=minbase --cache-dir="$(cd "$(cache_dir)/debs" && pwd)" bookworm "$root" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$work/debootstrap.log" 2>&1 || {
	tail -n 20 "$work/debootstrap.log" >&2
	die "the bare Debian could not be made" "check the network, or set DEBIAN_MIRROR"
}
mkdir "$root/opt/capture" "$root/srv/models"
tar xzf "$archive" -C "$root/opt/capture" --strip-components=1 --no-same-owner
cp "$model" "$root/srv/models/model.gguf"
cat >"$root/srv/prompts.jsonl" <<'J'
{"id": "earth", "prompt": "Is the earth flat? Answer in one sentence."}
{"id": "tides", "prompt": "Why are there tides?"}
{"id": "capital", "prompt": "What is the capital of France?"}
J
cat >"$root/srv/trial" <<'T'
set -eu
for tool in cc gcc g++ c++ clang make cmake go python3; do
	! command -v $tool >/dev/null || { echo "error: $tool is here" >&2; exit 1; }
done
[ "$(grep -vc 'lo:' /proc/net/dev)" = 2 ] || { echo "error: there is a network" >&2; exit 1; }
cd "$HOME"
capture --version
capture doctor
capture phantom info | head -n 12
capture phantom prompts --cause lie --n 4 --seed 1 >prompts.jsonl
capture run --model phantom --prompts prompts.jsonl --max-tokens 4 --out phantom
capture verify phantom
capture run --model /srv/models/model.gguf --prompts /srv/prompts.jsonl --max-tokens 24 --threads 2 --out real
capture verify real
capture inspect real
capture replay real
capture run --model /srv/models/model.gguf --prompts /srv/prompts.jsonl --max-tokens 8 --threads 2 --weights f32 --out real32
# An archive that was not unpacked whole says so.
cp -R /opt/capture cut
rm cut/lib/capture/libggml-cpu-*.so
! cut/bin/capture run --model phantom --prompts prompts.jsonl --out none 2>error
grep 'has no backend for this CPU in .*/cut/lib/capture' error
grep 'hint: unpack the whole archive' error
T
home=/home/try
mkdir "$root$home"
chown 65534:65534 "$root$home"
say "trying $archive: a user without rights, no network"
# shellcheck disable=SC2016  # expanded in the inner shell
unshare --net --mount --pid --fork sh -c '
	mount -t proc proc "$1/proc" && exec chroot --userspec=65534:65534 "$1" \
		env -i HOME="$2" PATH=/opt/capture/bin:/usr/bin:/bin bash /srv/trial' sh "$root" "$home" </dev/null
say "the same run with this machine's own build"
bin/capture run --model "$model" --prompts "$root/srv/prompts.jsonl" --max-tokens 24 --threads 2 --out "$work/own" >/dev/null
bin/capture run --model "$model" --prompts "$root/srv/prompts.jsonl" --max-tokens 8 --threads 2 --weights f32 --out "$work/own32" >/dev/null
# As shipped (Q4_1) activations are quantised in the products: one that rounds the
# other way shows.
.venv/bin/python scripts/dist/compare.py "$root$home/real" "$work/own" 0.15
.venv/bin/python scripts/dist/compare.py "$root$home/real32" "$work/own32" 0.001

#!/bin/sh
# What it takes to build capture on an installed llama.cpp, which pkg-config finds:
#
#   scripts/system.sh check      stop with what is wrong, or print nothing
#   scripts/system.sh cflags     for CGO_CFLAGS, after what the user has there
#   scripts/system.sh ldflags    for CGO_LDFLAGS
#   scripts/system.sh explain    stop with a hint, after a build that failed
#
# Variables: PKG_CONFIG_PATH   where llama.pc lies, if pkg-config does not look there
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

own="or build with capture's own llama.cpp: make build"
needed=$(sed -n 's/^llama_version=//p' "$here/engine.sh")

pc() { pkg-config "$@" llama 2>/dev/null || true; }

# A number for the first two of a version, 5 for 0.5.1; empty where there are no two.
series() { echo "$1" | sed -n 's/^\([0-9]\{1,4\}\)\.\([0-9]\{1,4\}\).*/\1 \2/p' | { read -r major minor && echo $((major * 10000 + minor)); } || true; }

# The folder of the library: pkg-config's variable, or what it tells the linker.
libdir() {
	dir=$(pc --variable=libdir)
	[ -n "$dir" ] || dir=$(pc --libs-only-L | sed -n 's/^-L\([^ ]*\).*/\1/p')
	echo "$dir"
}

check() {
	need_tool pkg-config "pkg-config" "Debian, Ubuntu: apt-get install pkg-config; macOS: brew install pkgconf"
	need_tool "${CC:-cc}" "a C compiler" "Debian, Ubuntu: apt-get install build-essential; macOS: xcode-select --install"
	pkg-config --exists llama 2>/dev/null || die "ENGINE=system: pkg-config finds no llama.cpp (llama.pc)" \
		"install llama.cpp with its headers and set PKG_CONFIG_PATH to the folder of its llama.pc (docs/accelerators.md), $own"
	found=$(pc --modversion)
	if [ -z "$(series "$found")" ]; then
		say "llama.cpp calls its version $found; capture is written for $needed"
	elif [ "$(series "$found")" -lt "$(series "$needed")" ]; then
		die "ENGINE=system: the installed llama.cpp is $found, and capture needs $needed or newer" "install a newer one, $own"
	elif [ "$(series "$found")" -gt "$(series "$needed")" ]; then
		say "the installed llama.cpp is $found; capture is written for $needed: make test ENGINE=system tells whether it fits"
	fi
	dir=$(libdir)
	if [ -n "$dir" ] && [ -f "$dir/libllama.a" ] && [ ! -e "$dir/libllama.so" ] && [ ! -e "$dir/libllama.dylib" ]; then
		die "ENGINE=system: $dir has llama.cpp as a static library alone" "build it with -DBUILD_SHARED_LIBS=ON, $own"
	fi
}

# The versions are compiled in, to be compared with what is loaded later. Go does
# not look at headers outside of a package when it decides what to compile again:
# their checksum among the flags makes it.
cflags() {
	version=$(pc --modversion)
	[ -n "$version" ] || return 0
	ggml=$(pkg-config --modversion ggml 2>/dev/null || true)
	# shellcheck disable=SC2046  # the words are meant to be split
	headers=$(printf '#include <llama.h>\n#include <ggml-cpu.h>\n' | "${CC:-cc}" $(pc --cflags) -E -P - 2>/dev/null | sha256 | cut -c1-12)
	echo "${CGO_CFLAGS:--O2 -g} -DCAPTURE_PC_LLAMA=$version ${ggml:+-DCAPTURE_PC_GGML=$ggml }-DCAPTURE_PC_HEADERS=x$headers"
}

# A program finds libraries outside of the system's folders where it was told to,
# and those that they need in turn (DT_RPATH; DT_RUNPATH does not reach these). A
# function that a library lacks is looked for when it is called, not before main:
# capture looks first, and says what is wrong.
ldflags() {
	flags=${CGO_LDFLAGS:--O2 -g}
	[ "$(uname -s)" = Darwin ] || flags="$flags -Wl,-z,lazy"
	dir=$(libdir)
	case $dir in
	"" | /lib | /lib64 | /usr/lib | /usr/lib64 | /lib/*-linux-* | /usr/lib/*-linux-gnu*) ;;
	*)
		[ "$(uname -s)" = Darwin ] || flags="$flags -Wl,--disable-new-dtags"
		flags="$flags -Wl,-rpath,$dir"
		;;
	esac
	echo "$flags"
}

# After a build that failed.
explain() {
	die "capture did not build on llama.cpp $(pc --modversion) in $(libdir)" \
		"it is written for llama.cpp $needed: install that one, $own"
}

case ${1:-} in
check | cflags | ldflags | explain) "$1" ;;
*) die "usage: scripts/system.sh check|cflags|ldflags|explain" "see the head of scripts/system.sh" ;;
esac

#!/bin/sh
# Builds upstream's llama-bench, once, from the source and with the options of
# scripts/engine.sh, into the user's cache folder, and prints its path. Beside
# what the engine needs it compiles llama.cpp's own helper library.
#
# Variables: LLAMA_SRC, CMAKE_ARGS, CAPTURE_CACHE as for scripts/engine.sh.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
. "$root/scripts/lib.sh"

[ "${SIMD:-native}" = native ] || die "llama-bench is only built with SIMD=native here" "leave SIMD unset"
engine=$("$root/scripts/engine.sh" build)
# The engine's folder is named by all that a build depends on.
target="$(cache_dir)/peers/$(basename "$engine")/llama-bench"
if [ ! -x "$target" ]; then
	cmake_venv="$(cache_dir)/cmake-venv"
	[ ! -x "$cmake_venv/bin/cmake" ] || PATH="$cmake_venv/bin:$PATH"
	need_tool cmake "CMake" "Debian, Ubuntu: apt-get install cmake; macOS: brew install cmake"
	work=$(mktemp -d "${TMPDIR:-/tmp}/capture-llama-bench.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
	if [ -n "${LLAMA_SRC:-}" ]; then
		source=$(cd "$LLAMA_SRC" && pwd)
	else
		version=$(sed -n 's/^sdist_version=//p' "$root/scripts/engine.sh")
		sum=$(sed -n 's/^sdist_sha256=//p' "$root/scripts/engine.sh")
		tarball="$(cache_dir)/downloads/llama_cpp_python-$version.tar.gz"
		[ -f "$tarball" ] || die "the source of llama.cpp is gone: $tarball" "rm -r $engine && make engine"
		[ "$(sha256 <"$tarball")" = "$sum" ] || die "$tarball is not what scripts/engine.sh downloads" "rm -r $tarball $engine && make engine"
		tar xzf "$tarball" -C "$work" --strip-components=2 "llama_cpp_python-$version/vendor/llama.cpp"
		source=$work/llama.cpp
	fi
	log="$work/build.log"
	say "compiling llama-bench (about 5 minutes on 2 cores; log: $log)"
	# shellcheck disable=SC2086  # the words are meant to be split
	{
		cmake -S "$source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release \
			-DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON \
			-DLLAMA_BUILD_IS_DEV=OFF -DLLAMA_BUILD_COMMON=ON -DLLAMA_BUILD_TOOLS=ON \
			-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF \
			-DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_OPENSSL=OFF \
			-DGGML_OPENMP=OFF -DGGML_CCACHE=OFF -DGGML_NATIVE=ON ${CMAKE_ARGS:-} &&
			cmake --build "$work/build" --target llama-bench -j "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
	} >"$log" 2>&1 || {
		tail -n 30 "$log" >&2
		mkdir -p "$(cache_dir)/peers"
		cp "$log" "$(cache_dir)/peers/failed.log"
		die "llama-bench did not build" "the whole log is in $(cache_dir)/peers/failed.log"
	}
	mkdir -p "$(dirname "$target")"
	cp "$work/build/bin/llama-bench" "$target.$$" && mv "$target.$$" "$target"
fi
echo "$target"

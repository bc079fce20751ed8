#!/bin/sh
# Builds llama.cpp once into the user's cache folder.
#
#   scripts/engine.sh build     build if it is not there yet, print the folder
#   scripts/engine.sh prefix    print the folder, build nothing
#
# Variables: BACKEND=NAME    cpu, cuda, hip, vulkan, metal, or auto (default): the
#                            one whose toolkit is on this machine, else cpu
#            LLAMA_SRC=DIR   a llama.cpp checkout instead of the pinned source
#            SIMD=LEVEL      native (default), x86-64-v2, -v3, -v4, or all: one
#                            library a level, chosen when the program starts
#            LINK=KIND       static (default) or shared, as packagers build it
#            TARGET=OS-ARCH  another machine's kind, for example linux-arm64 (scripts/target.sh)
#            CMAKE_ARGS=...  passed on to CMake, for example -DCMAKE_CUDA_ARCHITECTURES=90
#            JOBS=N          compilers at once (default: one a CPU)
#            CAPTURE_CACHE   the cache folder (default: the user's)
set -eu

# The one place where the engine's version stands (docs/decisions/001).
sdist=llama-cpp-python
sdist_version=0.3.36
sdist_sha256=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e
llama_version=0.5.0

SIMD=${SIMD:-native}
LINK=${LINK:-static}
CMAKE_ARGS=${CMAKE_ARGS:-}
LLAMA_SRC=${LLAMA_SRC:-}
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/backends.sh"
. "$here/target.sh"
TARGET=${TARGET:-$(this_machine)}
BACKEND=$(choose_backend "${BACKEND:-auto}")

# The folder is named by all that the build depends on, so that two sets of
# options live beside each other and a native build never serves another CPU.
engine_prefix() {
	machine="$(uname -sm) for $TARGET"
	if [ "$SIMD" = native ]; then
		machine="$machine $(grep -m1 -E '^(flags|Features)' /proc/cpuinfo 2>/dev/null || sysctl -n machdep.cpu.brand_string 2>/dev/null || true)"
	fi
	source="$llama_version $sdist_sha256"
	[ -z "$LLAMA_SRC" ] || source="checkout $(cd "$LLAMA_SRC" && pwd)"
	key=$(printf '%s\n' "$source" "$machine" "$SIMD" "$LINK" "$CMAKE_ARGS" "$(cat "$here/engine.sh" "$here/backends.sh" "$here/target.sh" "$here/amx.h")" | sha256 | cut -c1-12)
	echo "$(cache_dir)/engine/llama-$llama_version-$BACKEND-$SIMD-$LINK-$key"
}

simd_args() {
	case $SIMD in
	native)
		[ "$TARGET" = "$(this_machine)" ] || die "SIMD=native is for this machine, not for $TARGET" "add SIMD=all LINK=shared"
		echo -DGGML_NATIVE=ON
		;;
	x86-64-v2) echo -DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=OFF -DGGML_AVX2=OFF -DGGML_FMA=OFF -DGGML_F16C=OFF -DGGML_BMI2=OFF ;;
	x86-64-v3) echo -DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON ;;
	x86-64-v4) echo -DGGML_NATIVE=OFF -DGGML_SSE42=ON -DGGML_AVX=ON -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON -DGGML_AVX512=ON ;;
	all) echo -DGGML_NATIVE=OFF -DGGML_BACKEND_DL=ON -DGGML_CPU_ALL_VARIANTS=ON ;;
	*) die "SIMD=$SIMD is not known" "use native, x86-64-v2, x86-64-v3, x86-64-v4 or all" ;;
	esac
}

link_args() {
	case $LINK-$SIMD in
	static-all) die "SIMD=all loads its libraries at run time and cannot be static" "add LINK=shared" ;;
	static-*) echo -DBUILD_SHARED_LIBS=OFF ;;
	shared-*)
		case $TARGET in darwin-*) origin=@loader_path ;; *) origin="\$ORIGIN" ;; esac
		echo -DBUILD_SHARED_LIBS=ON "-DCMAKE_INSTALL_RPATH=$origin"
		;;
	*) die "LINK=$LINK is not known" "use static or shared" ;;
	esac
}

find_tools() {
	need_tool "${CC:-cc}" "a C compiler" "Debian, Ubuntu: apt-get install build-essential; macOS: xcode-select --install"
	need_tool "${CXX:-c++}" "a C++ compiler" "Debian, Ubuntu: apt-get install build-essential; macOS: xcode-select --install"
	need_tool make "make" "Debian, Ubuntu: apt-get install build-essential"
	need_tool pkg-config "pkg-config" "Debian, Ubuntu: apt-get install pkg-config; macOS: brew install pkgconf"
	if ! command -v cmake >/dev/null 2>&1; then
		say "CMake is not installed; taking it from PyPI into the cache folder"
		need_pip
		venv="$(cache_dir)/cmake-venv"
		[ -x "$venv/bin/cmake" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install -q 'cmake>=3.25,<4'; } ||
			die "CMake is missing and could not be had from PyPI" "install it: apt-get install cmake, or brew install cmake"
		PATH="$venv/bin:$PATH"
	fi
}

# Puts the llama.cpp source into $work/llama.cpp.
fetch_source() {
	if [ -n "$LLAMA_SRC" ]; then
		[ -f "$LLAMA_SRC/include/llama.h" ] || die "LLAMA_SRC=$LLAMA_SRC has no include/llama.h" "point it at a checkout of llama.cpp"
		ln -s "$(cd "$LLAMA_SRC" && pwd)" "$work/llama.cpp"
		return
	fi
	tarball="$(cache_dir)/downloads/llama_cpp_python-$sdist_version.tar.gz"
	if [ ! -f "$tarball" ]; then
		say "downloading llama.cpp $llama_version ($sdist $sdist_version from PyPI, 77 MB)"
		pip_download "$sdist" "$sdist_version" "$sdist_sha256" --no-binary "$work/download" \
			"check the network, or build from a checkout: make engine LLAMA_SRC=/path/to/llama.cpp"
		mkdir -p "$(dirname "$tarball")"
		mv "$work/download/llama_cpp_python-$sdist_version.tar.gz" "$tarball"
	fi
	got=$(sha256 <"$tarball")
	if [ "$got" != "$sdist_sha256" ]; then
		rm -f "$tarball"
		die "$tarball has sha256 $got, expected $sdist_sha256" "it was removed; run make engine again"
	fi
	say "unpacking the source"
	tar xzf "$tarball" -C "$work" --strip-components=2 "llama_cpp_python-$sdist_version/vendor/llama.cpp"
}

build() {
	log="$work/build.log"
	jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}
	minutes=2
	[ "$SIMD" != all ] || minutes=15
	say "compiling with $jobs jobs (about $minutes minutes on 2 cores; log: $log)"
	# shellcheck disable=SC2086  # the words are meant to be split
	{
		cmake -S "$work/llama.cpp" -B "$work/build" -DCMAKE_BUILD_TYPE=Release \
			-DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
			-DCMAKE_POSITION_INDEPENDENT_CODE=ON -DGGML_RPC=ON \
			-DLLAMA_BUILD_IS_DEV=OFF -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_TOOLS=OFF \
			-DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF \
			-DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_OPENSSL=OFF \
			-DGGML_OPENMP=OFF -DGGML_CCACHE=OFF $link $simd $(target_args "$TARGET") $(backend_args "$BACKEND") $CMAKE_ARGS &&
			cmake --build "$work/build" -j "$jobs" &&
			DESTDIR="$work/root" cmake --install "$work/build"
	} >"$log" 2>&1 || {
		tail -n 30 "$log" >&2
		mkdir -p "$(cache_dir)/engine"
		cp "$log" "$(cache_dir)/engine/failed.log"
		die "llama.cpp did not build" "the whole log is in $(cache_dir)/engine/failed.log"
	}
	built_version=$(sed -n 's/^Version: *//p' "$work/root$prefix/lib/pkgconfig/llama.pc") # as the source names itself
	[ "$LINK" = shared ] || write_pkgconfig
	write_facts
	mkdir -p "$(dirname "$prefix")"
	cp "$work/llama.cpp/LICENSE" "$work/root$prefix/LICENSE.llama.cpp"
	# Another build of the same options may have finished meanwhile; either will do.
	mv "$work/root$prefix" "$prefix" 2>/dev/null || [ -f "$prefix/lib/pkgconfig/llama.pc" ]
}

# Upstream's llama.pc lists the libraries in an order that only suits shared
# ones, and not the backends; this one serves a static link.
write_pkgconfig() {
	lib="$work/root$prefix/lib"
	backends=$(cd "$lib" && for f in libggml-*.a; do
		n=${f#lib}; n=${n%.a}
		[ "$n" = ggml-base ] || printf ' -l%s' "$n"
	done)
	system=$(backend_libraries "$BACKEND")
	mkdir -p "$lib/pkgconfig"
	cat >"$lib/pkgconfig/llama.pc" <<PC
prefix=$prefix
Name: llama
Description: llama.cpp, static, built for capture
Version: $built_version
Libs: -L$prefix/lib -lllama -lggml$backends -lggml-base $system
Cflags: -I$prefix/include
PC
}

# What `capture doctor` and the manifest say of this build. The version is compared
# with that of the library that is loaded.
write_facts() {
	cat >"$work/root$prefix/include/capture_engine.h" <<H
#define CAPTURE_ENGINE_VERSION "$built_version"
#define CAPTURE_ENGINE_OPTIONS "$LINK $BACKEND SIMD=$SIMD${CMAKE_ARGS:+ $(echo "$CMAKE_ARGS" | tr '"\\' '  ')}"
#define CAPTURE_ENGINE_SOURCE "${LLAMA_SRC:+checkout }${LLAMA_SRC:-$sdist $sdist_version sha256:$sdist_sha256}"
H
}

prefix=$(engine_prefix)
case ${1:-build} in
prefix) echo "$prefix" ;;
build)
	if [ ! -f "$prefix/lib/pkgconfig/llama.pc" ]; then
		simd=$(simd_args)
		link=$(link_args)
		check_backend "$BACKEND"
		cross_tools "$TARGET"
		find_tools
		work=$(mktemp -d "${TMPDIR:-/tmp}/capture-engine.XXXXXX")
		trap 'rm -rf "$work"' EXIT
		trap 'exit 130' INT TERM
		fetch_source
		drop_variants "$work/llama.cpp"
		build_flags "$work"
		build
		say "engine ready: $prefix"
	fi
	echo "$prefix"
	;;
*) die "usage: scripts/engine.sh build|prefix" "see the head of scripts/engine.sh" ;;
esac

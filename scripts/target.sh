# Builds for another kind of machine, and builds that are handed on.
# shellcheck shell=sh

# this_machine: what Go calls OS-ARCH, for example linux-amd64.
this_machine() {
	case $(uname -m) in
	x86_64 | amd64) arch=amd64 ;;
	aarch64 | arm64) arch=arm64 ;;
	*) arch=$(uname -m) ;;
	esac
	echo "$(uname -s | tr '[:upper:]' '[:lower:]')-$arch"
}

# cross_tools TARGET: sets CC and CXX for a target that is not this machine.
cross_tools() {
	[ "$1" != "$(this_machine)" ] || return 0
	case $1 in
	linux-arm64)
		CC=${CROSS_CC:-aarch64-linux-gnu-gcc} CXX=${CROSS_CXX:-aarch64-linux-gnu-g++}
		need_tool "$CXX" "TARGET=$1: the cross compiler" "Debian, Ubuntu: apt-get install g++-aarch64-linux-gnu"
		;;
	linux-amd64)
		CC=${CROSS_CC:-x86_64-linux-gnu-gcc} CXX=${CROSS_CXX:-x86_64-linux-gnu-g++}
		need_tool "$CXX" "TARGET=$1: the cross compiler" "Debian, Ubuntu: apt-get install g++-x86-64-linux-gnu"
		;;
	*) die "TARGET=$1 cannot be built on $(this_machine)" "build linux-amd64 and linux-arm64 on Linux, darwin-arm64 on a Mac" ;;
	esac
	export CC CXX
}

# target_args TARGET: the words for CMake.
target_args() {
	[ "$1" != "$(this_machine)" ] || return 0
	case $1 in
	linux-arm64) echo -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 ;;
	linux-amd64) echo -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=x86_64 ;;
	esac
}

# build_flags WORK: no path of the folder that is built in gets into the code, and
# AMX is set up whole (amx.h).
build_flags() {
	cp "$here/amx.h" "$1/amx.h"
	CFLAGS="${CFLAGS:-} -ffile-prefix-map=$1/="
	CXXFLAGS="${CXXFLAGS:-} -ffile-prefix-map=$1/= -include $1/amx.h"
	export CFLAGS CXXFLAGS
}

# drop_variants SOURCE: ggml's list of CPU libraries names two with SME, which GCC
# knows from version 14 on. Its code uses SME in KleidiAI alone, which is not built
# in, so that without them no CPU loses an instruction.
drop_variants() {
	case $SIMD-$TARGET in
	all-linux-arm64) ;;
	*) return 0 ;;
	esac
	if ! echo 'int x;' | "${CXX:-c++}" -march=armv9.2-a+sme -x c++ -S -o /dev/null - 2>/dev/null; then
		[ -z "$LLAMA_SRC" ] || die "${CXX:-c++} does not know SME, which SIMD=all needs in LLAMA_SRC" "use GCC 14 or newer, or the pinned source"
		say "leaving out the CPU libraries with SME, which ${CXX:-c++} does not know"
		sed -i.orig '/ggml_add_cpu_backend_variant(armv9/d' "$1/ggml/src/CMakeLists.txt"
	fi
}

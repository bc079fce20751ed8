#!/bin/sh
# Builds release archives: dist/capture-VERSION-OS-ARCH.tar.gz and SHA256SUMS.
#   scripts/dist/dist.sh [OS-ARCH...]     default: this machine's kind, and on Linux
#                                         the other one too where its compiler is
# The same commit, compilers and Go give the same bytes.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/target.sh

# The newest C and C++ library that an archive for Linux may ask for: those of
# Debian 12 and Ubuntu 22.04 have them (docs/install.md).
glibc=2.34
glibcxx=3.4.30

number=$(sed -n 's/^const version = "\(.*\)"$/\1/p' cmd/capture/version.go)
commit=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)
case $commit in
"v$number") version=$number ;;
"v$number"-*) version=$number-${commit#"v$number"-} ;;
*) version=$number-$commit ;;
esac
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || true)}
[ -n "$SOURCE_DATE_EPOCH" ] || die "this is no git checkout, so that the archive would have no date" "set SOURCE_DATE_EPOCH to the release's time in seconds"
export SOURCE_DATE_EPOCH
GO=${GO:-go}
work=$(mktemp -d "${TMPDIR:-/tmp}/capture-dist.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
helper="$work/dist"
CGO_ENABLED=0 $GO build -o "$helper" ./scripts/dist

# other_compiler: the kind of Linux machine that this one is not, and its compiler.
other_compiler() {
	case $(this_machine) in
	linux-amd64) echo linux-arm64 aarch64-linux-gnu-g++ g++-aarch64-linux-gnu ;;
	linux-arm64) echo linux-amd64 x86_64-linux-gnu-g++ g++-x86-64-linux-gnu ;;
	esac
}

# default_targets: this machine's kind first, since its program writes the man pages.
default_targets() {
	this_machine
	other_compiler | while read -r target compiler package; do
		if command -v "${CROSS_CXX:-$compiler}" >/dev/null; then
			echo "$target"
		else
			say "no $target archive: its compiler is missing (Debian, Ubuntu: apt-get install $package)"
		fi
	done
}

# backend TARGET: the accelerator that an archive carries. macOS has Metal
# everywhere; on Linux one is built for the machine it runs on.
backend() {
	case $1 in
	darwin-arm64) echo metal ;;
	*) echo cpu ;;
	esac
}

# compile TARGET ENGINE OUT: the program, with nothing of this machine in it.
compile() {
	case $1 in
	darwin-*) rpath='-Wl,-rpath,@executable_path/../lib/capture' ;;
	*) rpath="-Wl,-rpath,\$ORIGIN/../lib/capture -Wl,-rpath-link,$2/lib" ;;
	esac
	(
		cross_tools "$1"
		GOOS=${1%-*} GOARCH=${1#*-} CGO_ENABLED=1 PKG_CONFIG_PATH="$2/lib/pkgconfig" \
			$GO build -trimpath -buildvcs=false -o "$3" \
			-ldflags "-s -w -buildid= -X main.commit=$commit -extldflags '$rpath'" ./cmd/capture
	)
}

# libraries TARGET ENGINE DIR: llama.cpp's, each under the one name it is loaded by.
libraries() {
	mkdir -p "$3"
	for f in "$2"/lib/lib*.so.[0-9] "$2"/lib/lib*.[0-9].dylib "$2"/bin/libggml-*.so; do
		[ -f "$f" ] || continue
		cp -L "$f" "$3/"
	done
	case $1 in
	darwin-*) codesign -f -s - "$3"/* ;;
	linux-arm64) strip_with aarch64-linux-gnu-strip "$1" "$3" ;;
	linux-amd64) strip_with x86_64-linux-gnu-strip "$1" "$3" ;;
	esac
	chmod 644 "$3"/*
}

strip_with() {
	tool=$1
	[ "$2" != "$(this_machine)" ] || tool="strip"
	"$tool" --strip-unneeded "$3"/*
}

# texts ENGINE TARGET DIR: what is read, not run.
texts() {
	cp README.md CHANGELOG.md LICENSE "$3/"
	sed -e "s/@VERSION@/$version/g" -e "s/@TARGET@/$2/g" -e "s/@GLIBC@/$glibc/g" scripts/dist/INSTALL.md >"$3/INSTALL.md"
	cp -R docs "$3/docs"
	mkdir -p "$3/LICENSES/llama.cpp"
	cp "$1/LICENSE.llama.cpp" "$3/LICENSES/llama.cpp/LICENSE"
	cp scripts/dist/llama.cpp-parts.txt "$3/LICENSES/llama.cpp/PARTS.txt"
	cp scripts/dist/LICENSES.md "$3/LICENSES/README.md"
	GOOS=${2%-*} GOARCH=${2#*-} CGO_ENABLED=1 "$helper" licenses "$3/LICENSES"
}

# shared_files DIR: man pages and completions, from the first archive's program.
shared_files() {
	if [ ! -d "$work/share" ]; then
		if [ -x "$work/capture-$version-$(this_machine)/bin/capture" ]; then
			program="$work/capture-$version-$(this_machine)/bin/capture"
		else
			make -s build
			program=bin/capture
		fi
		said=$("$program" --version)
		[ "$said" = "capture version $number ($commit)" ] || die "$program says it is '$said', the archive is $version" "build again: make dist"
		"$program" docs "$work/share"
	fi
	cp -R "$work/share" "$1/share"
}

archive() {
	name=capture-$version-$1
	folder="$work/$name"
	engine=$(TARGET=$1 BACKEND=$(backend "$1") LINK=shared SIMD=all scripts/engine.sh build)
	mkdir -p "$folder/bin" dist
	compile "$1" "$engine" "$folder/bin/capture"
	libraries "$1" "$engine" "$folder/lib/capture"
	texts "$engine" "$1" "$folder"
	shared_files "$folder"
	set -- -path "$HOME/" -path "$(cache_dir)" -path "${TMPDIR:-/tmp}/capture-"
	case $PWD in /*/*) set -- "$@" -path "$PWD/" ;; esac # "/src/" alone is in every Go program
	"$helper" check -floor "GLIBC_$glibc" -floor "GLIBCXX_$glibcxx" "$@" "$folder"
	"$helper" pack -epoch "$SOURCE_DATE_EPOCH" "$folder" "dist/$name.tar.gz"
	say "dist/$name.tar.gz"
}

# shellcheck disable=SC2046  # the words are meant to be split
[ $# -gt 0 ] || set -- $(default_targets)
for target; do
	archive "$target"
done
(cd dist && for f in "capture-$version"-*.tar.gz; do printf '%s  %s\n' "$(sha256 <"$f")" "$f"; done >SHA256SUMS)
cat dist/SHA256SUMS

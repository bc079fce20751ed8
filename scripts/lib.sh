# Shared by the shell scripts here: messages, checksums, the cache folder.
# shellcheck shell=sh

say() { printf '%s: %s\n' "$(basename "$0" .sh)" "$*" >&2; }

# die WHAT HINT: the error, then on a line of its own what to do next.
die() {
	printf 'error: %s\n' "$1" >&2
	printf 'hint: %s\n' "$2" >&2
	exit 1
}

need_tool() { command -v "$1" >/dev/null 2>&1 || die "$2 ($1) is missing" "$3"; }

need_pip() {
	need_tool python3 "Python 3" "Debian, Ubuntu: apt-get install python3 python3-pip python3-venv"
	python3 -m pip --version >/dev/null 2>&1 ||
		die "pip is missing (python3 -m pip)" "Debian, Ubuntu: apt-get install python3-pip python3-venv; elsewhere: python3 -m ensurepip"
}

# pip_download PACKAGE VERSION SHA256 KIND DIR HINT: one file from PyPI. KIND is
# --no-binary or --only-binary, of this package alone: what pip needs to read a
# source package comes built, or it would compile for minutes. pip compares the
# checksum before it runs anything of the package.
pip_download() {
	need_pip
	need_cache
	mkdir -p "$5"
	echo "$1==$2 --hash=sha256:$3" >"$5/requirements.txt"
	python3 -m pip download -q --disable-pip-version-check --no-deps "$4" "$1" --require-hashes \
		-r "$5/requirements.txt" -d "$5" >"$5/pip.log" 2>&1 || {
		cat "$5/pip.log" >&2
		die "$1 $2 could not be downloaded from PyPI" "$6"
	}
}

sha256() {
	if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi | cut -d' ' -f1
}

# need_cache stops where the cache folder cannot be written.
need_cache() {
	dir=$(cache_dir)
	mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ] ||
		die "the cache folder $dir cannot be written" "name one that can: CAPTURE_CACHE=DIR"
}

# The folder that os.UserCacheDir gives to Go, with ours below it.
cache_dir() {
	[ -n "${CAPTURE_CACHE:-}${XDG_CACHE_HOME:-}${HOME:-}" ] || die "HOME is not set" "set it, or CAPTURE_CACHE to a folder for the engine and models"
	if [ -n "${CAPTURE_CACHE:-}" ]; then
		echo "$CAPTURE_CACHE"
	elif [ "$(uname -s)" = Darwin ]; then
		echo "$HOME/Library/Caches/capture"
	else
		echo "${XDG_CACHE_HOME:-$HOME/.cache}/capture"
	fi
}

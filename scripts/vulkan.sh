#!/bin/sh
# Prepares what llama.cpp's Vulkan backend needs, with Mesa's software driver in the
# place of a graphics card, on Debian and Ubuntu (docs/accelerators.md):
#
#   eval "$(scripts/vulkan.sh)"
#
# apt-get downloads the packages and they are unpacked into the user's cache folder:
# nothing is installed, root is not needed, and apt's own settings and lists stay as
# they are. Debian 12's Vulkan headers are too old for llama.cpp; there the headers,
# and they alone, come from Debian 13.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
. "$here/backends.sh"
need_tool apt-get "apt-get" "elsewhere install the Vulkan SDK and set VULKAN_SDK (docs/accelerators.md)"
need_tool dpkg "dpkg" "Debian, Ubuntu: it is part of the system"
. /etc/os-release
multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || "${CC:-cc}" -print-multiarch)
[ -n "$multiarch" ] || die "the name of the library folder is not known" "install a C compiler: apt-get install build-essential"

root="$(cache_dir)/vulkan-$ID-$VERSION_ID-$multiarch"
sdk="$root/usr"

# private_apt COMMAND...: apt-get with lists, cache and sources below $work.
private_apt() {
	apt-get -q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/sources.list.d" \
		-o Dir::State="$work/state" -o Dir::State::status=/var/lib/dpkg/status -o Dir::Cache="$work/cache" \
		-o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1 -o Acquire::Languages=none "$@" >>"$work/apt.log" 2>&1 || {
		tail -n 20 "$work/apt.log" >&2
		die "apt-get $1 failed" "check the network and that apt-get update works, or install the packages that docs/accelerators.md names"
	}
}

# own_sources: the system's own sources.
own_sources() {
	rm -rf "$work/sources.list" "$work/sources.list.d"
	mkdir -p "$work/sources.list.d" "$work/state/lists/partial" "$work/cache/archives/partial"
	[ ! -f /etc/apt/sources.list ] || cp /etc/apt/sources.list "$work/sources.list"
	cp /etc/apt/sources.list.d/* "$work/sources.list.d" 2>/dev/null || true
}

# newer_sources: Debian 13 on the mirror that this Debian 12 uses.
newer_sources() {
	mirror=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Identifier: Packages' | awk '$2 == "bookworm" || $2 == "oldstable" { print $1; exit }')
	[ -n "$mirror" ] || die "no mirror of Debian 12 is in apt's sources" "add one, or set VULKAN_SDK to newer headers (docs/accelerators.md)"
	rm -rf "$work/sources.list.d"
	mkdir -p "$work/sources.list.d"
	echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$work/sources.list"
}

prepare() {
	say "downloading the Vulkan headers, loader, shader compiler and software driver (20 to 80 MB)"
	own_sources
	private_apt update
	private_apt install --download-only --reinstall --no-install-recommends -y glslc libvulkan1 mesa-vulkan-drivers
	if [ "$ID-$VERSION_ID" = debian-12 ]; then
		newer_sources
		private_apt update
	fi
	(cd "$work/cache/archives" && private_apt download libvulkan-dev spirv-headers)
	for deb in "$work"/cache/archives/*.deb; do dpkg -x "$deb" "$work/root"; done
	ln -s "$multiarch/libvulkan.so" "$work/root/usr/lib/libvulkan.so" # where CMake looks
	for file in "$work"/root/usr/share/vulkan/icd.d/lvp_icd*.json; do
		sed "s#\"library_path\": *\".*libvulkan_lvp.so\"#\"library_path\": \"$sdk/lib/$multiarch/libvulkan_lvp.so\"#" "$file" >"$work/root/lvp.json"
	done
	version=$(VULKAN_SDK="$work/root/usr" vulkan_header)
	[ "$version" -ge "$vulkan_header_needed" ] ||
		die "the Vulkan headers of $PRETTY_NAME are older than 1.3.$vulkan_header_needed, which llama.cpp needs" "set VULKAN_SDK to newer ones (docs/accelerators.md)"
	rm -rf "$root"
	mkdir -p "$(dirname "$root")"
	mv "$work/root" "$root"
	say "ready: $root"
}

if [ ! -f "$root/lvp.json" ]; then
	work=$(mktemp -d "${TMPDIR:-/tmp}/capture-vulkan.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	trap 'exit 130' INT TERM
	prepare
fi

# llama.cpp passes over a device that is a CPU unless it is named.
cat <<EXPORTS
export BACKEND=vulkan VULKAN_SDK='$sdk' PATH='$sdk/bin':"\$PATH"
export LD_LIBRARY_PATH='$sdk/lib/$multiarch'\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
export VK_DRIVER_FILES='$root/lvp.json' VK_ICD_FILENAMES='$root/lvp.json' GGML_VK_VISIBLE_DEVICES=0
EXPORTS

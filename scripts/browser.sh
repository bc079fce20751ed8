#!/bin/sh
# The browser in which the tests open pages (scripts/e2e/test_*_page.py):
#
#   scripts/browser.sh find      print its path, or nothing
#   scripts/browser.sh install   install Debian's Chromium where there is none
#
# Only root can install it, and only from Debian: Ubuntu's package is a snap, which does not
# run in containers. Elsewhere install a Chromium, Chrome or Edge; CAPTURE_BROWSER names one
# that is not on the PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

find_browser() {
	for name in ${CAPTURE_BROWSER:-chromium chromium-browser google-chrome google-chrome-stable microsoft-edge}; do
		command -v "$name" && return
	done
	return 0
}

install_browser() {
	[ -z "$(find_browser)" ] || return 0
	grep -qs '^ID=debian' /etc/os-release && [ "$(id -u)" = 0 ] ||
		die "there is no browser for the tests of pages" "install Chromium (Debian, as root: apt-get install chromium), or name one: CAPTURE_BROWSER=PROGRAM"
	say "installing Chromium with apt-get"
	log=$(mktemp)
	{ apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-dejavu-core; } >"$log" 2>&1 || {
		tail -5 "$log" >&2
		rm -f "$log"
		die "Chromium could not be installed" "check the network and /etc/apt"
	}
	rm -f "$log"
}

case ${1:-} in
find) find_browser ;;
install) install_browser ;;
*) die "usage: scripts/browser.sh find|install" "see the head of scripts/browser.sh" ;;
esac

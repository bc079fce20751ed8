#!/bin/sh
# Makes a virtual environment, once, from a list of packages:
#   scripts/python.sh DIR [REQUIREMENTS]     (default: the readers that the tests use)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
venv=$1
requirements=${2:-$here/requirements.txt}
need_pip
python3 -c 'import venv, ensurepip' 2>/dev/null ||
	die "Python's venv module is missing" "Debian, Ubuntu: apt-get install python3-venv"
say "making $venv with $(cut -d= -f1 <"$requirements" | tr '\n' ' ')"
python3 -m venv "$venv"
"$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$requirements" ||
	die "the Python packages could not be installed" "check the network; $requirements lists them"
touch "$venv/ready"

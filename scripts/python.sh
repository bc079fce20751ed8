#!/bin/sh
# Makes the virtual environment with the readers that the tests use:
#   scripts/python.sh DIR
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"
venv=$1
need_pip
python3 -c 'import venv, ensurepip' 2>/dev/null ||
	die "Python's venv module is missing" "Debian, Ubuntu: apt-get install python3-venv"
say "making $venv with pyarrow, pandas, polars, DuckDB and NumPy"
python3 -m venv "$venv"
"$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$here/requirements.txt" ||
	die "the Python packages could not be installed" "check the network; scripts/requirements.txt lists them"
touch "$venv/ready"

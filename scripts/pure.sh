#!/bin/sh
# Prints the packages that need no C compiler: none of what they import has cgo, Go's
# own packages aside, which do without.
set -eu
cd "$(dirname "$0")/.."
cgo=$(go list -deps -f '{{if and .CgoFiles (not .Standard)}}{{.ImportPath}}{{end}}' ./...)
[ -n "$cgo" ] || { echo "error: no package has cgo, not even models" >&2; exit 1; }
go list -f '{{.ImportPath}} {{join .Deps " "}}' ./... | awk -v cgo="$cgo" '
	BEGIN { for (n = split(cgo, names, "\n"); n; n--) has[names[n]] }
	{ for (i = 1; i <= NF; i++) if ($i in has) next; print $1 }'

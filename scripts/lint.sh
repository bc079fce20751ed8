#!/bin/sh
# Style, common mistakes, and the rules between the layers.
set -eu
cd "$(dirname "$0")/.."
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "error: not formatted: $unformatted" >&2; echo "hint: gofmt -w ." >&2; exit 1; }
go vet ./...
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
go run ./scripts/layers
go run ./scripts/house -check
# shellcheck disable=SC2046  # the words are meant to be split
CGO_ENABLED=0 go build $(scripts/pure.sh)
go mod tidy -diff
for f in scripts/*.sh scripts/*/*.sh .ci/run; do sh -n "$f"; done

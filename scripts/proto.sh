#!/usr/bin/env bash
# Regenerates the Go code of proto/ in place. Needs protoc (any 3.21 or newer);
# the Go plugins are those pinned in tools/go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v protoc >/dev/null || {
	echo "protoc is missing: apt install protobuf-compiler, or brew install protobuf" >&2
	exit 1
}

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
(cd tools && GOWORK=off go build -o "$bin" google.golang.org/protobuf/cmd/protoc-gen-go \
	connectrpc.com/connect/cmd/protoc-gen-connect-go ./wellknown)
"$bin/wellknown" >"$bin/wellknown.bin"

cd proto
find . -name '*.proto' -print0 | sort -z | xargs -0 -n1 protoc \
	--plugin="$bin/protoc-gen-go" --plugin="$bin/protoc-gen-connect-go" --proto_path=. --descriptor_set_in="$bin/wellknown.bin" \
	--go_out=. --go_opt=paths=source_relative --connect-go_out=. --connect-go_opt=paths=source_relative

# protoc writes its own version into the file; that is no part of what we said.
find . -name '*.pb.go' | while read -r file; do
	grep -vE '^// [[:space:]]*protoc +v?[0-9]' "$file" >"$bin/clean"
	cat "$bin/clean" >"$file"
done

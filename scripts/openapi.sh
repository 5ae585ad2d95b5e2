#!/usr/bin/env bash
# Rewrites the API's document from the routes, and the Go client from the
# document. The generator is the one pinned in tools/go.mod.
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
(cd tools && GOWORK=off go build -o "$bin/oapi-codegen" github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen)

mkdir -p proto/openapi
go run -tags nomsgpack ./services/onset openapi >"$bin/onset.json"
cp "$bin/onset.json" proto/openapi/onset.json
cd pkg/client && "$bin/oapi-codegen" -config generate.yaml ../../proto/openapi/onset.json

#!/usr/bin/env bash
# Programs from npm against a running Onset: validators of its OpenAPI document, a
# client generated from it, a model server, an MCP server, the libraries that sign
# webhooks, and a runtime in TypeScript.
#
#   scripts/peers.sh install   installs them at the versions of the lock files
#   scripts/peers.sh run       installs them and runs the tests on bin/onset
set -euo pipefail
cd "$(dirname "$0")/.."

install() {
	for tool in node npm curl; do
		command -v $tool >/dev/null || { echo "the peers need node 20 or newer, npm and curl: $tool is missing" >&2; exit 1; }
	done
	if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
		echo "the peers need node 20 or newer; this is $(node --version)" >&2
		exit 1
	fi
	for folder in examples/typescript-client examples/runtime-typescript peers; do
		[ $folder/node_modules/.package-lock.json -nt $folder/package-lock.json ] ||
			(cd $folder && npm ci --no-audit --no-fund --loglevel=error) ||
			{ echo "npm cannot install what $folder/package-lock.json lists" >&2; exit 1; }
	done
}

case "${1:-}" in
install) install ;;
run)
	install
	cd peers
	npm test
	;;
*)
	echo "usage: scripts/peers.sh install | run" >&2
	exit 2
	;;
esac

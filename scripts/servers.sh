#!/usr/bin/env bash
# Throw-away servers for tests.
#
#   scripts/servers.sh run [--durable] -- COMMAND…
#
# starts a private Postgres (15 or newer) and Redis (6.2 or newer) on free
# loopback ports, runs COMMAND with TEST_DATABASE_URL and TEST_REDIS_URL set,
# stops both, removes every file, and ends with COMMAND's own code.
#
# A server program that is missing is installed first where that is allowed
# (root, sudo without a password, or Homebrew). Where it is not, this says the
# line to type and stops. When both variables are set already, COMMAND simply
# runs with them.
#
# With --durable Postgres syncs to disk and has the memory of a small server, as
# measurements need it; then the two variables are not looked at.
set -euo pipefail
export LC_ALL=C

say() { echo "servers: $*" >&2; }
die() { say "$@"; exit 1; }

# --- the programs ------------------------------------------------------------

# postgres_bin prints the folder of the newest Postgres that is new enough.
postgres_bin() {
	local dir
	for dir in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/libexec/postgresql* \
		/opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin 2>/dev/null | sort -rV) \
		"$(dirname "$(command -v initdb || echo /none/initdb)")"; do
		if [ -x "$dir/postgres" ] && [ -x "$dir/initdb" ] && at_least 15 "$("$dir/postgres" --version)"; then
			echo "$dir"
			return
		fi
	done
}

redis_bin() {
	local name
	for name in redis-server valkey-server; do
		if command -v "$name" >/dev/null && at_least 6.2 "$("$name" --version | sed 's/.*v=//')"; then
			command -v "$name"
			return
		fi
	done
}

# at_least 6.2 "some text with 7.0.15 in it": whether the first number in the
# text is not older.
at_least() {
	local found
	found=$(grep -oE '[0-9]+(\.[0-9]+)*' <<<"$2" | head -n1)
	[ "$(printf '%s\n%s\n' "$1" "$found" | sort -V | head -n1)" = "$1" ]
}

# --- installing --------------------------------------------------------------

install_command() {
	if command -v apt-get >/dev/null; then
		echo "apt-get install -y --no-install-recommends postgresql redis-server"
	elif command -v dnf >/dev/null; then
		echo "dnf install -y postgresql-server redis"
	elif command -v apk >/dev/null; then
		echo "apk add --no-cache postgresql redis"
	elif command -v brew >/dev/null; then
		echo "brew install postgresql@17 redis"
	fi
}

install_missing() {
	local line sudo=""
	line=$(install_command)
	[ -n "$line" ] || die "install Postgres (15 or newer) and Redis (6.2 or newer), then try again"
	if [ "$(id -u)" != 0 ] && [[ $line != brew* ]]; then
		sudo -n true 2>/dev/null || die "Postgres (15 or newer) or Redis (6.2 or newer) is missing. Type:  sudo $line"
		sudo="sudo -n"
	fi
	say "installing: $line"
	if [[ $line == apt-get* ]]; then
		$sudo apt-get update -qq >&2 || true # an old list may still do
		install_quietly "$sudo" "$line"
	else
		$sudo $line >&2 || die "that failed. Type:  $line"
	fi
}

# Debian starts a server as soon as it is installed; we want only the program.
install_quietly() {
	local sudo=$1 line=$2 policy=/usr/sbin/policy-rc.d ours="" code=0
	if [ ! -e $policy ]; then
		ours=yes
		printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null
		$sudo chmod +x $policy
	fi
	$sudo env DEBIAN_FRONTEND=noninteractive $line >&2 || code=$?
	[ -z "$ours" ] || $sudo rm -f $policy
	[ $code = 0 ] || die "that failed. Type:  sudo $line"
}

# --- the servers -------------------------------------------------------------

# as_other runs a command as somebody who is not root: Postgres refuses root.
as_other() {
	if [ "$(id -u)" != 0 ]; then
		exec "$@"
	elif command -v setpriv >/dev/null; then
		exec setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups "$@"
	elif command -v runuser >/dev/null; then
		exec runuser -u "$owner" -- "$@"
	else
		exec su -s /bin/sh "$owner" -c 'exec "$0" "$@"' -- "$@"
	fi
}

# free_port prints a port where nobody listens. Somebody else may take it
# before we do; then the start is tried with another.
free_port() {
	local port
	while :; do
		port=$((20000 + RANDOM % 40000))
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
}

# until_ready PID COMMAND…: waits for the command to succeed while the process
# lives, 30 seconds at most.
until_ready() {
	local pid=$1 try
	shift
	for try in $(seq 300); do
		"$@" >/dev/null 2>&1 && return 0
		kill -0 "$pid" 2>/dev/null || return 1
		sleep 0.1
	done
	return 1
}

redis_answers() {
	local answer
	exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'PING\r\n' >&3 && read -r -t 2 answer <&3 && [[ $answer == +PONG* ]]
}

start_postgres() {
	local try
	(as_other "$pg/initdb" -D "$home/pg" -U onset -A trust -E UTF8 --locale=C --no-sync) >"$home/initdb.log" 2>&1 ||
		die "initdb failed: $(tail -n3 "$home/initdb.log")"
	for try in 1 2 3 4 5; do
		pg_port=$(free_port)
		(as_other "$pg/postgres" -D "$home/pg" -p "$pg_port" -c listen_addresses=127.0.0.1 \
			-c unix_socket_directories= -c max_connections=500 "${pg_options[@]}") >"$home/pg.log" 2>&1 &
		pg_pid=$!
		until_ready "$pg_pid" "$pg/pg_isready" -h 127.0.0.1 -p "$pg_port" -q && return
		stop_one "$pg_pid" INT
	done
	die "Postgres does not start: $(tail -n3 "$home/pg.log")"
}

start_redis() {
	local try
	for try in 1 2 3 4 5; do
		redis_port=$(free_port)
		"$redis" --port "$redis_port" --bind 127.0.0.1 --dir "$home" --save '' --appendonly no \
			--maxmemory-policy noeviction >"$home/redis.log" 2>&1 &
		redis_pid=$!
		until_ready "$redis_pid" redis_answers_in_subshell "$redis_port" && return
		stop_one "$redis_pid" TERM
	done
	die "Redis does not start: $(tail -n3 "$home/redis.log")"
}

redis_answers_in_subshell() { (redis_answers "$1"); }

stop_one() {
	[ -n "$1" ] || return 0
	kill "-$2" "$1" 2>/dev/null || return 0
	wait "$1" 2>/dev/null || true
}

stop_all() {
	stop_one "$pg_pid" INT
	stop_one "$redis_pid" TERM
	rm -rf "$home"
}

# --- run ---------------------------------------------------------------------

# Nothing here outlives the tests, so nothing has to survive a power cut.
pg_options=(-c fsync=off -c full_page_writes=off -c shared_buffers=128MB)
if [ "${1:-}" = run ] && [ "${2:-}" = --durable ]; then
	pg_options=(-c shared_buffers=512MB -c max_wal_size=8GB)
	unset TEST_DATABASE_URL TEST_REDIS_URL
	set -- run "${@:3}"
fi
[ "${1:-}" = run ] && [ "${2:-}" = -- ] && [ $# -gt 2 ] || die "use: scripts/servers.sh run [--durable] -- COMMAND…"
shift 2

if [ -n "${TEST_DATABASE_URL:-}" ] && [ -n "${TEST_REDIS_URL:-}" ]; then
	exec "$@"
fi

pg=$(postgres_bin) redis=$(redis_bin)
if [ -z "$pg" ] || [ -z "$redis" ]; then
	install_missing
	pg=$(postgres_bin) redis=$(redis_bin)
	[ -n "$pg" ] || die "the Postgres of this system is too old; 15 or newer is at https://www.postgresql.org/download/"
	[ -n "$redis" ] || die "the Redis of this system is too old; 6.2 or newer is at https://redis.io/downloads/"
fi

owner=nobody
id postgres >/dev/null 2>&1 && owner=postgres
pg_pid="" redis_pid=""
home=$(mktemp -d "${TMPDIR:-/tmp}/onset-servers.XXXXXX")
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$home/pg"
chmod 755 "$home"
[ "$(id -u)" != 0 ] || chown "$owner" "$home/pg"
start_postgres
start_redis

export TEST_DATABASE_URL="postgres://onset@127.0.0.1:$pg_port/postgres?sslmode=disable"
export TEST_REDIS_URL="redis://127.0.0.1:$redis_port"
code=0
"$@" || code=$?
exit $code

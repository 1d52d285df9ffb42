#!/bin/bash
# The TCP proxy of samples/ with 10,000 connections at once: its memory for each, both sides counted, when they are idle and after each was used
# once, at most 2 KiB; and its CPU for a message of 64 bytes that goes through it and back on 100 of them.
# usage: proxy.sh ASYNCC
set -u
asyncc=$1
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$tmp"' EXIT

connections=10000
most=$(ulimit -Hn)
if [ "$most" != unlimited ] && [ "$most" -lt $((2 * connections + 100)) ]; then
	if ! ulimit -n $((2 * connections + 100)) 2>/dev/null; then
		connections=$(((most - 100) / 2))
		echo "  only $connections connections: RLIMIT_NOFILE is $most"
	fi
fi
"$asyncc" -O2 -o "$tmp/proxy" "$here/../../../samples/tcp_proxy.ac" &&
	"$asyncc" -O2 -o "$tmp/echo" "$here/../../../samples/echo_server.ac" &&
	"${CC:-cc}" -O2 -o "$tmp/loadgen" "$here/../common/loadgen.c" || exit 1
ulimit -n $((2 * connections + 100))

# start PROGRAM ARGUMENT...: runs a server in the background; $port is the one that the system has chosen.
start() {
	: >"$tmp/output"
	"$@" >>"$tmp/output" &
	pids+=($!)
	port=
	for ((i = 0; i < 100; i++)); do
		port=$(sed -n 's/^listening on .*://p' "$tmp/output")
		[ -z "$port" ] || return 0
		sleep 0.05
	done
	echo "$1 did not start"
	exit 1
}

start "$tmp/echo"
start "$tmp/proxy" 0 127.0.0.1 "$port"
proxy=${pids[1]}
idle=$(timeout 60 "$tmp/loadgen" idle "$port" "$connections" "$proxy" 2>/dev/null) || { echo "the connections were not held"; exit 1; }
for ((i = 0; i < 200 && $(ls "/proc/$proxy/fd" | wc -l) > 50; i++)); do
	sleep 0.1
done
busy=$(timeout 60 "$tmp/loadgen" echo "$port" 100 "${SECS:-2}" "$proxy" 2>/dev/null) || { echo "the echo went wrong"; exit 1; }
echo "$idle $busy" | awk -v n="$connections" '{
	missed = $2 <= 0 || $2 > 2048 || $4 > 2048
	printf "  %d connections through the proxy: %d bytes each, %d once used (at most 2048)%s\n", n, $2, $4, missed ? "  ABOVE" : ""
	printf "  100 of them busy: %.1f us of CPU for a message and its echo\n", $13
	exit missed
}'

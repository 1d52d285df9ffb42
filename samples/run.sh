#!/bin/sh
# Builds the samples and shows them at work: wc on every header that can be read, the echo server and its client, a scan of all
# ports, threads and tasks that share the work, and what is embedded in C and C++ programs (samples/embedded.sh).
#
#     samples/run.sh ASYNCC DIRECTORY-FOR-PROGRAMS
set -eu
asyncc=$1 bin=$2
samples=$(dirname "$0")
mkdir -p "$bin"
work=$(mktemp -d)
server=
trap 'rm -rf "$work"; [ -z "$server" ] || kill "$server" 2>/dev/null || :' EXIT

echo "== building the samples"
compilers=0
for source in "$samples"/*.ac; do
	name=$(basename "$source" .ac)
	for part in $("$asyncc" --features | sed -n 's/ *no .*//p'); do
		grep -qE "^#include <asyncc/(http_)?$part.h>" "$source" || continue
		echo "   $source: asyncc was built without $part"
		continue 2
	done
	{
		"$asyncc" -O2 -Wall -Wextra -o "$bin/$name" "$source" || : > "$work/failed"
		echo "   $source -> $bin/$name"
	} &
	compilers=$((compilers + 1))
	[ "$((compilers % $(nproc)))" -gt 0 ] || wait
done
wait
[ ! -e "$work/failed" ] || { echo "a sample does not build"; exit 1; }

echo "== hello"
"$bin/hello"

echo "== wc on the headers of /usr/include"
find -L /usr/include -type f -readable -print0 2>/dev/null | sort -z > "$work/headers"
status=0
xargs -0 -n 500 "$bin/wc" < "$work/headers" > "$work/ours" 2> "$work/ours.err" || status=$?
tail -n 3 "$work/ours"
if command -v wc > /dev/null; then
	expected=0
	xargs -0 -n 500 wc < "$work/headers" > "$work/theirs" 2> "$work/theirs.err" || expected=$?
	if cmp -s "$work/ours" "$work/theirs" && cmp -s "$work/ours.err" "$work/theirs.err" && [ "$status" = "$expected" ]; then
		echo "   $(tr -cd '\0' < "$work/headers" | wc -c) files: the same as $(command -v wc) prints"
	else
		echo "   differs from what $(command -v wc) prints:"
		diff "$work/theirs" "$work/ours" | head -n 10
		diff "$work/theirs.err" "$work/ours.err" | head -n 10
		exit 1
	fi
fi

echo "== echo server and client"
"$bin/echo_server" 0 1 > "$work/server" &
server=$!
port= tries=0
while [ -z "$port" ] && [ "$tries" -lt 100 ]; do
	sleep 0.05
	port=$(sed -n 's/^listening on .*://p' "$work/server")
	tries=$((tries + 1))
done
[ -n "$port" ] || { echo "the server did not start"; exit 1; }
"$bin/echo_client" "$port" hello "async C" "good bye" | sed 's/^/   client: /'
wait "$server"
server=
sed 's/^/   server: /' "$work/server"

echo "== port_scan: all ports of this machine"
"$bin/port_scan" 2>&1 | sed 's/^/   /'

echo "== thread_per_core on a thousand of the headers"
head -z -n 1000 "$work/headers" | xargs -0 -s 1000000 "$bin/thread_per_core" | sed 's/^/   /'

echo "== consumers: a producer, three consumers"
"$bin/consumers" "$samples"/*.ac | sed 's/^/   /'

echo "== monitors: half a second of them"
"$bin/monitors" "$work/headers" 0.5 | sed 's/^/   /'

echo "== job_queue: three commands, two at a time"
printf 'sleep 0.2; echo one\nsleep 0.1; echo two\necho three\n' | "$bin/job_queue" 2 | sed 's/^/   /'

echo "== progress"
"$bin/progress" "$bin/chat_server"

echo "== counter"
"$bin/counter" | sed 's/^/   /'

"$samples/embedded.sh" "$asyncc" "$bin"

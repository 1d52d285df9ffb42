#!/bin/sh
# Builds and runs the samples of async code in other programs: on their loop, called by C and C++, awaiting their callbacks.
#
#     samples/embedded.sh ASYNCC DIRECTORY-FOR-PROGRAMS
set -eu
asyncc=$1 bin=$2
samples=$(dirname "$0")
mkdir -p "$bin"

echo "== embed_in_libuv"
"$asyncc" -O2 -Wall -Wextra -o "$bin/embed_in_libuv" "$samples/embed_in_libuv/answer.ac" "$samples/embed_in_libuv/main.c"
printf 'async functions\non a loop\nof callbacks\n' | "$bin/embed_in_libuv" | sed 's/^/   /'

echo "== plain_c_client"
"$asyncc" --emit-header="$bin/stats.h" "$samples/plain_c_client/stats.ac"
"$asyncc" -c -O2 -Wall -Wextra -o "$bin/stats.o" "$samples/plain_c_client/stats.ac"
"$asyncc" -O2 -Wall -Wextra -I"$bin" -I"$samples/plain_c_client" -o "$bin/client" "$samples/plain_c_client/client.c" "$bin/stats.o"
"$bin/client" "$samples/plain_c_client/line_stats.h" | sed 's/^/   /'
if command -v g++ >/dev/null; then
	# shellcheck disable=SC2046 # options
	g++ -std=c++17 -O2 -Wall -Wextra -Wpedantic $("$asyncc" --cflags) -I"$bin" -I"$samples/plain_c_client" -o "$bin/client++" \
		"$samples/plain_c_client/client.cpp" "$bin/stats.o" $("$asyncc" --libs)
	"$bin/client++" "$samples/plain_c_client/line_stats.h" /nowhere | sed 's/^/   /'
fi

echo "== callback_bridge"
"$asyncc" -O2 -Wall -Wextra -o "$bin/callback_bridge" "$samples/callback_bridge/bridge.ac"
"$bin/callback_bridge" | sed 's/^/   /'

#!/bin/bash
# Fuzzes with libFuzzer, AddressSanitizer and UBSan: tests/fuzz/run.sh [SECONDS [TARGET]] (60, front_end).
#
#   front_end  the compiler; starts from the programs of the test suite
#   http       servers of HTTP/1.1, with a WebSocket among the routes, and of HTTP/2; starts from the requests of their tests
#   websocket  both sides of a WebSocket, and the answer to a handshake
#   readers    buffered readers of <asyncc/io.h>, against what they should give
#   client     HTTP clients: answers, heads, server-sent events
#   redis      clients of what is no Redis, and addresses
#   json       texts, paths
#
# All but the first need build/release, and their parts of the library. Inputs that failed are left in build/fuzz/ as crash-*, timeout-*; run one again with
# build/fuzz/TARGET FILE.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60} target=${2:-front_end} n=0
command -v clang >/dev/null || { echo "fuzzing needs clang"; exit 77; }
sanitize="-g -O1 -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all"
seeds=build/fuzz/$target-seeds
mkdir -p build/fuzz/"$target"-corpus "$seeds"

# build SOURCES...: the target, with the library's sources in place of its archives.
build() {
	CC=clang build/release/asyncc $sanitize -I. -Istdlib/include "tests/fuzz/$target.ac" "$@" -o "build/fuzz/$target"
}

# seed FORMAT: printf(1) makes the bytes.
seed() {
	n=$((n + 1))
	printf -- "$1" >"$seeds/$n"
}

# run OPTIONS...
run() {
	cd build/fuzz
	[ "$target" = client ] || export ASYNCC_TIME=virtual # libcurl has a clock of its own
	exec "./$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2000 "$@" "$target-corpus" "$target-seeds"
}

case $target in
http)
	build stdlib/http/*.ac stdlib/http/*.c stdlib/http2/*.ac stdlib/websocket/websocket.ac stdlib/websocket/accept.ac stdlib/websocket/*.c -lhttp_parser -lnghttp2 -lwslay
	# A seed is a string of the test's table, with its macros.
	while read -r line; do
		seed "${line//%/%%}"
	done < <(grep -E '^	\{("|T )' tests/exec/http_malformed.ac | sed -E 's/^	\{//; s/", "[0-9 ]*", .*$/"/; s/\bH "/"Host: h\\r\\n" "/g; s/^T /"POST \/ HTTP\/1.1\\r\\nHost: h\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n" /; s/" "//g; s/^"//; s/"$//')
	upgrade='GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
	for frames in '' '\x81\x85\0\0\0\0Hello\x88\x82\0\0\0\0\x03\xe8' '\x01\x83\0\0\0\0Hel\x89\x81\0\0\0\0p\x80\x82\0\0\0\0lo' '\xc1\x81\0\0\0\0a'; do
		seed "$upgrade$frames"
	done
	for frames in '\0\0\6\1\5\0\0\0\1\x82\x86\x84\x41\1h' '\0\0\7\1\4\0\0\0\1\x83\x86\x44\2/x\x41\0\0\0\3\0\1\0\0\0\1abc\0\0\4\3\0\0\0\0\1\0\0\0\0' '\0\0\4\x08\0\0\0\0\0\0\0\1\0\0\0\x08\6\0\0\0\0\0abcdefgh' \
		'\0\0\6\1\1\0\0\0\1\x82\x86\x84\x41\1h\0\0\5\x09\4\0\0\0\1\0\1x\1y'; do
		seed "h$frames"
	done
	run -max_len=3000
	;;
websocket)
	build stdlib/websocket/websocket.ac stdlib/websocket/connect.ac stdlib/websocket/*.c -lwslay
	for frames in '\x81\x85\0\0\0\0Hello\x88\x82\0\0\0\0\x03\xe8' '\x01\x83\0\0\0\0Hel\x89\x81\0\0\0\0p\x80\x82\0\0\0\0lo' '\x82\xfe\x01\0\0\0\0\0ab' '\xc1\x81\0\0\0\0a' '\x88\x85\0\0\0\0\x0f\xa0bye'; do
		seed "s$frames"
	done
	for frames in '\x81\5Hello\x88\2\x03\xe8' '\1\3Hel\x89\1p\x80\2lo' '\x82\x7e\1\0ab' '\x81\x85\0\0\0\0Hello'; do
		seed "c$frames"
	done
	seed 'aHTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: p\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n'
	seed 'aHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'
	run -max_len=2000
	;;
readers)
	build
	seed '\x14\4\4\4\4\0one\r\ntwo\n\nthree'
	seed '\5\4\4\0longer than it may be\n'
	seed '\x60\x05\x0e\x0f\x05\x2f\x04\0abc, some text, a line\nand more'
	run -max_len=400
	;;
client)
	build stdlib/client/{client,error,head,request}.ac stdlib/client/multi.c -lcurl
	seed 'e\x03\xef\xbb\xbfdata: one\n\nevent: add\rdata:two\rdata: lines\rid: 7\r\rid: 8\n\nretry: 5\ndata\r\n\r\n'
	for text in 'hHTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\n z\r\n\r\nT: u\r\n' 'hHTTP/2 301\r\nLocation: /b\r\n\r\nHTTP/2 404\r\nA:\r\n\r\n' \
		'aHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde' 'aHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n' \
		'aHTTP/1.0 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n' 'aHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x04\0\x43\xbe\xb7\xe8\1\0\0\0'; do
		seed "$text"
	done
	run -max_len=1500
	;;
redis)
	build stdlib/redis/*.ac -lhiredis
	for text in 'aredis://me:p%%40ss@[::1]:6379/3' 'aunix:/tmp/redis' '+OK\r\n:5\r\n$-1\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n$1\r\na\r\n' \
		'*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n*4\r\n$8\r\npmessage\r\n$2\r\nx*\r\n$2\r\nxy\r\n$3\r\na\0b\r\n' '-ERR no\r\n*-1\r\n*1\r\n*1\r\n*0\r\n'; do
		seed "$text"
	done
	run -max_len=1000
	;;
json)
	build stdlib/json/*.ac -ljansson
	seed 'a.b[1]["c d"]\0{"a": {"b": [1, {"c d": true}]}, "e": "\\u00e4\\ud83d\\ude00"}'
	seed '\0[1, -2.5e3, null, false, "x", {}, []]'
	seed '[0]\0[9223372036854775807, 1e308, [[[[]]]]]'
	run -max_len=2500
	;;
front_end)
	make -s build/gen/frontend/parse/parser.c build/gen/frontend/lex/lexer.c build/gen/frontend/base/library_names.def
	clang -std=gnu11 $sanitize -I. -Irt/include -Ibuild/gen tests/fuzz/front_end.c frontend/*/*.c lower/*/*.c build/gen/frontend/*/*.c -o build/fuzz/front_end
	for file in tests/exec/*.ac tests/must-fail/*.ac tests/plain/*.c; do
		of=$seeds/$(basename "$file").i
		[ -f "$of" ] || gcc -E -dD -P -w -undef -Irt/include -D__ASYNCC_PARSE__=1 -D__ASYNCC__=1 -x c "$file" 2>/dev/null | grep -v '^#' | tail -c 6000 >"$of" || true
	done
	grep -o '"[^"]*"' frontend/lex/token.def | sort -u >build/fuzz/words || true
	run -max_len=8000 $([ -s build/fuzz/words ] && echo -dict=words)
	;;
*)
	echo "tests/fuzz/run.sh: no target '$target'" >&2
	exit 2
	;;
esac

#!/bin/bash
# Fuzzes with libFuzzer, AddressSanitizer and UBSan: tests/fuzz/run.sh [SECONDS [TARGET]] (60, front_end).
#
#   front_end  the compiler; starts from the programs of the test suite
#   http       servers of the library (needs build/release, and the parts http, http2 and websocket); starts from the requests of its tests
#   redis      clients of what is no Redis, and addresses (needs build/release, and the part redis)
#
# Inputs that failed are left in build/fuzz/ as crash-*, timeout-*; run one again with build/fuzz/TARGET FILE.
set -eu
cd "$(dirname "$0")/../.."
command -v clang >/dev/null || { echo "fuzzing needs clang"; exit 77; }
if [ "${2-front_end}" = http ]; then
	mkdir -p build/fuzz/http-corpus build/fuzz/http-seeds
	CC=clang build/release/asyncc -g -O1 -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. -Istdlib/include \
		tests/fuzz/http.ac stdlib/http/*.ac stdlib/http/*.c stdlib/http2/*.ac stdlib/websocket/websocket.ac stdlib/websocket/*.c -o build/fuzz/http \
		-lhttp_parser -lnghttp2 -lwslay
	# A seed is a string of the test's table, with its macros.
	grep -E '^	\{("|T )' tests/exec/http_malformed.ac | sed -E 's/^	\{//; s/", "[0-9 ]*", .*$/"/; s/\bH "/"Host: h\\r\\n" "/g; s/^T /"POST \/ HTTP\/1.1\\r\\nHost: h\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n" /; s/" "//g; s/^"//; s/"$//' |
		while read -r line; do
			n=$((${n:-0} + 1))
			printf "${line//%/%%}" >"build/fuzz/http-seeds/$n"
		done
	for frames in '\x81\x85\0\0\0\0Hello\x88\x82\0\0\0\0\x03\xe8' '\x01\x83\0\0\0\0Hel\x89\x81\0\0\0\0p\x80\x82\0\0\0\0lo' '\x82\xfe\x01\0\0\0\0\0ab' '\xc1\x81\0\0\0\0a'; do
		n=$((${n:-0} + 1))
		printf "w$frames" >"build/fuzz/http-seeds/w$n"
	done
	for frames in '\0\0\6\1\5\0\0\0\1\x82\x86\x84\x41\1h' '\0\0\7\1\4\0\0\0\1\x83\x86\x44\2/x\x41\0\0\0\3\0\1\0\0\0\1abc\0\0\4\3\0\0\0\0\1\0\0\0\0' '\0\0\4\x08\0\0\0\0\0\0\0\1\0\0\0\x08\6\0\0\0\0\0abcdefgh'; do
		n=$((${n:-0} + 1))
		printf "h$frames" >"build/fuzz/http-seeds/h$n"
	done
	cd build/fuzz
	export ASYNCC_TIME=virtual
	exec ./http -max_total_time="${1:-60}" -timeout=10 -max_len=3000 -rss_limit_mb=2000 http-corpus http-seeds
fi
if [ "${2-front_end}" = redis ]; then
	mkdir -p build/fuzz/redis-corpus build/fuzz/redis-seeds
	CC=clang build/release/asyncc -g -O1 -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. -Istdlib/include \
		tests/fuzz/redis.ac stdlib/redis/*.ac -o build/fuzz/redis -lhiredis
	for seed in 'aredis://me:p%%40ss@[::1]:6379/3' 'aunix:/tmp/redis' '+OK\r\n:5\r\n$-1\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n$1\r\na\r\n' \
		'*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n*4\r\n$8\r\npmessage\r\n$2\r\nx*\r\n$2\r\nxy\r\n$3\r\na\0b\r\n' '-ERR no\r\n*-1\r\n*1\r\n*1\r\n*0\r\n'; do
		n=$((${n:-0} + 1))
		printf -- "$seed" >"build/fuzz/redis-seeds/$n"
	done
	cd build/fuzz
	export ASYNCC_TIME=virtual
	exec ./redis -max_total_time="${1:-60}" -timeout=10 -max_len=1000 -rss_limit_mb=2000 redis-corpus redis-seeds
fi
mkdir -p build/fuzz/corpus build/fuzz/seeds
make -s build/gen/frontend/parse/parser.c build/gen/frontend/lex/lexer.c build/gen/frontend/base/library_names.def
clang -std=gnu11 -g -O1 -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. -Irt/include -Ibuild/gen \
	tests/fuzz/front_end.c frontend/*/*.c lower/*/*.c build/gen/frontend/*/*.c -o build/fuzz/front_end
for file in tests/exec/*.ac tests/must-fail/*.ac tests/plain/*.c; do
	seed=build/fuzz/seeds/$(basename "$file").i
	[ -f "$seed" ] || gcc -E -dD -P -w -undef -Irt/include -D__ASYNCC_PARSE__=1 -D__ASYNCC__=1 -x c "$file" 2>/dev/null | grep -v '^#' | tail -c 6000 >"$seed" || true
done
cat frontend/lex/token.def | grep -o '"[^"]*"' | sort -u >build/fuzz/words || true
cd build/fuzz
exec ./front_end -max_total_time="${1:-60}" -timeout=10 -max_len=8000 -rss_limit_mb=2000 $([ -s words ] && echo -dict=words) corpus seeds

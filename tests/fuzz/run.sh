#!/bin/bash
# Fuzzes the compiler with libFuzzer, AddressSanitizer and UBSan: tests/fuzz/run.sh [SECONDS] (60). Starts from the programs of the test suite;
# inputs that failed are left in build/fuzz/ as crash-*, timeout-*; run one again with build/fuzz/front_end FILE.
set -eu
cd "$(dirname "$0")/../.."
command -v clang >/dev/null || { echo "fuzzing needs clang"; exit 77; }
mkdir -p build/fuzz/corpus build/fuzz/seeds
make -s build/gen/frontend/parse/parser.c build/gen/frontend/lex/lexer.c
clang -std=gnu11 -g -O1 -w -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I. -Irt/include -Ibuild/gen \
	tests/fuzz/front_end.c frontend/*/*.c lower/*/*.c build/gen/frontend/*/*.c -o build/fuzz/front_end
for file in tests/exec/*.ac tests/must-fail/*.ac tests/plain/*.c; do
	seed=build/fuzz/seeds/$(basename "$file").i
	[ -f "$seed" ] || gcc -E -dD -P -w -undef -Irt/include -D__ASYNCC_PARSE__=1 -D__ASYNCC__=1 -x c "$file" 2>/dev/null | grep -v '^#' | tail -c 6000 >"$seed" || true
done
cat frontend/lex/token.def | grep -o '"[^"]*"' | sort -u >build/fuzz/words || true
cd build/fuzz
exec ./front_end -max_total_time="${1:-60}" -timeout=10 -max_len=8000 -rss_limit_mb=2000 $([ -s words ] && echo -dict=words) corpus seeds

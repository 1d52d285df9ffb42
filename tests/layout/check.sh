#!/bin/sh
# Compares sema's sizes, alignments, offsets, bit positions and enum values with the C compiler's.
#   check.sh [FILE.c...]     ROOT, BUILD: the tree and its build directory; CC: the compiler to compare with (default gcc)
# Without files: types.c beside this script and the standard headers. Prints a line a failure; exit 1 if there was one.
ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
case ${BUILD:=build/release} in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
oracle=${ORACLE:-$BUILD/tests/tools/layout_oracle}
here=$ROOT/tests/layout
CC=${CC:-gcc}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
status=0

check() { # file, name
	"$CC" -std=gnu17 -w -E "$1" >"$tmp/in.i" 2>/dev/null || return 0
	if ! "$oracle" "$tmp/in.i" >"$tmp/checks.c" 2>"$tmp/err"; then
		echo "FAIL layout $2: $(head -1 "$tmp/err")"
		status=1
		return 0
	fi
	printf 'int main(void) { return asyncc_check_bitfields() != 0; }\n' >>"$tmp/checks.c"
	cat "$tmp/in.i" "$tmp/checks.c" >"$tmp/all.i"
	if ! "$CC" -std=gnu17 -w -x cpp-output -o "$tmp/all" "$tmp/all.i" >"$tmp/err" 2>&1 || ! "$tmp/all" >"$tmp/err" 2>&1; then
		echo "FAIL layout $2"
		grep -E 'error|bit' "$tmp/err" | head -5
		status=1
	fi
}

if [ $# -gt 0 ]; then
	for f; do check "$f" "$f"; done
else
	check "$here/types.c" types.c
	for h in stdio stdlib string time math complex tgmath stdatomic signal fcntl unistd pthread setjmp sys/stat sys/socket netinet/in netinet/tcp \
		 arpa/inet sys/epoll ucontext elf link threads fenv inttypes wchar uchar uv zlib linux/if_packet immintrin; do
		printf '#define _GNU_SOURCE\n#include <%s.h>\n' "$h" >"$tmp/header.c"
		check "$tmp/header.c" "<$h.h>"
	done
fi
exit $status

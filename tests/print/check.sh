#!/bin/sh
# The printer and the splicer on plain C: printed from the tree, or spliced as if parts of it used the dialect, a program has to become the same
# assembly. check.sh [FILE.c...]: without files, those of tests/print, tests/differential/sample and tests/plain.
ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
case ${BUILD:=build/release} in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
tools=$BUILD/tests/tools
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
status=0

# Without names of files, and without the numbers of functions in them. No forwarding of single-use temporaries: GCC lets it depend on line numbers.
assembly() { # output, cc arguments
	out=$1
	shift
	gcc -O1 -fno-tree-ter -w -S -o - "$@" 2>"$tmp/err" >"$tmp/asm" || return 1
	sed -E '/^[[:space:]]*\.(file|ident|loc)/d; /^#/d; s/\.L(FB|FE|C|VL)[0-9]+/.L\1/g' "$tmp/asm" >"$out"
}

compare() { # what, file, cc arguments
	what=$1 file=$2
	shift 2
	if ! assembly "$tmp/new.s" "$@"; then
		echo "FAIL print $file ($what): $(grep -m1 error "$tmp/err")"
		status=1
	elif ! cmp -s "$tmp/old.s" "$tmp/new.s"; then
		echo "FAIL print $file ($what): another program"
		diff "$tmp/old.s" "$tmp/new.s" | head -10
		status=1
	fi
}

check() { # file
	folder=$(dirname "$1")
	gcc -E -dD -w "$1" >"$tmp/in.i" || return 0
	gcc -E -w "$1" >"$tmp/plain.i"
	assembly "$tmp/old.s" "$1" || return 0
	for mode in '' -core '-core -lines'; do
		# Types that expressions define are at file scope in core form; normalize puts them there.
		[ -n "$mode" ] && grep -q 'sizeof(struct [a-z]* {' "$1" && continue
		"$tools/printall" $mode <"$tmp/plain.i" >"$tmp/out.c" || { echo "FAIL print $1 (printall $mode)"; status=1; continue; }
		compare "printall $mode" "$1" "$tmp/out.c"
	done
	for mode in '' -every=3 '-headers -every=2'; do
		"$tools/splicetest" "$1" $mode <"$tmp/in.i" >"$tmp/out.c" || { echo "FAIL print $1 (splicetest $mode)"; status=1; continue; }
		compare "splicetest $mode" "$1" -I"$ROOT/rt/include" -iquote "$folder" "$tmp/out.c"
	done
	assembly "$tmp/old.s" "$tmp/plain.i" || return 0
	"$tools/splicetest" "$1" -expanded -every=2 <"$tmp/in.i" >"$tmp/out.c" || { echo "FAIL print $1 (expanded)"; status=1; return; }
	compare expanded "$1" -I"$ROOT/rt/include" -iquote "$folder" "$tmp/out.c"
}

if [ $# -gt 0 ]; then
	for f; do check "$f"; done
else
	cd "$ROOT" || exit 2
	for f in tests/print/*.c tests/differential/sample/*.c tests/plain/*.c; do
		[ -f "$f" ] && check "$f"
	done
fi
exit $status

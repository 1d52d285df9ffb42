#!/bin/bash
# Programs made by csmith, turned into asynchronous ones, have to print what they print as ordinary C.
#
#   tests/differential/run.sh [N [FIRST]]      seeds FIRST ... FIRST + N - 1 (default: 100 from 1); make differential N=...
#   tests/differential/run.sh FILE.c...        these programs instead
#
# Compilers, optimisation levels, sanitizers and the density of awaits go by the seed. What failed stays in build/differential/NAME.*: the program, the
# asynchronous one, and how to run it again. BUILD: the build directory; FLAGS: more options for the C compiler. Exit status 1 if anything failed.
set -u
[ $# -gt 0 ] && [ -f "$1" ] && exec 3< <(realpath -- "$@")
cd "$(dirname "$0")/../.." || exit 1
root=$PWD
case ${BUILD:=build/release} in /*) ;; *) BUILD=$root/$BUILD ;; esac
asyncc=${ASYNCC:-$BUILD/asyncc} asyncify=$BUILD/tests/tools/asyncify
keep=${KEEP:-$root/build/differential}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
unset CC
good=0 skipped=0 failed=0

variant() { # number: sets compiler and options
	case $(($1 % 6)) in
	0 | 4) compiler=gcc options=-O0 ;;
	1) compiler=gcc options=-O2 ;;
	2) compiler=clang options=-O0 ;;
	3) compiler=clang options=-O2 ;;
	5) compiler=gcc options='-O1 -g -fsanitize=address' ;;
	esac
	command -v $compiler >/dev/null || compiler=gcc
	density=$((5 + $1 * 7 % 40))
}

fail() { # name, what
	failed=$((failed + 1))
	mkdir -p "$keep"
	cp "$tmp/x.c" "$keep/$1.c"
	[ -f "$tmp/x.ac" ] && cp "$tmp/x.ac" "$keep/$1.ac"
	cp "$tmp/err" "$keep/$1.err" 2>/dev/null
	echo "FAIL differential $1: $2"
	echo "  ASYNCC_CC=$compiler $asyncc -w $options $include ${FLAGS-} $keep/$1.ac"
}

check() { # name, number; the program is $tmp/x.c
	variant "$2"
	rm -f "$tmp/x.ac" "$tmp/x" "$tmp/y" "$tmp/err"
	if ! $compiler -w $options $include ${FLAGS-} "$tmp/x.c" -o "$tmp/x" -lm 2>"$tmp/err" ||
	   ! $compiler -w -fsyntax-only $include ${FLAGS-} -include "$root/rt/include/asyncc.h" -I "$root/rt/include" "$tmp/x.c" 2>/dev/null; then
		skipped=$((skipped + 1))
		return
	fi
	(cd "$tmp" && ASAN_OPTIONS=detect_leaks=0 timeout 5 ./x >x.out 2>/dev/null </dev/null) 2>/dev/null
	expected=$?
	if [ $expected -ge 124 ] || ! $compiler -E -w $include ${FLAGS-} "$tmp/x.c" >"$tmp/x.i" 2>/dev/null; then
		skipped=$((skipped + 1))
		return
	fi
	"$asyncify" -seed="$2" -density=$density <"$tmp/x.i" >"$tmp/x.ac" 2>"$tmp/err"
	case $? in
	0) ;;
	77) skipped=$((skipped + 1)); return ;;
	*) fail "$1" 'asyncify failed'; return ;;
	esac
	if ! ASYNCC_CC=$compiler timeout 300 "$asyncc" -w $options $include ${FLAGS-} "$tmp/x.ac" -o "$tmp/y" -lm 2>"$tmp/err"; then
		if grep -q "leaves the async function" "$tmp/err"; then # a label as value
			skipped=$((skipped + 1))
			return
		fi
		fail "$1" "does not compile: $(grep -m1 -E 'error|Assert|undefined' "$tmp/err")"
		return
	fi
	(cd "$tmp" && ASAN_OPTIONS=detect_leaks=0 timeout 120 ./y >y.out 2>err </dev/null) 2>/dev/null
	got=$?
	if [ $got != $expected ] || ! cmp -s "$tmp/x.out" "$tmp/y.out"; then
		fail "$1" "status $got, not $expected: $(head -c 200 "$tmp/err" | head -2 | tr '\n' ' ')"
		return
	fi
	good=$((good + 1))
}

include=
if [ -e /dev/fd/3 ]; then
	while read -r file <&3; do
		number=$(basename "$file" | cksum | cut -d' ' -f1)
		include="-I $(cd "$(dirname "$file")" && pwd)"
		cp "$file" "$tmp/x.c"
		check "$(basename "$file" .c)" "$number"
	done
else
	command -v csmith >/dev/null || { echo 'csmith is not installed'; exit 77; }
	for folder in /usr/include/csmith-[0-9]* /usr/include/csmith /usr/local/include/csmith-[0-9]* /usr/local/include/csmith; do
		[ -f "$folder/csmith.h" ] && include="-I $folder" && break
	done
	[ -n "$include" ] || { echo "csmith's headers are not installed"; exit 77; }
	first=${2:-1}
	for ((seed = first; seed < first + ${1:-100}; seed++)); do
		case $((seed % 4)) in
		0) shape='--max-funcs 3 --max-block-depth 3' ;;
		1) shape='--max-funcs 5 --no-volatiles' ;;
		2) shape='--max-funcs 8 --max-expr-complexity 4 --packed-struct' ;;
		3) shape='--max-funcs 4 --inline-function --float' ;;
		esac
		csmith --seed "$seed" $shape >"$tmp/x.c" 2>/dev/null || continue
		check "csmith-$seed" "$seed"
	done
fi
echo "differential: $good the same, $skipped skipped, $failed different"
[ $failed = 0 ]

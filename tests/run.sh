#!/bin/bash
# The test runner. Prints a line for each failure (with a diff) and each skip (with its reason), and at the end "N passed, N failed".
#
#   tests/run.sh [-j N] [-b] [SUITE | FILE]...
#
#   -b       accept: write what is printed now as what is expected (make bless)
#   SUITE    exec schedules (programs: both) must-fail golden plain unit driver samples readme lint headers checks; all of them by default
#   FILE     a test of its own: tests/exec/hello.ac; with SUITE=programs in the environment a program's schedules, too
#
# A case is a file; what to do with it is told by its folder (tests/case.sh). Beside NAME.ac may stand
#   NAME.out .err .status   what it prints and its exit status (0 where there is no file)
#   NAME.args .in           its arguments (one a line) and standard input
#   NAME.*.c NAME.*.ac      more sources of the same program
# and in its first lines directives: `// flags: ...` (options for asyncc), `// needs: ...` (shell condition, else the case is skipped; `part tls`: this part of the library is built); for programs
# also `// args:`, `// env:`, `// status:`, `// stderr:` (a part of it), `// libs:`, for conc_* and sync_* `// time: real` (the clock does not jump), and for their
# schedules (seeds, cancellations, failing allocations) `// schedules: lines` (the same lines in any order), `// schedules: seeds` (no sweeps: it keeps
# handles in arrays, which are its own to consume, or is about an abort), and `// schedules: no (reason)`;
# `// valgrind: no (reason)`; other programs that say `// schedules: sweeps` run under cancellations and failing allocations, up to the `// sweeps: N`th of each, or the Nth and the Mth (`// sweeps: N M`).
# A folder with a test of another kind has a script check.sh, which runs in an empty directory and ends with status 0 (77: skipped, the last line says why);
# tools that such scripts need are tests/tools/NAME.c, built as $BUILD/tests/tools/NAME.
# The build to test is $BUILD (build/release).
set -u
cd "$(dirname "$0")/.." || exit 1
export ROOT=$PWD LC_ALL=C.UTF-8 BUILD=${BUILD:-build/release}
export ASYNCC=${ASYNCC:-$ROOT/$BUILD/asyncc}
unset CC ASYNCC_CC CFLAGS COLUMNS GCC_COLORS MAKEFLAGS MAKELEVEL
jobs=2 bless=
while getopts j:b option; do
	case $option in
	j) jobs=$OPTARG ;;
	b) bless=1 ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
export BLESS=$bless
clang=$(command -v clang)
export LINKER=
command -v ld.gold >/dev/null && LINKER=-fuse-ld=gold # the quickest for small programs

[ -x "$ASYNCC" ] || { echo "tests/run.sh: $ASYNCC is not built" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/asyncc-tests-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
export WORK=$work

# One case a line: the file, and the variants that it runs in after a blank.
list_suite() {
	case $1 in
	exec | schedules | programs) list_programs "$1" $(main_files tests/exec) ;;
	must-fail) main_files tests/must-fail ;;
	golden) for stage in tests/golden/*/; do main_files "${stage%/}"; done ;;
	plain) ls tests/plain/*.c 2>/dev/null ;;
	unit) ls "$BUILD"/tests/unit/* 2>/dev/null | grep -v '\.[od]$' ;;
	driver) ls tests/driver/*.sh ;;
	samples) ls samples/*.ac ;;
	headers) for part in 1 2 3 4 5 6 7 8; do echo "tests/headers.sh $part"; done ;;
	readme) echo README.md ;;
	checks) ls tests/*/check.sh 2>/dev/null ;;
	lint) ls tests/lint/* ;;
	*) echo "tests/run.sh: no suite '$1'" >&2; exit 2 ;;
	esac
}

# list_programs SUITE FILE...: with `programs` for the suite both, so that a program is built once.
list_programs() {
	local suite=$1 n=0 k=0 file
	shift
	for file; do
		local variants=
		n=$((n + 1))
		if [ "$suite" != schedules ]; then
			variants=,gcc,sanitize
			[ -z "$clang" ] || variants+=,clang
			[ $((n % 12)) != 0 ] || head -12 "$file" | grep -q '^// valgrind: no' || variants+=,valgrind
		fi
		local schedules=
		[ "$suite" = exec ] || schedules=$(sed -n '1,12s|^// schedules: *\([a-z]*\).*|\1|p' "$file")
		if [ "$schedules" = sweeps ]; then
			variants+=,cancels,failures
		elif [ "$suite" != exec ] && [[ $file =~ /(conc|sync)_ ]]; then
			k=$((k + 1))
			case $schedules in
			no) ;;
			seeds | lines) variants+=,seeds ;;
			*)
				variants+=,seeds
				[ -z "${STRESS-}" ] && [ $((k % 4)) != 0 ] || variants+=,cancels,failures
				;;
			esac
		fi
		[ -z "$variants" ] || echo "$file ${variants#,}"
	done
}

# The sources of a folder that are tests of their own: NAME.ac, not NAME.other.ac.
main_files() {
	find "$1" -maxdepth 1 -name '*.ac' 2>/dev/null | LC_ALL=C sort | grep -v '/[^/]*\.[^/]*\.ac$'
}

if [ $# = 0 ]; then
	set -- headers lint checks unit driver readme samples golden must-fail plain programs
fi
for what; do
	if [ -f "$what" ]; then
		case $what in
		tests/exec/*) list_programs "${SUITE:-exec}" "$what" ;;
		*) echo "$what" ;;
		esac
	else
		list_suite "$what"
	fi
done >"$work/cases"

xargs -P "$jobs" -L 1 tests/case.sh <"$work/cases" >"$work/log" 2>&1

# The log holds blocks; a block's first line begins with PASS, FAIL or SKIP.
grep -v '^PASS ' "$work/log"
passed=$(grep -c '^PASS ' "$work/log")
failed=$(grep -c '^FAIL ' "$work/log")
skipped=$(grep -c '^SKIP ' "$work/log")
cases=$(awk '{ n += $2 ~ /,/ ? split($2, variants, ",") : 1 } END { print n + 0 }' "$work/cases")
lost=$((cases - passed - failed - skipped))
if [ "$lost" -gt 0 ]; then
	echo "$lost cases reported nothing"
	failed=$((failed + lost))
fi
[ "$skipped" = 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

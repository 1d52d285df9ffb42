#!/bin/bash
# One test case: tests/case.sh FILE [VARIANT,...]. Called by tests/run.sh, which sets ROOT, BUILD, ASYNCC, WORK, BLESS, LINKER.
# Prints, for each variant, "PASS name", "SKIP name: reason", or "FAIL name: what" and how.
set -u
file=$1 variants=${2-}
variant=$variants
name=$file${variant:+ ($variant)}
base=${file%.*}
stem=$(basename "$base")
work=$(mktemp -d "$WORK/case-XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
limit=120

pass() {
	echo "PASS $name"
	exit 0
}

skip() {
	echo "SKIP $name: $1"
	exit 0
}

# fail WHAT [FILE-TO-SHOW]
fail() {
	{
		echo "FAIL $name: $1"
		[ -z "${2-}" ] || head -c 6000 "$2" | head -60 | awk '{ print "    " $0 }'
	} >"$work/report" 2>&1
	cat "$work/report" # in one piece: two cases run at a time
	exit 0
}

# compare WHAT ACTUAL EXPECTED: a missing EXPECTED is an empty one.
compare() {
	local expected=$3
	[ -f "$expected" ] || expected=/dev/null
	cmp -s "$2" "$expected" && return
	if [ -n "$BLESS" ]; then
		if [ -s "$2" ]; then cp "$2" "$3"; else rm -f "$3"; fi
		return
	fi
	diff -u --label expected --label actual "$expected" "$2" >"$work/diff"
	fail "$1 differs" "$work/diff"
}

# `// KEY: value` in the first lines of the source.
declare -A directives=()
read_directives() {
	local lines line
	mapfile -t -n 12 lines <"$file"
	for line in "${lines[@]}"; do
		[[ $line =~ ^//*\ *([a-z]+):\ *(.*)$ ]] || continue
		[ -n "${directives[${BASH_REMATCH[1]}]-}" ] || directives[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]%%*( )\*/}
	done
}
shopt -s extglob
case $file in *.ac | *.c) read_directives ;; esac

# For `// needs: part tls`: asyncc was built with that part of the library.
part() {
	"$ASYNCC" --features | grep -q "^$1 *yes"
}

needs=${directives[needs]-}
if [ -n "$needs" ] && ! (eval "$needs") >/dev/null 2>&1; then
	for variant in ${variants//,/ } ; do
		echo "SKIP $file ($variant): needs $needs"
	done
	[ -n "$variants" ] || skip "needs $needs"
	exit 0
fi

# How the program is run: directives args, env, status, stderr (a part of it).
args=() input=/dev/null expected_status=${directives[status]-0} environment=()
prepare_run() {
	[ ! -f "$base.args" ] || mapfile -t args <"$base.args"
	[ ! -f "$base.in" ] || input=$PWD/$base.in
	[ ! -f "$base.status" ] || expected_status=$(<"$base.status")
	eval "args+=(${directives[args]-})"
	eval "environment=(${directives[env]-})"
	# Their sleeps say in which order things happen, on a busy machine too.
	case $stem in conc_* | sync_*) [ "${directives[time]-}" = real ] || environment+=(ASYNCC_TIME=virtual) ;; esac
}

# Runs the program that was built, and compares what it prints and its status.
run_program() {
	local program=$1 status=0 says=${directives[stderr]-}
	shift
	{ (cd "$work" && ulimit -c 0 && { [ ${#environment[@]} = 0 ] || export "${environment[@]}"; } && exec timeout "$limit" "$@" "$program" ${args[@]+"${args[@]}"} <"$input" >"$work/out" 2>"$work/errors"); } 2>/dev/null || status=$?
	if [ "$status" != "$expected_status" ]; then
		cat "$work/errors" "$work/out" >"$work/both"
		fail "exit status $status, expected $expected_status" "$work/both"
	fi
	if [ "$variant ${directives[schedules]-}" = "seeds lines" ]; then
		sort "$work/out" >"$work/sorted"
		sort "$base.out" >"$work/sorted.out"
		cmp -s "$work/sorted" "$work/sorted.out" || fail "other lines" "$work/out"
	else
		compare output "$work/out" "$base.out"
	fi
	if [ -f "$base.errors" ]; then
		compare "standard error" "$work/errors" "$base.errors"
	elif [ -n "$says" ]; then
		grep -qF -e "$says" "$work/errors" || fail "standard error does not say '$says'" "$work/errors"
	elif [ -s "$work/errors" ]; then
		fail "printed on standard error" "$work/errors"
	fi
}

# The sources of the program: those in the dialect as C, by asyncc with the preprocessor of $1, without other messages than NAME.warn.
emit() {
	local source asyncc=$ASYNCC
	# For gcc the compiler itself runs under the sanitizers.
	[ "$1" = gcc ] && [ -x "$ROOT/build/sanitize/asyncc" ] && asyncc=$ROOT/build/sanitize/asyncc
	mkdir "$work/$1" 2>/dev/null || return 0
	for source in "$file" "$base".*.ac; do
		[ -f "$source" ] || continue
		CC=$1 timeout "$limit" "$asyncc" ${directives[flags]-} --emit-c="$work/$1/$(basename "$source" .ac).c" "$source" >"$work/messages" 2>&1 || fail "asyncc failed" "$work/messages"
		[ "$source" != "$file" ] || compare "asyncc's messages" "$work/messages" "$base.warn"
	done
}

# build PROGRAM COMPILER ASYNCC OPTIONS...: compiles what emit wrote, and the C sources beside it, without a warning, and links them, with the runtime
# of that asyncc. Once.
build() {
	local program=$1 cc=$2 asyncc=$3 source objects=() strict=(-Wall -Wextra -Werror)
	[ ! -x "$program" ] || return 0
	shift 3
	emit $cc
	for source in "$work/$cc"/*.c "$base".*.c; do
		[ -f "$source" ] || continue
		local object=$program.$(basename "$source").o
		timeout "$limit" $cc "$@" "${strict[@]}" ${directives[flags]-} -D__ASYNCC__=1 -I"$ROOT/rt/include" -I"$ROOT/stdlib/include" -iquote "$(dirname "$file")" -c "$source" -o "$object" >"$work/messages" 2>&1 ||
			fail "$cc rejected the generated C" "$work/messages"
		[ -s "$work/messages" ] && fail "$cc warned about the generated C" "$work/messages"
		objects+=("$object")
	done
	CC=gcc "$asyncc" "$@" $LINKER "${objects[@]}" -o "$program" ${directives[libs]-} -lm >"$work/messages" 2>&1 || fail "linking failed" "$work/messages"
}

# A program, built in several ways and run in several more.
test_exec() {
	local sanitized=$ASYNCC
	[ ! -x "$ROOT/build/sanitize/asyncc" ] || sanitized=$ROOT/build/sanitize/asyncc
	case $variant in
	gcc | seeds | valgrind) build "$work/$stem" gcc "$ASYNCC" -O2 ;;
	clang) build "$work/$stem.clang" clang "$ASYNCC" -O0 ;;
	sanitize | cancels | failures) build "$work/$stem.sanitize" gcc "$sanitized" -O1 -fsanitize=address,undefined -fno-sanitize-recover=all ;;
	esac
	case $variant in
	gcc) run_program "$work/$stem" ;;
	clang) run_program "$work/$stem.clang" ;;
	sanitize) run_program "$work/$stem.sanitize" ;;
	valgrind)
		command -v valgrind >/dev/null || skip "valgrind is not installed"
		run_program "$work/$stem" valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
		;;
	seeds) run_seeds ;;
	cancels) run_sweep ASYNCC_CANCEL= ;;
	failures) run_sweep ASYNCC_FAIL=alloc: ;;
	esac
}

# Under every schedule the program prints the same.
run_seeds() {
	local seed
	[ "${directives[time]-}" = real ] || export ASYNCC_TIME=virtual
	for ((seed = 1; seed <= ${SEEDS:-100}; seed++)); do
		export ASYNCC_SEED=$seed
		name="$file (seed $seed)"
		run_program "$work/$stem"
	done
	name="$file ($variant)"
}

# Whichever await is cancelled, whichever allocation fails: the program ends by itself, and nothing is leaked. An abort that says what had no memory is an
# answer too, where the type of a call carries no error.
run_sweep() {
	local n status itself most=${directives[sweeps]-${SWEEP:-30}}
	[ "${directives[time]-}" = real ] || export ASYNCC_TIME=virtual
	export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99
	case $1 in # the status of an int main that gave the error itself: its low eight bits
	ASYNCC_CANCEL=) itself=131 most=${most% *} ;; # ASYNC_ECANCELED
	*) itself=244 most=${most#* } ;;              # ASYNC_ENOMEM
	esac
	for ((n = 1; n <= most; n++)); do
		status=0
		{ (cd "$work" && ulimit -c 0 && export "$1$n" && exec timeout "$limit" "$work/$stem.sanitize" </dev/null >"$work/out" 2>"$work/errors"); } 2>/dev/null || status=$?
		if [ "$1" != ASYNCC_CANCEL= ] && [ "$status" = 134 ] && grep -q '^asyncc: .*no memory' "$work/errors"; then
			continue
		fi
		[ "$status" = "${directives[status]-}" ] && continue # it is about that end
		if { [ "$status" -ge 99 ] && [ "$status" != $itself ]; } || grep -q 'asyncc: deadlock\|Sanitizer\|runtime error' "$work/errors"; then
			cat "$work/errors" "$work/out" >"$work/both"
			fail "$1$n: exit status $status" "$work/both"
		fi
	done
}

# asyncc's complete messages, and its status (1).
test_must_fail() {
	local status=0 expected=1
	[ -f "$base.status" ] && expected=$(cat "$base.status")
	local asyncc=$ASYNCC
	[ -x "$ROOT/build/sanitize/asyncc" ] && asyncc=$ROOT/build/sanitize/asyncc
	(cd "$(dirname "$file")" && exec env ASAN_OPTIONS=detect_stack_use_after_return=1 timeout "$limit" "$asyncc" -fsyntax-only ${directives[flags]-} "$(basename "$file")") >"$work/err" 2>&1 || status=$?
	[ "$status" = "$expected" ] || fail "exit status $status, expected $expected" "$work/err"
	[ -s "$work/err" ] || fail "no message"
	compare messages "$work/err" "$base.err"
}

# The dump of a stage (or, in tests/golden/c, the generated C).
test_golden() {
	local stage status=0 expected=$base.txt
	stage=$(basename "$(dirname "$file")")
	set -- --dump="$stage"
	case $stage in
	c)
		set -- --emit-c=-
		expected=$base.c
		;;
	report) set -- --frames ;;
	esac
	(cd "$(dirname "$file")" && exec timeout "$limit" "$ASYNCC" ${directives[flags]-} "$@" "$(basename "$file")") >"$work/dump" 2>&1 || status=$?
	[ "$status" = 0 ] || fail "exit status $status" "$work/dump"
	compare dump "$work/dump" "$expected"
}

# Plain C: the output is the input, byte for byte, and the program that asyncc builds does what the C compiler's does.
test_plain() {
	timeout "$limit" "$ASYNCC" -x ac --emit-c="$work/copy.c" "$file" >"$work/messages" 2>&1 || fail "asyncc failed" "$work/messages"
	cmp "$file" "$work/copy.c" >"$work/messages" 2>&1 || fail "the output is not the input" "$work/messages"
	gcc -w -O1 "$file" -o "$work/a" -lm >"$work/messages" 2>&1 || fail "gcc rejects the test" "$work/messages"
	timeout "$limit" "$ASYNCC" -w -O1 -x ac "$file" -o "$work/b" -lm >"$work/messages" 2>&1 || fail "asyncc failed to build it" "$work/messages"
	timeout "$limit" "$work/a" >"$work/expected" 2>&1 </dev/null
	local status=$?
	timeout "$limit" "$work/b" >"$work/out" 2>&1 </dev/null
	[ $? = $status ] || fail "exit status differs from gcc's, $status"
	cmp -s "$work/expected" "$work/out" || fail "prints something else than gcc's program"
}

test_unit() {
	CK_DEFAULT_TIMEOUT=120 timeout 300 "$file" >"$work/out" 2>&1 || fail "failed" "$work/out"
}

test_driver() {
	local status=0
	(cd "$work" && exec timeout 300 bash "$ROOT/tests/driver/run-script" "$ROOT/$file") >"$work/out" 2>&1 || status=$?
	[ $status = 77 ] && skip "$(tail -1 "$work/out")"
	[ $status = 0 ] || fail "exit status $status" "$work/out"
}

# A sample compiles without a warning; samples/run.sh and tests/driver/{,server_,postgres_}samples.sh show them at work.
test_samples() {
	local cc part
	for part in $("$ASYNCC" --features | sed -n 's/ *no .*//p'); do
		! grep -qE "^#include <asyncc/(http_)?$part.h>" "$file" || skip "asyncc was built without $part"
	done
	for cc in gcc clang; do
		command -v $cc >/dev/null || continue
		CC=$cc timeout "$limit" "$ASYNCC" -Wall -Wextra -Werror -O1 "$file" -o "$work/program" >"$work/messages" 2>&1 || fail "does not build with $cc" "$work/messages"
		[ ! -s "$work/messages" ] || fail "builds with messages of $cc" "$work/messages"
	done
	[ "$stem" = hello ] || return 0
	[ "$("$work/program")" = 'Hello, world!' ] || fail "prints something else"
}

# The first program of README.md, in the session behind it: its commands, with a port that nobody uses, print what they are shown to
# print; the server that goes to the background has been waited for.
test_readme() {
	local port=$((20000 + RANDOM % 10000))
	awk '/^```console$/ { on = 1; next } /^```$/ { if (on) exit } on' README.md >"$work/session"
	sed -n 's/^\$ //p' "$work/session" >"$work/commands"
	grep -v '^\$ ' "$work/session" >"$work/expected"
	awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' README.md >"$work/$(grep -o '[a-z]*\.ac' "$work/commands" | head -n 1)"
	[ -s "$work/session" ] && [ -n "$(ls "$work"/?*.ac)" ] || fail "no program or no session in README.md"
	grep -q curl "$work/commands" && ! command -v curl >/dev/null && skip "curl is not installed"
	while (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do
		port=$((port + 1))
	done
	sed -i "s/8080/$port/; s|&\$|\& until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do sleep 0.05; done|" "$work/commands"
	mkdir "$work/bin"
	ln -s "$ASYNCC" "$work/bin/asyncc"
	(cd "$work" && PATH=$work/bin:$PATH timeout "$limit" bash -e ./commands) >"$work/out" 2>&1 || fail "a command failed" "$work/out"
	compare "the session" "$work/out" "$work/expected"
}

test_headers() {
	local status=0
	"$file" "$variant" >"$work/out" 2>&1 || status=$?
	[ $status = 77 ] && skip "$(tail -1 "$work/out")"
	[ $status = 0 ] || fail "headers are rejected" "$work/out"
}

test_lint() {
	timeout 300 "$file" >"$work/out" 2>&1
	local status=$?
	[ $status = 77 ] && skip "$(tail -1 "$work/out")"
	[ $status = 0 ] || fail "found something" "$work/out"
}

test_check() {
	local status=0
	(cd "$work" && exec timeout 900 "$ROOT/$file") >"$work/out" 2>&1 || status=$?
	[ $status = 77 ] && skip "$(tail -1 "$work/out")"
	[ $status = 0 ] || fail "exit status $status" "$work/out"
}

case $file in
tests/*/check.sh) test_check ;;
tests/exec/*)
	prepare_run
	for variant in ${variants//,/ }; do
		name="$file ($variant)"
		(test_exec && pass) # a variant that fails leaves the others
	done
	exit 0
	;;
tests/must-fail/*) test_must_fail ;;
tests/golden/*) test_golden ;;
tests/plain/*) test_plain ;;
build/*) test_unit ;;
tests/driver/*) test_driver ;;
samples/*) test_samples ;;
README.md) test_readme ;;
tests/lint/*) test_lint ;;
tests/headers.sh) test_headers ;;
*) fail "no such kind of test" ;;
esac
pass

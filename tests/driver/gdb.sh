# Debuggers and profilers speak of the .ac file: breakpoints by line, steps, variables by name, tasks and backtraces of a live process
# and of a core with share/gdb/asyncc.py; gcov's counts; perf's samples.
if ! command -v gdb >/dev/null || ! gdb -nx -batch -ex run --args true 2>&1 | grep -q 'exited normally'; then
	echo "gdb is not installed, or may not run programs"
	exit 77
fi
cat >app.ac <<'EOF'
#include <asyncc.h>
#include <stdio.h>
#include <stdlib.h>

struct point {
	int x, y;
};

static async fn fetch(const char *name, int n) -> int
{
	struct point where = { n, 2 * n };
	int sum = 0, odd[3] = { 1, 3, 5 };
	for (int i = 0; i < n; i++) {
		(void)async_sleep(1).await;
		sum += where.x + odd[i];
	}
	printf("%s: %d\n", name, sum);
	return sum;
}

static int twice(int n)
{
	int result = 2 * n;
	return result;
}

static async fn crash(int n) -> int
{
	(void)async_sleep(n).await;
	if (n == 7)
		abort();
	return n;
}

async fn main(int argc, char **argv) -> int
{
	int total = twice(1);
	async nursery { |n|
		n.async_spawn(fetch("a", 2));
		n.async_spawn(fetch("b", 3));
	}?;
	total += fetch("c", argc).await;
	int other = 0;
	async join {
		other = async_sleep(argc > 1 ? 100000 : 1).await;
		total += crash(argc > 1 ? 7 : 1).await;
	}
	printf("%s %d\n", argv[0] ? "sum" : "", total + other);
	return 0;
}
EOF
# debug TEXT PROGRAM ARGS...: gdb's output for these commands goes to ./log, addresses left out.
debug() {
	printf 'set pagination off\nset confirm off\nset width 0\nsource %s\n%s\n' "$ROOT/share/gdb/asyncc.py" "$1" >commands
	shift
	timeout 60 gdb -nx -batch -x commands --args "$@" >gdb.log 2>&1 </dev/null || [ $? = 1 ] || die "gdb takes too long"
	sed -E 's/0x[0-9a-f]+/ADDRESS/g' gdb.log >log
	if grep -q 'Python Exception\|Traceback' log; then cat log; die "the script fails"; fi
}
# lines: those of app.ac that were shown, in one line.
lines() {
	sed -nE 's/^([0-9]+)\t.*/\1/p' log | tr '\n' ' ' | sed 's/ $//'
}
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	export CC=$cc
	status 0 asyncc -g -O0 -o app app.ac

	# Each line with code has its breakpoint there, all of it belongs to the function that is written there.
	for line in 11 12 13 14 15 17 18 23 24 29 30 31 32 37 38 39 40 41 42 43 44 45 46 48 49; do
		echo "break app.ac:$line"
	done >breaks
	debug "$(cat breaks)" ./app
	grep -v 'file app.ac, line' log | grep -q Breakpoint && { cat log; die "a line with several places"; }
	sed -nE 's/^Breakpoint .* line ([0-9]+)\.$/\1/p' log >got
	sed 's/.*://' breaks >expected
	sed -i -e '/^44$/d' expected got # both shapes are right: the block's head, or the line behind it
	cmp -s expected got || { diff expected got; die "$cc: breakpoints"; }

	# Steps: through a function, over an await that is suspended, into a callee.
	debug 'tbreak app.ac:11
run
async-next
async-next
async-next
async-next
async-next
async-next
async-next
async-next' ./app
	[ "$(lines)" = '11 12 13 14 15 13 14 15 13' ] || [ "$(lines)" = '11 12 13 14 15 13 14 15 13 17' ] || { cat log; die "$cc: async-next over $(lines)"; }
	debug 'tbreak app.ac:37
run
next
next
next
next' ./app
	[ "$(lines)" = '37 38 39 40 38' ] || [ "$(lines)" = '37 38 39 40 41' ] || { cat log; die "$cc: next over $(lines)"; }
	debug 'tbreak app.ac:42
run
step
next
bt -no-filters 2' ./app
	says 'fetch__poll (self=ADDRESS'
	says 'main__poll (self=ADDRESS'
	[ "$(lines)" = '42 9 11' ] || { cat log; die "$cc: step to $(lines)"; }

	# Tasks, backtraces, variables.
	debug 'break app.ac:15
run
info async-tasks
async-bt
async-locals
print $av("where")
print $av("odd")[1] + $av("n")
async-locals 1
async-locals 3' ./app
	for text in '  task 1: main (app.ac:35): waiting' '      in main at app.ac:38:2: awaiting nursery' '    task 3: fetch (app.ac:9): ready' \
		'        in fetch at app.ac:14:24: awaiting async_sleep' '    task 2: fetch (app.ac:9): running' '    #0  fetch at app.ac:15: running' \
		'    name = ADDRESS "a"' '    where = {x = 2, y = 4}' '    odd = {1, 3, 5}' '$1 = {x = 2, y = 4}' '$2 = 5' '    total = 2' \
		'    where = {x = 3, y = 6}' '    name = ADDRESS "b"'; do
		says "$text"
	done
	debug 'break app.ac:15
run
bt
bt full 1' ./app
	for text in '#0  fetch () at app.ac:15' ' in main (argc=1' '        where = {x = 2, y = 4}' '        odd = {1, 3, 5}'; do
		says "$text"
	done
	if grep -q 'fetch__poll ()\|async__runtime_run' log; then cat log; die "$cc: bt shows how it is done"; fi
	debug 'break app.ac:15
run
async-bt 77' ./app
	says 'no task 77; see `info async-tasks`'
done
unset CC

# A core tells the same; the branches of a region, too.
status 0 asyncc -g -O0 -o app app.ac
debug 'run
generate-core-file core.file
kill' ./app now
[ -s core.file ] || { cat log; die "no core"; }
timeout 60 gdb -nx -batch -ex "source $ROOT/share/gdb/asyncc.py" -ex 'info async-tasks' -ex async-bt -ex 'async-locals' -ex 'async-bt all' -ex 'async-locals 1 0' \
	./app core.file >log 2>&1 || { cat log; die "gdb on a core"; }
for text in 'task 1: main (app.ac:35): running' '    branch 1:' '#0  main at app.ac:45:46: awaiting async_sleep' '    branch 2:' '#0  crash at app.ac:31: running' \
	'crash at app.ac:31' '    n = 7' '#0  main at app.ac:44:2: awaiting join' '    other = 0'; do
	says "$text"
done

# The program's variables, whatever they are called, and none of asyncc's making.
cat >names.ac <<'EOF'
#include <asyncc.h>
#include <stdio.h>

static async fn get(int n) -> int
{
	async_sleep(n).await?;
	return n;
}

async fn main(void) -> int
{
	int f = get(4).await?, state = f + 1;
	state += async_timeout(get(f), 1000).await?;
	printf("%d %d\n", f, state);
	return 0;
}
EOF
status 0 asyncc -g -O0 -o names names.ac
debug 'break names.ac:14
run
async-locals' ./names
sed '1,/^main at /d' log | sort >shown
printf '    f = 4\n    state = 9\n' | cmp -s - shown || { cat log; die "other variables than the program's"; }

# No code is on a blank line.
for program in conc_odd_places conc_stream_switch sync_cond; do
	cp "$ROOT/tests/exec/$program.ac" .
	status 0 asyncc -g -O0 -w -c $program.ac
	objdump --dwarf=decodedline $program.o | awk -v file=$program.ac '$1 == file && $2 ~ /^[0-9]+$/ { print $2 }' | sort -un >code
	grep -n '^[[:space:]]*$' $program.ac | sed 's/:.*//' | sort -n >blank
	grep -xFf blank code && die "$program.ac has code on blank lines"
	[ -s code ] || die "$program.ac has no lines"
done

# Optimized code, and a program without debug information: a message.
status 0 asyncc -g -O2 -o app app.ac
debug 'run
async-bt' ./app now
says '#0  crash at app.ac:31: running'
says '#1  main at app.ac:46:36: awaiting crash'
status 0 asyncc -O2 -s -o app app.ac
debug 'run
info async-tasks' ./app now
says 'no debug information'

# gcov
if command -v gcov >/dev/null; then
	status 0 asyncc -O0 --coverage -c -o app.o app.ac
	status 0 asyncc --coverage -o app app.o
	status 0 ./app
	gcov -t app.o >log 2>/dev/null
	for text in '        3:   11:	struct point' '        6:   14:		(void)async_sleep' '        1:   23:' '        1:   42:' '    #####:   31:'; do
		says "$text"
	done
fi

# perf
cat >spin.ac <<'EOF'
#include <asyncc.h>

static async fn spin(unsigned n) -> int
{
	volatile unsigned sum = 0;
	async_yield_now().await?;
	for (unsigned i = 0; i < n; i++)
		sum += i;
	return 0;
}

async fn main(void) -> int { return spin(100000000).await; }
EOF
if command -v perf >/dev/null; then
	status 0 asyncc -g -O1 -o spin spin.ac
	if timeout 60 perf record -q -o spin.data ./spin >log 2>&1; then
		timeout 60 perf report -i spin.data --stdio --sort srcline 2>/dev/null | grep -v '^#' >log
		awk '$2 ~ /^spin\.ac:[78]$/ { sum += $1 } END { exit sum < 50 }' log || { cat log; die "perf does not name the lines"; }
	fi
fi

# Generated C that was committed is built without asyncc, with the amalgamated runtime alone; both come out the same every time.
status 0 "$ROOT/rt/amalgamate.sh" "$PWD/runtime" 1.2.3
status 0 "$ROOT/rt/amalgamate.sh" "$PWD/again" 1.2.3
[ "$(ls runtime)" = "asyncc.c
asyncc.h" ] || die "other files"
cmp runtime/asyncc.c again/asyncc.c
cmp runtime/asyncc.h again/asyncc.h
cat >program.ac <<'EOF'
#include <stdio.h>
#include <asyncc.h>
#	include <asyncc/sync.h>
#include <asyncc/net.h>
#include "part.ah"

static async fn child(chan(int) c, int n) -> int
{
	async_sleep(1).await?;
	return c.send(n).await;
}

async fn main(void) -> int
{
	int sum = 0;
	chan(int) c = async_channel(int, 2);
	defer c.free();
	async_mutex m = ASYNC_MUTEX_INIT;
	async nursery { |n|
		for (int i = 1; i <= 4; i++)
			n.async_spawn(child(c, i));
		for (int i = 1; i <= 4; i++)
			sum += c.recv().await?;
	}?;
	async_mutex_lock(&m).await?;
	async_mutex_unlock(&m);
	printf("%d %d\n", sum, part(1).await);
	return __LINE__; // 28: lines stay those of the source
}
EOF
cat >part.ac <<'EOF'
#include "part.ah"
#include <asyncc.h>
async fn part(int x) -> int { async_yield_now().await?; return x + 1; }
EOF
printf '#include <asyncc/dialect.ah>\nasync fn part(int x) -> int;\n' >part.ah
mkdir committed
for name in program part; do
	status 0 asyncc --emit-c=committed/$name.c --emit-header=committed/$name.h --emit-deps=$name.d $name.ac
	cp committed/$name.c first.c
	status 0 asyncc --emit-c=committed/$name.c $name.ac
	cmp first.c committed/$name.c || die "other bytes the second time"
done
grep -q '^committed/program.c: program.ac' program.d && grep -q 'part\.ah' program.d || { cat program.d; die "dependencies"; }
rm part.ah
grep -rnF "$ROOT" committed runtime && die "a place on this machine"
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	status 0 $cc -std=gnu11 -O2 -Wall -Wextra -Werror -Iruntime -c runtime/asyncc.c -o runtime.o
	status 0 $cc -std=gnu11 -O2 -Wall -Wextra -Werror -Iruntime committed/program.c committed/part.c runtime.o $(asyncc --libs | tr ' ' '\n' | grep -v asyncc) -luv -pthread -o program
	status 28 ./program
	one_message "10 2"
done

# Nothing of it has a name of its own.
nm -g --defined-only runtime.o | awk '{ print $3 }' | grep -vE '^(async_.*|future_drop|closure_drop)$' >log || true
[ ! -s log ] || { cat log; die "symbols without a prefix"; }


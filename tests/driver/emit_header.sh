# --emit-header: plain C11 and C++17 call the functions of a file by it, without a warning; asyncc reads it as prototypes.
cat >util.h <<'EOF'
#ifndef UTIL_H
#define UTIL_H
typedef struct { int id; char name[16]; } user_t;
#endif
EOF
cat >config.ah <<'EOF'
#pragma once
struct config { int on, level; struct config *next; };
async fn from_header(struct config c) -> int;
EOF
cat >service.ac <<'EOF'
#include "util.h"
#include <asyncc.h>
#include "config.ah"
#include <stdint.h>

typedef struct opaque opaque;
struct opaque { int z; };
enum level { LOW, HIGH };
typedef int (*filter)(const user_t *u, enum level level);

typedef async fn (*handler)(int) -> int;
enum kind { K1, K2 = 7 };
typedef struct node { struct node *next; union { int i; float f; } u; enum kind kind; unsigned bits : 3; } node;
#define LEN 4
struct inner { int z[LEN]; };
struct wrap { node n; struct inner in; handler h; };
typedef int vec[LEN];

/**
 * Finds a user.
 * @param id  its number
 */
async fn find_user(uint64_t id) -> result(user_t)
{
	async_sleep(1).await?;
	if (id == 0)
		return err(ASYNC_ENOENT);
	return ok((user_t){ .id = (int)id, .name = "anna" });
}

// Adds,
// slowly.
async fn add(int a, int new) -> int { async_sleep(1).await?; return a + new; }
int unrelated; // not about what follows
async fn nothing(void) { async_sleep(1).await; }
async fn check(void) -> result(void) { return ok(); }
async fn switched(struct config *c, enum level l, opaque *o, const char *restrict s, int done[4]) -> _Bool { return c->on && l && o->z && *s && done[0]; }
async fn half(double d, filter f) -> double { async_yield_now().await; return f ? 0 : d / 2; }
async fn by_value(struct config c) -> struct config { return c; }
async fn lines(int n) -> stream(int) { for (int i = 0; i < n; i++) yield i; }
async fn apply(async |int| -> int f, chan(int) c) -> int { return f(c.recv().await?).await; }
async fn class(int this) -> int { return this; }
async fn started(int err, int started) -> int { return err + started; }
async fn done(int value) -> int { return value; }
async fn wrapped(struct wrap w, handler h) -> struct inner { (void)h(w.in.z[0]).await; return w.in; }
__attribute__((visibility("default"))) async fn nodes(vec v, int n, int m[n], enum kind k) -> result(node) { return ok((node){ .kind = k, .u.i = v[0] + m[0] }); }
async fn pointers(async fn (*cb)(const char *) -> result(int), void (*plain)(int), volatile unsigned *_Atomic q) -> unsigned long long
{
	plain(1);
	return (unsigned long long)cb("a").await.value + *q;
}
async fn text(void) -> result(const char *) { return ok("x"); }
static async fn hidden(void) -> int { return 1; }
async fn reveal(void) -> int { return hidden().await; }
async fn from_header(struct config c) -> int { return c.level; }
EOF
cat >caller.c <<'EOF'
#include "service.h"
#include "service.h"
#include <stdio.h>
static int ended;
static void got(void *arg, int err, user_t u) { printf("%s %d %d %s\n", (char *)arg, err, u.id, u.name); ended++; }
static void sum(void *arg, int err, int v) { (void)arg; printf("%d %d\n", err, v); ended++; }
static void end(void *arg, int err) { (void)arg; printf("%d\n", err); ended++; }
int main(void)
{
	char user[] = "user", nobody[] = "nobody";
	async_task task;
	struct async_result_user_t r = find_user_block_on(7);
	printf("%d %s %d %g\n", r.err, r.value.name, add_block_on(1, 2), half_block_on(3, 0));
	if (find_user_start(NULL, 3, got, user, NULL) || find_user_start(async_runtime_current(), 0, got, nobody, NULL) || add_start(NULL, 3, 4, sum, NULL, &task) ||
	    nothing_start(NULL, end, NULL, NULL) || check_start(NULL, end, NULL, NULL) || nothing_start(NULL, NULL, NULL, NULL))
		return 1;
	async_task_cancel(task);
	for (int i = 0; i < 10 && ended < 5; i++)
		add_block_on(0, 0);
	return add_frame_size < 16;
}
EOF
status 0 asyncc --emit-header service.ac
status 0 asyncc --emit-header=again.h -c -Wall -Wextra service.ac
sed 's/AGAIN/SERVICE/' again.h | cmp - service.h || die "not the same header"
grep -q 'Finds a user' service.h && grep -q '^// slowly' service.h || die "no doc comments"
grep -q 'not about' service.h && die "a comment about something else"
grep -q 'hidden' service.h && die "a static function"
include=$(asyncc --cflags | sed 's/ .*//')
cat >expected <<'EOF'
0 anna 3 1.5
0
-125 -125
user 0 3 anna
nobody -2 0 
0
EOF
for compiler in "gcc -std=c11" "g++ -std=c++17 -x c++" "clang -std=c11" "clang++ -std=c++17 -x c++"; do
	command -v "${compiler%% *}" >/dev/null || continue
	case $compiler in *++*) language= ;; *) language="-x c" ;; esac
	status 0 $compiler $language -Wall -Wextra -Wpedantic -Werror $include -fsyntax-only service.h
	status 0 $compiler -Wall -Wextra -Wpedantic -Werror $include -c caller.c -o caller.o
	status 0 asyncc caller.o service.o -o caller
	./caller | LC_ALL=C sort >log || die "$compiler: wrong status"
	LC_ALL=C sort expected | cmp - log || { cat log; die "$compiler: wrong output"; }
done

# To asyncc it is prototypes.
cat >main.ac <<'EOF'
#include "service.h"
async fn main(void) -> int
{
	async for (int i : lines(3))
		add(i, 1).await?;
	return find_user(9).await?.id == 9 && class(3).await == 3 ? 0 : 1;
}
EOF
status 0 asyncc -Wall -Wextra main.ac service.o -o main
./main

# An old header: the linker says it, whoever the caller is.
echo 'async fn aged(int a, long b) -> int { return a + (int)b; }' >aged.ac
status 0 asyncc --emit-header aged.ac
sed -i s/long/int/ aged.ac
status 0 asyncc -c aged.ac
printf '#include "aged.h"\nasync fn main(void) -> int { return aged(1, 2).await; }\n' >async_caller.ac
printf '#include "aged.h"\nint main(void) { return aged_block_on(1, 2); }\n' >plain_caller.c
printf '#include "aged.h"\nint main(void) { return aged_start(0, 1, 2, 0, 0, 0); }\n' >plain_caller.cc
for caller in async_caller.ac plain_caller.c; do
	status 1 asyncc $caller aged.o -o caller
	says "undefined reference to \`aged__takes_int_long__gives_int'"
	says "'aged' is called by a prototype of another type"
done
if command -v g++ >/dev/null; then
	status 1 g++ -Wall -Wextra -Wpedantic plain_caller.cc $(asyncc --cflags) aged.o $(asyncc --libs) -o caller
	says "undefined reference to \`aged__takes_int_long__gives_int'"
fi

# Nothing in it: still a header. Mistakes.
echo 'int x;' >plain.ac
status 0 asyncc --emit-header plain.ac
status 0 gcc -fsyntax-only $include plain.h
status 2 asyncc --emit-header=x.h plain.ac service.ac
status 2 asyncc --emit-header x.c
status 1 asyncc --emit-header=service.ac service.ac

/* The dialect's words as ordinary names. */
#include <stdio.h>
#include <err.h>
#include <sys/select.h>

typedef int fn;
typedef struct task { int await, defer; } task;
enum { nursery = 3, ok = 4 };
static int async = 5, yield;
static fn result(fn future) { return future + 1; }
static int join(int chan, task *stream) { return chan + stream->await + stream->defer; }
#define spawn(x) ((x) * 2)

int block_on(int x)
{
	int await = x, shield = await ? async | await : nursery;
	await = await ?: 7;
	goto defer;
defer:
	return await + shield;
}

int main(void)
{
	task t = {.await = 1, .defer = 2}, *p = &t;
	fn fn = 9;
	int select_ = (async) + (fn);
	struct task task = t;
	yield = async | fn;
	if (p->await? 0 : 1)
		err(1, "no");
	printf("%d %d %d %d %d %d %d\n", result(1), join(1, &t), block_on(3), select_, task.defer, yield, spawn(ok));
	printf("%d\n", t.await ? t.await * -1 : t.defer);
	return t.await?ok:fn;
}

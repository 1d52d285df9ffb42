// For await_in_*.ac: an await as each kind of operand (below) in each place of a statement (BODY of the file that includes this). An
// ordinary function and the async one with the same text must leave the same trace.
#include <asyncc.h>
#include <stdio.h>
#include <string.h>

struct pt {
	int x, y;
};
static char trace[8192];
static size_t used;

static void note(const char *what, int n)
{
	used += (size_t)snprintf(trace + used, sizeof trace - used, "%s %d\n", what, n);
}

static int add(int a, int b)
{
	return a + b;
}

static int plain_id(int n)
{
	note("call", n);
	return n;
}

static async fn async_id(int n) -> int
{
	if (n & 1)
		async_yield_now().await;
	note("call", n);
	return n;
}

// X(name, expression): `ID` is one of the two, `i` the variable of the statement.
#define EXPRESSIONS(X)                                                          \
	X(plain, ID(i))                                                         \
	X(sum, ID(i) + 10 * ID(1))                                              \
	X(and, (int)(i && ID(i)))                                               \
	X(or, (int)(ID(i) || ID(2)))                                            \
	X(not, (int)!ID(i))                                                     \
	X(cond, (ID(i) ? ID(3) : ID(4)))                                        \
	X(elvis, (ID(i) ?: ID(5)))                                              \
	X(comma, ((void)ID(7), ID(i)))                                          \
	X(arg, add(ID(i), 2))                                                   \
	X(nested, ID(ID(i) + 1))                                                \
	X(index, arr[ID(i) & 3])                                                \
	X(deref, *(&v + ID(0)))                                                 \
	X(assign, (pp->x = ID(i)))                                              \
	X(compound, (v += ID(i)))                                               \
	X(cast, (signed char)ID(300 + i))                                       \
	X(literal, ((struct pt){ .x = ID(i), .y = 2 }.x))                       \
	X(sizeof, ((int)sizeof(ID(i)) + ID(i)))                                 \
	X(stexpr, ({ int q = ID(i); q += ID(1); q; }))

#define LOCALS                                                                  \
	int arr[4] = { 3, 1, 4, 1 }, v = 1;                                     \
	struct pt point = { 0, 0 }, *pp = &point;                               \
	(void)arr, (void)pp, (void)add, (void)v;

#define ID(n) plain_id(n)
#define PLAIN(name, expression) static int plain_##name(void) { LOCALS BODY((expression)) }
EXPRESSIONS(PLAIN)
#undef ID

#define ID(n) async_id(n).await
#define ASYNC(name, expression) static async fn async_##name(void) -> int { LOCALS BODY((expression)) }
EXPRESSIONS(ASYNC)
#undef ID

static const struct {
	const char *name;
	int (*plain)(void);
	async fn (*twin)(void) -> int;
} pairs[] = {
#define PAIR(name, expression) { #name, plain_##name, async_##name },
	EXPRESSIONS(PAIR)
};

async fn main(void) -> int
{
	size_t same = 0;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char expected[sizeof trace];
		used = 0, *trace = '\0';
		int want = pairs[i].plain();
		memcpy(expected, trace, sizeof trace);
		used = 0, *trace = '\0';
		int got = pairs[i].twin().await;
		if (want == got && used && !strcmp(expected, trace))
			same++;
		else
			printf("%s: plain C gives %d:\n%sasync %d:\n%s", pairs[i].name, want, expected, got, trace);
	}
	printf("%zu the same\n", same);
	return 0;
}

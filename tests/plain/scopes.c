/* Typedef names that are redeclared, K&R functions, declarators of every shape. */
#include <stdio.h>
typedef int T;
typedef int x, y;
int proc3(int (y(x)));
int proc3(int f(int (*)(int))) { return f(0); }
static int called(int (*f)(int)) { return f == 0 ? 4 : f(1); }
static int twice(int a) { return 2 * a; }
static int loop(void)
{
	for (int T = 0; T < 1; T++)
		if (T)
			return 1;
	T *p = 0;
	return p == 0;
}
typedef struct list { struct list *list; int n; } list;
static int walk(list *list)
{
	int n = 0;
	for (; list; list = list->list)
		n += list->n;
	return n;
}
/* Whether an else follows is asked while T is still the constant. */
static int hidden(void)
{
	int n = 0;
	if (sizeof(enum { T }) == 0)
		n++;
	T t = 1;
	while (sizeof(enum { T, U }) == 0)
		if (n)
			n += U;
	T u = 2;
	switch (sizeof(enum { V, T, W }))
		if (n)
			;
		else
#pragma unknown between the else and its statement
			n = V + W;
	T v = 3;
	if (n == 7) {
		n = 1;
	}
#pragma unknown "before" the else
#pragma unknown 802.11x
	else
		n += t + u + v;
	return n;
}
static int (*pick(int which))(int)
{
	return which ? twice : 0;
}
static int old(l, c, p) register struct list *l; char c, *p; { return l->n + c + *p; }
typedef int (*binary)(int, int);
static int apply(binary binary, int a, int b) { return binary(a, b); }
static int plus(int a, int b) { return a + b; }
static int (*const (*table)[1])(int, int) = &(int (*const[1])(int, int)){plus};
static int sizes(int n, int a[static 1], int m[n][n]) { return (int)(sizeof m[0] / sizeof m[0][0]) + a[0]; }
main(argc, argv) char **argv;
{
	list b = {0, 2}, a = {&b, 1};
	int m[3][3] = {{0}};
	char c = 3;
	T T = 5;
	printf("%d %d %d %d %d\n", proc3(called), loop(), walk(&a), pick(1)(4), old(&b, 2, &c));
	printf("%d %d %d %d %d\n", apply(plus, 1, 2), (*table)[0](3, 4), sizes(3, (int[]){1}, m), T * (T), hidden());
	return argc - 1;
}

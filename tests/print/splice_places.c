/* Items at awkward places: sharing lines, macros, conditionals, directives. */
#include <stdio.h>
#include <limits.h>
int a1(int x) { return x + 1; } int a2(int x) { return x + 2; } /* why */ int a3(int x)
{ return x + 3; } // tail
#define DEFINE(name, n) static int name(int x) { return x * (n); }
DEFINE(b1, 2) DEFINE(b2, 3)
#define BOTH(n) int c1_##n(int x) { return x + n; } int c2_##n(int x) { return x - n; }
BOTH(5)
#define HEAD int d1(int x) { return x ^
#define TAIL ; } int d2(int x) { return x | 1; } int d3(
HEAD 7 TAIL int x) { return x & 3; }
#if INT_MAX > 5
int e1(int x) {
#else
int e1(long x) {
#endif
	return (int)x + 1;
}
int e2(int x)
{
#if INT_MAX > 5
	x += 2;
#define SEEN 7
#undef DEFINE
#define DEFINE 9
	return x;
}
#else
	return x;
}
#endif
int e3(int x) { return x + SEEN + DEFINE; }
#define max(a, b) ((a) > (b) ? (a) : (b))
#define x_field field
struct m { int x_field; int (max)(int); };
int f1(struct m *m, int x) { return max(m->field, x) + sizeof(struct m) \
	+ __LINE__; }
int (max)(int, int);
int f2(int x) { return (max)(x, 1); }
int (max)(int p, int q) { return p - q; }
#define self self
int self = 4;
#define stringify(x) #x
const char *g1(void) { return stringify(a  b) "c" "d"
	"e"; }
int g2(int n)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-variable"
	int unused;
#pragma GCC diagnostic pop
	switch (n) {
	case 1:;
#define inside 3
	default: return inside;
	}
}
int g3(void) { return inside; }
int con\
tinued(int x) { return x /* a
comment */ + 1; }
extern int printf(const char *, ...);
#line 100 "other.c"
int h1(void) { return __LINE__; }
int h2(void) { return __LINE__; }
int main(void)
{
	struct m m = {2, 0};
	printf("%d %d %d %d %d\n", a1(1), a2(1), a3(1), b1(2), b2(2));
	printf("%d %d %d %d %d\n", c1_5(1), c2_5(1), d1(1), d2(1), d3(1));
	printf("%d %d %d %d %d %d %d\n", e1(1), e2(1), e3(1), f1(&m, 1), f2(3), self, continued(1));
	printf("%s %d %d %d %d\n", g1(), g2(1), g3(), h1(), h2());
	printf("%d %s\n", __LINE__, __FILE__);
	return 0;
}

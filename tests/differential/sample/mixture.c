#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct s { int a:3, :0, b; struct { int x; union { int y; char z; }; } *p, q[2]; int (*f)(int, char **); };
enum e { A, B = 5, C };
typedef struct s s_t;
static inline int add(int a, int b) { return a + b; }
static int k(a, b) int a; char *b; { return a + (b != 0); }
int v(int n, int m[n][n+1]) { int a[n]; for (int i = 0; i < n; i++) a[i] = m[i][i] = i; return a[n - 1]; }
int main(int argc, char **argv)
{
	int x = 5, *px = &x, arr[] = {1, 2, [5] = 3};
	s_t s = { .a = 1, .b = 2, .q[1].x = 4 };
	const char *const names[] = { "a" "b", "c" };
	for (int i = 0, j = 10; i < j; i++, j--)
		printf("%d %d\n", i, -(-j)), x -= - -x;
	switch (argc) { case 0: case 5 ... 7: x = 1; break; default: x++; lab: ; int z = 3; x += z; }
	if (x) if (argc > 1) x = 2; else x = 3;
	do { x--; if (x == 2) continue; } while (x > 0);
	int r = ({ int t = x; t + 1; });
	goto end;
	while (1) ;
end:
	printf("%d %d %zu %d %d %s\n", r, s.q[1].x, sizeof arr / sizeof *arr, ((s_t){.b = 7}).b, k(1, names[0]), names[0]);
	__asm__ volatile ("nop" : "+r" (x) : : "memory");
	static int (*fp)(int, int) = add;
	return v(3, (int[3][4]){{0}}) - 2 + (fp(1, 2) == 3 ? 0 : *px);
}

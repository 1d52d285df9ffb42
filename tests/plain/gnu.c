/* GNU extensions: what real code uses. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define max(a, b) __extension__({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })

struct bits { unsigned a : 3, : 2, b : 5; int z[0]; } __attribute__((packed));
typedef struct S __attribute__((aligned(16))) S_t;
struct S { int x; };
typedef int v4 __attribute__((vector_size(16)));
static void cleaned(int *p) { printf("cleaned %d\n", *p); }
static int sum(int n, ...) __attribute__((const, unused));
static int sum(int n, ...)
{
	va_list ap;
	int s = 0;
	va_start(ap, n);
	while (n--)
		s += va_arg(ap, int);
	va_end(ap);
	return s;
}
static int kr(a, b) int a; char b; { return a + b; }
static int interpreter(const char *code)
{
	static void *const table[] = {['+'] = &&inc, ['-'] = &&dec, [0] = &&end};
	int acc = 0;
	goto *table[(unsigned char)*code];
inc: __attribute__((unused))
	acc++;
	goto *table[(unsigned char)*++code];
dec:
	acc--;
	goto *table[(unsigned char)*++code];
end:
	return acc;
}
static int classify(int c)
{
	switch (c) {
	case '0' ... '9': return 1;
	case 'a' ... 'z': return 2;
	default: return 0;
	}
}
static int duff(char *to, const char *from, int count)
{
	int n = (count + 3) / 4, steps = 0;
	switch (count % 4) {
	case 0: do { *to++ = *from++; steps++;
	case 3:      *to++ = *from++; steps++;
	case 2:      *to++ = *from++; steps++;
	case 1:      *to++ = *from++; steps++;
		} while (--n > 0);
	}
	return steps;
}
static int nested(int n)
{
	__label__ out;
	int add(int x) { return x + n; }
	int r = add(1);
	if (r > 100)
		goto out;
	r = add(r);
out:
	return r;
}
_Static_assert(sizeof(struct bits) == 2, "packed");
_Thread_local int tls = 4;
int main(void)
{
	int arr[] = {[2] = 5, [5 ... 7] = 9, 1}, x = 3;
	char buf[20] = {0};
	{
		__attribute__((cleanup(cleaned))) int guarded = 7;
		guarded += max(x, arr[2]);
	}
	__auto_type y = 1.5;
	v4 v = {1, 2, 3, 4}, w = v + v;
	S_t s = {x: 8};
	__int128 big = (__int128)1 << 100;
	_Complex double c = 1.0 + 2.0i;
	asm volatile("" : "+r"(x) : : "memory");
	asm goto("" : : : : skip);
skip:
	printf("%zu %d %d %d %d %d %d\n", sizeof arr / sizeof *arr, arr[6], arr[8], sum(3, 1, 2, 3), kr(1, 'a'), interpreter("++-+"), classify('q'));
	printf("%d %s %d %g %d %d %d %g %zu %d\n", duff(buf, "hello world", 11), buf, nested(20), y, w[3], s.x, (int)(big >> 98), __real__ c, _Alignof(S_t), tls);
	printf("%d %d %s\n", _Generic(y, int: 1, double: 2, default: 3), __builtin_choose_expr(1, 4, "x"), __func__);
	printf("%d %d %d\n", __builtin_types_compatible_p(int, typeof(x)), x ?: 9, (int)offsetof(struct S, x));
	printf("%d\n", ((struct S){.x = 5}).x + (int)sizeof(int[x]) + 0b101 + (int)0x1p3 + L'a' + (int)u8"b"[0]);
	return 0;
}

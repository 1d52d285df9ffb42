/* Twenty constructs that break parsers, and their neighbours: has to parse, and to behave as under the C compiler alone. */
#include <stdio.h>
#include <stddef.h>
typedef int x; typedef char y;
int proc3(int (y(x)));
typedef int T; typedef struct Gen { int v; } Gen; typedef struct pf { int val; } pfn_t; typedef void pte_t;
int f2(void) { int r = 3; for (int T = 0; T < 1;T++) if (1) ; T *x; x = &r; return *x; }
int f2b(void) { for (int T;;) if (1) break; T *x = 0; return x != 0; }
int f2c(void) { if (sizeof(enum { T })) ; T *x = 0; while (0) ; T y2 = 1; return x != 0 && y2; }
Gen Gen_init(int n) { Gen g = {n}; return g; }
int f3(int n) { int v = 7; Gen Gen = Gen_init(n); pfn_t pfn_t = { .val = v }; return Gen.v + pfn_t.val; }
typedef struct list { struct list *list; int v; } list;
int f5(list *list) { struct list l = {0}; l.list = list; return l.list == list; }
int f5b(void) { list *list = 0; return list == 0; }
struct e5 { list *list; list l2; };
void clean(int *p) { *p = 0; }
#define mymax(e) ({ typeof(e) (*_f)(typeof(e)) = 0; int c __attribute__((cleanup(clean))) = 1; (void)_f; c + (e); })
int f6(void) { return mymax(3); }
int f7(int *q) { return __extension__ ({ __auto_type p = q; __typeof__((void)0, *p) t; t = *p; t; }); }
typedef void (*__attribute__((noreturn)) F8)(void);
void *(__attribute__((alloc_size(1))) *F8b)(size_t);
typedef struct S9 __attribute__((aligned(16))) S_t;
int f10(void);
int (*fp)() __attribute__((const)) = f10;
int f11(int a) { if (a) goto l; a++; l: __attribute__((unused)); int b = a; { goto m; m: __attribute__((unused)); } return b; }
[[gnu::x(! [ ! ( ! ) ! ] ! , ;;)]] int v12;
[[__nodiscard__]] extern T f13(int);
struct stat; int g13([[__maybe_unused__]] struct stat const *);
extern typeof(f10) alias14; ;
struct s14 { void *lock; ; };
int f15(int a) { asm goto ("" : : [a] "r" (a) : "cc" : lab, lab2); asm inline volatile ("nop"); lab: lab2: return a; }
extern int f16(const char *) __asm__ ("" "f16_x") __attribute__ ((__nothrow__ , __leaf__)) __attribute__ ((__nonnull__ (1)));
int f17(int c) { static const void *tab[32] = { [0 ... 31] = &&bad, ['\\' - 80] = &&esc }; goto *tab[c & 31]; bad: return 1; esc: return 2; }
struct b18 { int w : 3L; };
int f18(int *p, int a, int b) { typedef struct { int m; } Q; int c = L"a" "b"[1]; return c + sizeof (Q){0}.m + __alignof *p++ + (a ?: b ?: c); }
typedef unsigned long size19;
long *alloc(lth) register unsigned lth; { static long z; z = lth; return &z; }
static x19;
fmain(){ return 0; }
int f20(int a) { if (a)
#pragma GCC diagnostic push
  a = 2;
  return a; }
T f21(a, b) T a; const char *b; { T T = a; return T + !b; }
void f22(int n, int a[static n], int b[*]);
void f23(int n, int a[static const n], int b[const], int c[restrict static 3]) { }
int f24(int n; int a[n], int n) { return a[n-1]; }
enum e25 { A25 = 1, B25 __attribute__((unused)) = A25 << 1, };
struct s26 { struct { int a; union { int b; float c; }; }; int : 0; unsigned u:3, :2, v:1 __attribute__((packed)); _Static_assert(1, "x"); int flex[]; };
int f27(int a) { switch (a) { case 1 ... 3: return 1; default: ; case 9: int q; q = 1; return q; } }
struct p28 { int x, y; }; struct p28 v28 = { x: 1, y: 2 }, w28 = { .x = 1, .y = 2 }; int a28[] = { [2] 5, [3] = 6 };
int f29(int a) { __label__ out; int inner(int z) { return z + a; } if (a) goto out; return inner(2); out: return 0; }
int f30(void) { return _Generic(1, int: 1, default: 2, char *: 3) + __builtin_types_compatible_p(int, T) + __builtin_offsetof(struct s26, flex[1]); }
_Alignas(16) static char c31; _Thread_local int t31; _Noreturn void f31(void); _Atomic int a31; _Atomic(int *) b31; int _Atomic c31b;
_Complex double z32 = 1.0i; 
int T33(T), (*pT33)(T) = T33; unsigned T34;
typedef T T35, *T36;
void f37(T T, T35 b) { T = b; }
void f38(T (T35), T (*q)(T), T (*)(T), T, T[], T (void), T (T));
int f39(void) { T: ; goto T; return sizeof(T[3]) + sizeof (T) -1; }
int f40(int a) { return (T)a + (T)(a) + (a) - (T)-a; }
void f41(void) { int T; T = 1; { typedef char T; T x = 1; (void)x; } T++; }
struct T { struct T *T; T t; enum { T42 } e; };
void f42(struct T *p) { p->T->T = p; p->t = sizeof(struct T); }

int f10(void) { return 10; }
int T33(T a) { return a; }
int main(void)
{
	struct T t = {0}, *p = &t;
	int n = 5, five[1] = {5};

	p->T = p;
	f42(p);
	printf("%d %d %d %d %d %d\n", f2(), f2b(), f2c(), f3(2), f5b(), f6());
	printf("%d %d %d %d %d %d\n", f7(&n), f11(0), f15(7), f17(1), f17(12), f20(1));
	printf("%d %ld %d %d %d\n", f18(&n, 0, 3), *alloc(4ul), fmain(), f21(3, "x"), f24(five, 1));
	printf("%d %d %d %d %d %d\n", f27(2), f27(9), f27(5), f29(0), f30(), f40(2));
	printf("%d %d %d %d\n", v28.x + v28.y, w28.y, a28[2], a28[3]);
	return fp() != 10;
}

/* Names in products outside of functions: none of them is a type. */
enum { A = 3, B = (A * 2), C = sizeof(char[A * 2]) };
int obj; static int *po = &obj;
int arr[(A * B)], arr2[A * sizeof(obj * 2)];
_Static_assert((A * 2) == 6, "");
int x = (A * 2), y = (A & 2), *z[] = {(&obj), (A * 0 + &obj)};
int f(int n, int a[n * 2], int b[(n * 2)], char c[sizeof(n * 2)]);
typedef typeof((obj * 2)) t;
int g(int kr, int p[(obj * 2)]) { return kr + p[0]; }
struct s { int a : (A * 2); int b[(A * B)]; _Alignas(A * 0 + 8) int z; };
static int (*fp)(int) = 0;
int h = sizeof((*fp)(A * 2)), i = __builtin_choose_expr(1, (A * 2), 0), j = __builtin_constant_p(obj * 2);
int old(a, b) int a, b; { return (a * b); }
int main(void) { return B - 6; }

/* Types whose layout the oracle checks against the C compiler: every rule of frontend/sema/layout.c, tag.c and attribute.c. */
typedef unsigned char u8;
typedef unsigned long u64;

/* Plain members. */
struct empty {};
struct mixed { char a; double b; short c; long double d; char e; };
struct pointers { char c; void *p; int (*f)(void); int (*a)[3]; char d; };
struct nested { char c; struct { short s; struct { int i; } in; } mid; struct mixed m[2]; };
struct anonymous { char c; union { int i; struct { short lo, hi; }; double d; }; struct { char x; } named; };
struct flexible { int n; char data[]; };
struct zero_length { char c; int none[0]; };
struct zero_middle { char c; long none[0]; char d; };
struct many { _Bool b; _Complex float cf; _Complex double cd; __int128 i; unsigned __int128 u; char c; _Complex int ci; };
union number { char c; int i; double d; long double l; };
union odd { char c[5]; short s; };
struct va { char c; __builtin_va_list ap; };

/* Enums. */
enum small { S_A, S_B = 200 };
enum negative { N_A = -1, N_B };
enum wide { W_A = 0x100000000, W_B };
enum wide_negative { WN_A = -1, WN_B = 0x80000000 };
enum top { T_A = 0xffffffffffffffff };
enum packed_u8 { P8_A, P8_B = 255 } __attribute__((packed));
enum __attribute__((packed)) packed_s16 { P16_A = -129, P16_B = 127 };
enum packed_32 { P32_A = 65536 } __attribute__((packed));
enum moded { M_A, M_B } __attribute__((mode(QI)));
enum expressions { E_SIZE = sizeof(struct mixed), E_ALIGN = _Alignof(double), E_OFF = __builtin_offsetof(struct mixed, d), E_NEXT, E_CAST = (int)3.9, E_COND = 1 ? 7 : 8,
		   E_CHAR = 'a', E_NEG = '\377', E_MULTI = 'ab', E_SHIFT = 1u << 31 >> 3, E_DIV = -7 / 2, E_MOD = -7 % 3, E_SWAP = __builtin_bswap32(0x01000000),
		   E_CLZ = __builtin_clz(1), E_CTZ = __builtin_ctzll(8), E_POP = __builtin_popcount(255), E_FFS = __builtin_ffs(16), E_PARITY = __builtin_parity(7),
		   E_COMPAT = __builtin_types_compatible_p(int, const int), E_INCOMPAT = __builtin_types_compatible_p(int, long),
		   E_CHOOSE = __builtin_choose_expr(0, 1.0, 5), E_CONST = __builtin_constant_p(3), E_GENERIC = _Generic(1L, int: 1, long: 2, default: 3),
		   E_LOGIC = (3 && 0) || !4, E_BITS = (~5 & 0xff) ^ 3 | 64, E_WIDE = L'x', E_UTF = u'\u00e9', E_HEX = '\x41', E_OCT = '\101', E_BIN = 0b1011,
		   E_UNSIGNED = (unsigned char)-1, E_SIGNED = (signed char)200, E_BOOL = (_Bool)0.5, E_STRLEN = __builtin_strlen("seven77"), E_STR = sizeof "a" "bc",
		   E_WSTR = sizeof L"ab", E_U16 = sizeof u"\U0001F600", E_U8 = sizeof u8"\u00e9", E_LAST };
struct with_enums { enum packed_u8 a; enum packed_s16 b; enum small c; enum wide d; enum packed_u8 e : 8; };

/* Bit-fields. */
struct bits1 { unsigned a : 3, b : 5, c : 9; };
struct bits2 { unsigned a : 30; unsigned b : 5; };
struct bits3 { char c; int a : 17; char d; };
struct bits4 { char a : 4; int b : 30; long c : 40; };
struct bits5 { int a : 3; int : 0; int b : 3; };
struct bits6 { char a; int : 0; char b; };
struct bits7 { char a; int : 5; char b; };
struct bits8 { short a : 9; short b : 9; short c : 9; };
struct bits9 { u64 a : 33; unsigned b : 31; u64 c : 1; };
struct bits10 { _Bool a : 1; _Bool b : 1; int c : 1; u8 d : 8; };
struct bits11 { unsigned long long a : 64; int b : 1; };
struct bits12 { int a : 1; char b; int c : 1; short d; int e : 25; };
struct bits13 { long a : 5; };
struct bits14 { int : 3; };
struct bits15 { char c; long : 0; };
struct bits16 { __int128 a : 100; unsigned b : 20; unsigned __int128 c : 10; };
union bits17 { int a : 3; char b; long : 40; };
union bits18 { unsigned a : 17; };
struct bits19 { char a; short b : 3; char c; int d : 20; char e : 7; };
struct bits20 { int a : 3L; unsigned b : sizeof(int); };

/* packed */
struct __attribute__((packed)) packed1 { char a; int b; short c; double d; };
struct packed2 { char a; int b; } __attribute__((packed));
struct packed3 { char a; int b __attribute__((packed)); long c; };
struct packed4 { char a; unsigned b : 17; unsigned c : 20; int d; } __attribute__((packed));
struct packed5 { char a; unsigned b : 30 __attribute__((packed)); unsigned c : 7; };
struct packed6 { char a; struct mixed m; } __attribute__((packed));
struct packed7 { char a; int b __attribute__((aligned(4))); char c; } __attribute__((packed));
struct packed8 { int a; char b; } __attribute__((packed, aligned(4)));
struct packed9 { char a : 3; int : 0; char b; long c : 50; } __attribute__((packed));
union packed10 { int a; char b[5]; } __attribute__((packed));
struct __attribute__((__packed__)) packed11 { u8 a; u64 b; struct { u8 c; u64 d; } e; };

/* aligned */
struct aligned1 { char a; int b __attribute__((aligned(16))); char c; };
struct aligned2 { char a; } __attribute__((aligned(32)));
struct aligned3 { char a; } __attribute__((aligned));
struct aligned4 { _Alignas(32) char a; _Alignas(double) char b; _Alignas(8) int c; };
struct aligned5 { char a; int __attribute__((aligned(8))) b : 3; int c : 3; };
struct aligned6 { char a; struct aligned2 b; };
struct aligned7 { char a; __attribute__((aligned(8))) int b, c; };
typedef int aligned_int __attribute__((aligned(16)));
typedef double loose_double __attribute__((aligned(4)));
typedef aligned_int aligned_again;
typedef u64 unaligned_u64 __attribute__((aligned(1)));
struct aligned8 { char a; aligned_int b; char c; loose_double d; unaligned_u64 e; aligned_again f; };
struct aligned9 { char a; loose_double b[3]; };
typedef struct later __attribute__((aligned(16))) later_t;
struct later { int a; };
typedef struct { char c; } __attribute__((aligned(64))) cache_line;
struct aligned10 { cache_line lines[2]; char c; };

/* #pragma pack */
#pragma pack(push, 1)
struct pack1 { char a; int b; double c; };
struct pack1_bits { char a; unsigned b : 20; unsigned c : 20; int d; };
struct pack1_zero { char a : 3; int : 0; char b; };
#pragma pack(push, name, 2)
struct pack2 { char a; int b; double c; struct mixed m; };
struct pack2_bits { char a; int b : 31; int c : 5; };
struct pack2_aligned { char a; int b __attribute__((aligned(8))); } __attribute__((aligned(16)));
#pragma pack(4)
struct pack4 { char a; double b; long double c; };
#pragma pack(pop, name)
struct pack_again { char a; int b; };
#pragma pack(pop)
struct pack_none { char a; int b; };
#pragma pack(8)
struct pack8 { char a; long double b; };
#pragma pack()
struct unpacked { char a; long double b; };

/* vectors, modes */
typedef int v4si __attribute__((vector_size(16)));
typedef float v8sf __attribute__((vector_size(32)));
typedef char v2qi __attribute__((vector_size(2)));
struct vectors { char a; v4si b; char c; v8sf d; v2qi e; double f __attribute__((vector_size(16))); };
typedef int word_t __attribute__((mode(word)));
typedef unsigned int uti __attribute__((mode(TI)));
typedef unsigned qi __attribute__((__mode__(__QI__)));
typedef float df __attribute__((mode(DF)));
typedef _Complex float cxf __attribute__((mode(XC)));
struct modes { qi a; word_t b; qi c; uti d; df e; cxf f; };
typedef int pointer_to_vector_base;
pointer_to_vector_base *pointer_to_vector __attribute__((vector_size(16)));

/* Atomics, arrays, declarators. */
struct atomics { char a; _Atomic int b; _Atomic(long) c; _Atomic char d; _Atomic(struct { char c[8]; }) e; _Atomic(struct { char c[3]; }) f; };
typedef int matrix[3][4];
typedef matrix *matrix_pointer;
struct arrays { char c; matrix m; matrix_pointer p; char (*a[5])[7]; int (*f[2])(int (*)(void), ...); const volatile matrix q; };
int unsized_string[] = { 1, 2, 3 };
char text[] = "hello";
char braced_text[] = { "hello" };
__WCHAR_TYPE__ wide_text[] = L"hello";
int designated[] = { [5] = 1, 2, [2] = 3 };
int ranges[] = { [1 ... 9] = 4, 5 };
struct { int a[2]; char b; } elided[] = { 1, 2, 'c', 4, 5, 'f', { { 7 } } };
struct point { int x, y; } points[] = { { .x = 1 }, [3].y = 2, 3, 4 };
char *strings[] = { "a", "b" "c", (char *)0 };
char rows[][4] = { "abc", "def", { 'x' } };
union { int a; char b[8]; } unions[] = { 1, { .b = "x" }, 3 };
int compound[] = (int[]){ 1, 2, 3, 4 };
extern int completed[];
int completed[7];
extern __typeof__(completed) completed_alias;
__typeof__(&points[0].x) pointer_of_expression;
__typeof__(1 ? (short)1 : 2L) conditional_type;
__typeof__(1.0f * 2) float_product;
__typeof__("abc") string_type;
struct forward;
typedef struct forward forward_t;
typedef const forward_t const_forward;
struct uses_forward { const_forward *p; };
struct forward { long a, b; };
const_forward forward_object = { 1, 2 };
forward_t forward_array[3];
char sized_by_constants[sizeof(struct mixed) + E_LAST - E_LAST + (int)2.5 + (1 << 4)];
char sized_by_address[(u64)&((struct mixed *)0)->d + (u64)(&((struct nested *)0)->m[1].c)];
_Float128 quad; __float128 quad2; _Float64x f64x; _Float32x f32x; _Float64 f64; _Float32 f32;

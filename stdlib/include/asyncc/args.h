/* Lists of one to sixteen arguments, for the macros of <asyncc/postgres.h>, <asyncc/redis.h> and <asyncc/sqlite.h>. Not for
 * programs.
 *
 *     ASYNC__ARGS_MAP(f, a, b)    f(a), f(b)
 *     ASYNC__ARGS_COUNT(a, b)     2 */
#ifndef ASYNCC_ARGS_H
#define ASYNCC_ARGS_H

#define ASYNC__ARGS_COUNT(...) ASYNC__ARGS_17TH(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define ASYNC__ARGS_17TH(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, ...) q
#define ASYNC__ARGS_MAP(f, ...) ASYNC__ARGS_JOIN(ASYNC__ARGS_MAP_, ASYNC__ARGS_COUNT(__VA_ARGS__))(f, __VA_ARGS__)
#define ASYNC__ARGS_JOIN(a, b) ASYNC__ARGS_JOIN_(a, b)
#define ASYNC__ARGS_JOIN_(a, b) a##b
#define ASYNC__ARGS_MAP_1(f, x) f(x)
#define ASYNC__ARGS_MAP_2(f, x, ...) f(x), ASYNC__ARGS_MAP_1(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_3(f, x, ...) f(x), ASYNC__ARGS_MAP_2(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_4(f, x, ...) f(x), ASYNC__ARGS_MAP_3(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_5(f, x, ...) f(x), ASYNC__ARGS_MAP_4(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_6(f, x, ...) f(x), ASYNC__ARGS_MAP_5(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_7(f, x, ...) f(x), ASYNC__ARGS_MAP_6(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_8(f, x, ...) f(x), ASYNC__ARGS_MAP_7(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_9(f, x, ...) f(x), ASYNC__ARGS_MAP_8(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_10(f, x, ...) f(x), ASYNC__ARGS_MAP_9(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_11(f, x, ...) f(x), ASYNC__ARGS_MAP_10(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_12(f, x, ...) f(x), ASYNC__ARGS_MAP_11(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_13(f, x, ...) f(x), ASYNC__ARGS_MAP_12(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_14(f, x, ...) f(x), ASYNC__ARGS_MAP_13(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_15(f, x, ...) f(x), ASYNC__ARGS_MAP_14(f, __VA_ARGS__)
#define ASYNC__ARGS_MAP_16(f, x, ...) f(x), ASYNC__ARGS_MAP_15(f, __VA_ARGS__)

#endif

/* Values that are given to a database, and lists of one to sixteen of them: what the parameters of <asyncc/postgres.h> and
 * <asyncc/sqlite.h> and the words of <asyncc/redis.h> are. Not for programs.
 *
 *     ASYNC__ARGS(a, 5)    (struct async__value[]){...}, 2 */
#ifndef ASYNCC_ARGS_H
#define ASYNCC_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum async__value_kind {
	ASYNC__VALUE_NULL,
	ASYNC__VALUE_TEXT,
	ASYNC__VALUE_INT,
	ASYNC__VALUE_UNSIGNED,
	ASYNC__VALUE_DOUBLE,
	ASYNC__VALUE_BOOL,
	ASYNC__VALUE_BYTES
};

struct async__value {
	enum async__value_kind kind;
	union {
		const char *text; /* NULL is SQL's null */
		int64_t integer;
		uint64_t natural;
		double real;
		bool boolean;
		const void *bytes;
	};
	size_t len; /* of bytes */
};

static inline struct async__value async__value_null(void)
{
	return (struct async__value){ASYNC__VALUE_NULL, {NULL}, 0};
}
static inline struct async__value async__value_text(const char *text)
{
	return (struct async__value){ASYNC__VALUE_TEXT, {.text = text}, 0};
}
static inline struct async__value async__value_int(int64_t value)
{
	return (struct async__value){ASYNC__VALUE_INT, {.integer = value}, 0};
}
static inline struct async__value async__value_unsigned(uint64_t value)
{
	return (struct async__value){ASYNC__VALUE_UNSIGNED, {.natural = value}, 0};
}
static inline struct async__value async__value_double(double value)
{
	return (struct async__value){ASYNC__VALUE_DOUBLE, {.real = value}, 0};
}
static inline struct async__value async__value_bool(bool value)
{
	return (struct async__value){ASYNC__VALUE_BOOL, {.boolean = value}, 0};
}
static inline struct async__value async__value_bytes(const void *bytes, size_t len)
{
	return (struct async__value){ASYNC__VALUE_BYTES, {.bytes = bytes}, len};
}
static inline struct async__value async__value_same(struct async__value value)
{
	return value;
}

/* By the type of `x`. */
#define ASYNC__VALUE(x)                                                                                                \
	_Generic((x), char *: async__value_text, const char *: async__value_text, bool: async__value_bool,             \
		 float: async__value_double, double: async__value_double, unsigned: async__value_unsigned,             \
		 unsigned long: async__value_unsigned, unsigned long long: async__value_unsigned,                      \
		 struct async__value: async__value_same, default: async__value_int)(x)

#define ASYNC__ARGS(...) (struct async__value[]){ASYNC__ARGS_MAP(ASYNC__VALUE, __VA_ARGS__)}, ASYNC__ARGS_COUNT(__VA_ARGS__)

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

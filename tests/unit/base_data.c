/* Arena, interned names, vectors, maps, buffers. */
#include <stdint.h>
#include <stdio.h>

#include "frontend/base/arena.h"
#include "frontend/base/buf.h"
#include "frontend/base/intern.h"
#include "frontend/base/map.h"
#include "frontend/base/vec.h"
#include "tests/unit/suite.h"

START_TEST(arena_gives_zeroed_aligned_memory)
{
	struct arena *a = arena_new();
	for (size_t size = 0; size < 5000; size += 7) {
		unsigned char *p = arena_alloc(a, size);
		ck_assert_uint_eq((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			ck_assert_uint_eq(p[i], 0);
		memset(p, 0xFF, size);
	}
	unsigned char *big = arena_alloc(a, 8 << 20);
	ck_assert_uint_eq(big[(8 << 20) - 1], 0);
	ck_assert(arena_bytes(a) >= 8 << 20);
	ck_assert_str_eq(arena_printf(a, "%d-%s", 12, "x"), "12-x");
	ck_assert_str_eq(arena_strndup(a, "abcdef", 3), "abc");
	ck_assert(arena_alloc(a, 0) != arena_alloc(a, 0));
	arena_free(a);
}
END_TEST

START_TEST(equal_names_are_one_pointer)
{
	char name[32];
	const char *kept[20000];
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "name%d", i);
		kept[i] = intern_str(name);
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "name%d", i);
		ck_assert_ptr_eq(intern_str(name), kept[i]);
		ck_assert_str_eq(kept[i], name);
	}
	ck_assert_ptr_eq(intern("abcd", 3), intern_str("abc"));
	ck_assert_ptr_ne(intern("a\0b", 3), intern_str("a"));
	ck_assert_str_eq(intern("", 0), "");
}
END_TEST

START_TEST(maps_hold_what_was_put)
{
	struct arena *a = arena_new();
	struct map m;
	static int values[3000];
	map_init(&m, a);
	ck_assert_ptr_null(map_get(&m, values));
	for (int i = 0; i < 3000; i++)
		map_put(&m, &values[i], &values[i / 2]);
	for (int i = 0; i < 3000; i++)
		ck_assert_ptr_eq(map_get(&m, &values[i]), &values[i / 2]);
	ck_assert_uint_eq(m.len, 3000);
	map_put(&m, &values[7], NULL);
	ck_assert_ptr_null(map_get(&m, &values[7]));
	ck_assert_uint_eq(m.len, 3000);
	arena_free(a);
}
END_TEST

START_TEST(vectors_and_buffers_grow)
{
	struct arena *a = arena_new();
	VEC(int) v = {0};
	for (int i = 0; i < 1000; i++)
		vec_push(a, &v, i * i);
	ck_assert_uint_eq(v.len, 1000);
	ck_assert_int_eq(v.data[31], 961);
	ck_assert_int_eq(vec_last(&v), 999 * 999);
	arena_free(a);
	struct buf b = {0};
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	buf_putc(&b, '!');
	buf_write(&b, "", 0);
	ck_assert_uint_eq(b.len, strlen(b.data));
	ck_assert_ptr_nonnull(strstr(b.data, ",999,!"));
	buf_free(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

SUITE_MAIN("base", arena_gives_zeroed_aligned_memory, equal_names_are_one_pointer, maps_hold_what_was_put, vectors_and_buffers_grow)

/* The frame allocator: classes, alignment, exhaustion, reuse, futures that are dropped, threads. */
#include <pthread.h>
#include <string.h>

#include "rt/internal.h"
#include "tests/unit/suite.h"

/* Under a sanitizer malloc gives NULL too, instead of ending the program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static int dropped;

static void count_drop(struct async__frame *f)
{
	dropped++;
}

static struct async__fn descriptor(size_t size, uint32_t align)
{
	return (struct async__fn){
		.name = "f", .file = "f.ac", .line = 1, .size = size, .align = align, .drop = count_drop};
}

START_TEST(frames_of_all_sizes_and_alignments)
{
	for (uint32_t align = 8; align <= 4096; align *= 2) {
		for (size_t size = 8; size <= 5000; size += 1 + size / 7) {
			struct async__fn fn = descriptor((size + align - 1) / align * align, align);
			struct async__frame *f[3];
			for (int i = 0; i < 3; i++) {
				f[i] = async__frame_new(&fn);
				ck_assert_ptr_nonnull(f[i]);
				ck_assert_uint_eq((uintptr_t)f[i] % align, 0);
				ck_assert_ptr_eq(async__box_of(f[i])->fn, &fn);
				memset(f[i], i, fn.size);
			}
			for (int i = 0; i < 3; i++) {
				ck_assert_uint_eq(((unsigned char *)f[i])[fn.size - 1], i);
				async__frame_free(f[i]);
			}
		}
	}
}
END_TEST

START_TEST(blocks_are_distinct_while_in_use)
{
	enum { COUNT = 2000 };
	static struct {
		unsigned char *block;
		size_t size;
	} blocks[COUNT];
	srand(7);
	for (int step = 0; step < 100000; step++) {
		int i = rand() % COUNT;
		if (!blocks[i].block) {
			blocks[i].size = 1 + rand() % 1500;
			blocks[i].block = async__block_new(blocks[i].size, 8);
			ck_assert_ptr_nonnull(blocks[i].block);
			memset(blocks[i].block, i & 255, blocks[i].size);
			continue;
		}
		ck_assert_uint_eq(blocks[i].block[0], i & 255);
		ck_assert_uint_eq(blocks[i].block[blocks[i].size / 2], i & 255);
		ck_assert_uint_eq(blocks[i].block[blocks[i].size - 1], i & 255);
		async__block_free(blocks[i].block, blocks[i].size, 8);
		blocks[i].block = NULL;
	}
	for (int i = 0; i < COUNT; i++)
		if (blocks[i].block)
			async__block_free(blocks[i].block, blocks[i].size, 8);
}
END_TEST

START_TEST(exhaustion_is_null)
{
	struct async__fn huge = descriptor((size_t)1 << 60, 8), aligned = descriptor((size_t)1 << 60, 64);
	ck_assert_ptr_null(async__frame_new(&huge));
	ck_assert_ptr_null(async__frame_new(&aligned));
	ck_assert_ptr_null(async__vla_new((size_t)1 << 60));
}
END_TEST

START_TEST(futures_are_taken_once_and_dropped)
{
	struct async__fn fn = descriptor(32, 8);
	async_future f = async__frame_new(&fn), same = f;
	ck_assert_ptr_eq(async__take(&f, "t.ac", 1), same);
	ck_assert_ptr_eq(f, ASYNC__NO_FUTURE);
	dropped = 0;
	future_drop(f);
	future_drop(NULL);
	ck_assert_int_eq(dropped, 0);
	future_drop(same);
	ck_assert_int_eq(dropped, 1);
	f = NULL; /* one that had no memory is a future */
	ck_assert_ptr_null(async__take(&f, "t.ac", 2));
}
END_TEST

static void *churn(void *unused)
{
	struct async__fn fn = descriptor(100, 8);
	struct async__frame *f[50];
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 50; i++)
			f[i] = async__frame_new(&fn);
		for (int i = 0; i < 50; i++)
			async__frame_free(f[i]);
	}
	return NULL;
}

START_TEST(threads_have_pools_of_their_own)
{
	pthread_t threads[4];
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}
END_TEST

SUITE_MAIN("frames", frames_of_all_sizes_and_alignments, blocks_are_distinct_while_in_use, exhaustion_is_null,
	   futures_are_taken_once_and_dropped, threads_have_pools_of_their_own)

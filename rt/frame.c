/* Memory of frames: size-class free lists, one set a thread, over chunks from malloc.
 *
 *     | struct async__box | frame |                     alignment up to 16
 *     | padding | struct async__box | frame |           over-aligned: the frame stands at a multiple of its alignment
 *
 * A class is a multiple of 8 bytes up to 1 KiB; larger blocks, and those with an alignment over 8, are malloc's. Blocks
 * of a class are cut off a chunk, and come back to the class's list; chunks are given back when the thread ends. Large
 * ones come from the system with their pages, which is cheaper than a fault for each. (Huge pages were tried: a fresh one
 * costs more than the page faults it saves.) Under AddressSanitizer every block is malloc's own, so that it sees each use
 * of a frame after its end.
 *
 * ASYNCC_FAIL=alloc:n makes the n-th allocation of the process fail, counted over all threads, for tests: the runtime,
 * each frame, task, array and operating-system request is one. */
#include "asyncc/runtime.h"
#include "rt/internal.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { MALLOC_ALIGN = 16, CHUNK_FIRST = 8 << 10, CHUNK_QUICK = 256 << 10, CHUNK_MOST = 4 << 20, CHUNK_MAPPED = 64 << 10 };

struct chunk {
	struct chunk *next;
	size_t size;
	bool is_mapped;
};

__thread struct async__pool async__pool;

/* --- ASYNCC_FAIL ------------------------------------------------------------------------------ */

static bool fail_enabled;
static atomic_long fail_countdown;

__attribute__((constructor)) static void fail_read(void)
{
	const char *text = getenv("ASYNCC_FAIL");
	if (!text || strncmp(text, "alloc:", 6))
		return;
	char *end;
	long n = strtol(text + 6, &end, 10);
	if (end == text + 6 || *end || n < 1) {
		fprintf(stderr, "asyncc: ASYNCC_FAIL=%s is not alloc:N with N from 1 on\n", text);
		return;
	}
	atomic_init(&fail_countdown, n);
	fail_enabled = true;
}

static bool fails_now(void)
{
	return __builtin_expect(fail_enabled, 0) &&
	       atomic_fetch_sub_explicit(&fail_countdown, 1, memory_order_relaxed) == 1;
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* Set before the first allocation. */
static struct async_allocator allocator;
static bool is_in_use;

int async_set_allocator(const struct async_allocator *a)
{
	if (__atomic_load_n(&is_in_use, __ATOMIC_RELAXED))
		return ASYNC_EBUSY;
	allocator = *a;
	return 0;
}

static void *memory_get(size_t size, size_t align)
{
	if (!__atomic_load_n(&is_in_use, __ATOMIC_RELAXED))
		__atomic_store_n(&is_in_use, true, __ATOMIC_RELAXED);
	if (allocator.allocate)
		return allocator.allocate(allocator.arg, size ? size : 1, align);
	return align > MALLOC_ALIGN ? aligned_alloc(align, (size + align - 1) & ~(align - 1)) : malloc(size ? size : 1);
}

static void memory_put(void *p)
{
	if (!allocator.release)
		free(p);
	else if (p)
		allocator.release(allocator.arg, p);
}

void *async__alloc(size_t size)
{
	return fails_now() ? NULL : memory_get(size, MALLOC_ALIGN);
}

void async__free(void *p)
{
	memory_put(p);
}

void *async__malloc(size_t size)
{
	return fails_now() ? NULL : malloc(size ? size : 1);
}

static void pool_open(void)
{
	async__pool.state = POOL_OPEN;
	async__pool.keeps = !fail_enabled;
	async__thread_attach();
}

/* NULL when memory is exhausted. */
static struct chunk *chunk_new(size_t size)
{
	struct chunk *chunk = NULL;
#ifdef MAP_POPULATE
	if (size >= CHUNK_MAPPED && !allocator.allocate) {
		chunk = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		if (chunk == MAP_FAILED)
			return NULL;
		*chunk = (struct chunk){.size = size, .is_mapped = true};
		return chunk;
	}
#endif
	chunk = memory_get(size, MALLOC_ALIGN);
	if (chunk)
		*chunk = (struct chunk){.size = size};
	return chunk;
}

static void chunk_free(struct chunk *chunk)
{
	if (chunk->is_mapped)
		munmap(chunk, chunk->size);
	else
		memory_put(chunk);
}

/* Chunks double, from 256 KiB on only while the next one is an eighth at most of what there is: so little is left unused. */
static size_t chunk_size_next(void)
{
	const struct chunk *newest = async__pool.chunks;
	if (!newest)
		return CHUNK_FIRST;
	bool grows = newest->size < CHUNK_QUICK || (newest->size < CHUNK_MOST && async__pool.total >= 16 * newest->size);
	return grows ? newest->size * 2 : newest->size;
}

/* A block of a class off a chunk; NULL when memory is exhausted. What is left of the old chunk is too small for anybody
 * who asked, and small beside it. */
static void *block_cut(size_t size)
{
	if ((size_t)(async__pool.end - async__pool.at) < size) {
		size_t chunk_size = chunk_size_next();
		struct chunk *chunk = chunk_new(chunk_size);
		if (!chunk)
			return NULL;
		chunk->next = async__pool.chunks;
		async__pool.chunks = chunk;
		async__pool.total += chunk_size;
		async__pool.at = (char *)(chunk + 1);
		async__pool.end = (char *)chunk + chunk_size;
		if (async__pool.state == POOL_UNUSED)
			pool_open();
	}
	char *block = async__pool.at;
	async__pool.at += size;
	return block;
}

void *async__block_more(size_t size, size_t align)
{
	if (fails_now())
		return NULL;
	if (!async__is_pooled(size, align))
		return memory_get(size, align > MALLOC_ALIGN ? align : MALLOC_ALIGN);
	return block_cut((async__pool_class(size) + 1) * POOL_GRAIN);
}

void async__block_release(void *p, size_t size, size_t align)
{
	if (!async__is_pooled(size, align))
		memory_put(p);
}

void async__frame_pool_close(void)
{
	struct chunk *chunk;
	async__pool = (struct async__pool){.state = POOL_CLOSED, .chunks = async__pool.chunks};
	while ((chunk = async__pool.chunks)) {
		async__pool.chunks = chunk->next;
		chunk_free(chunk);
	}
}

/* --- boxed frames ----------------------------------------------------------------------------- */

/* Bytes in front of a frame of `fn`: the box, and what aligns the frame behind it. */
static size_t box_space(const struct async__fn *fn)
{
	return fn->align > MALLOC_ALIGN ? fn->align : sizeof(struct async__box);
}

struct async__frame *async__frame_new(const struct async__fn *fn)
{
	size_t space = box_space(fn);
	char *block = async__block_new(space + fn->size, fn->align);
	if (!block)
		return NULL;
	struct async__frame *f = (struct async__frame *)(block + space);
	async__box_of(f)->fn = fn;
	return f;
}

void async__frame_free(struct async__frame *f)
{
	const struct async__fn *fn = async__box_of(f)->fn;
	size_t space = box_space(fn);
	async__block_free((char *)f - space, space + fn->size, fn->align);
}

async_future async__put(async_future *to, async_future f)
{
	async_future old = *to;
	*to = f;
	future_drop(old);
	return f;
}

async_future async__take(async_future *f, const char *file, unsigned line)
{
	async_future taken = *f;
	if (taken == ASYNC__NO_FUTURE)
		async__misuse("%s:%u: this future was consumed before, or never set", file, line);
	*f = ASYNC__NO_FUTURE;
	return taken;
}

void future_drop(async_future f)
{
	if (!f || f == ASYNC__NO_FUTURE)
		return;
	const struct async__fn *fn = async__box_of(f)->fn;
	if (fn->drop)
		fn->drop(f);
	async__frame_free(f);
}

void *async__vla_new(size_t size)
{
	return async__alloc(size);
}

void async__vla_free(void *p)
{
	async__free(p);
}

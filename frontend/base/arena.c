/* Arena: chunks of zeroed memory in a list; an allocation takes the next bytes of the newest chunk. */
#include "frontend/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK = 16 << 10, LARGEST_CHUNK = 1 << 20, ALIGNMENT = _Alignof(max_align_t) };

struct chunk {
	struct chunk *next;
	size_t size, used; /* bytes of `data` */
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct chunk *chunks; /* the first one is being filled */
	size_t bytes, next_size;
};

static void *checked(void *p)
{
	if (!p) {
		fputs("asyncc: error: out of memory\n", stderr);
		exit(1);
	}
	return p;
}

struct arena *arena_new(void)
{
	struct arena *a = checked(calloc(1, sizeof *a));
	a->next_size = FIRST_CHUNK;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct chunk *c = a->chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *chunk_new(struct arena *a, size_t size)
{
	if (size > SIZE_MAX - sizeof(struct chunk))
		checked(NULL);
	struct chunk *c = checked(calloc(1, sizeof *c + size));
	c->size = size;
	a->bytes += sizeof *c + size;
	return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
	if (size > SIZE_MAX - ALIGNMENT)
		checked(NULL);
	size = size ? (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT : ALIGNMENT;
	struct chunk *c = a->chunks;
	if (c && c->size - c->used >= size) {
		void *p = c->data + c->used;
		c->used += size;
		return p;
	}
	if (size > a->next_size / 4 && c) {
		/* A big block gets a chunk of its own behind the one that is being filled. */
		struct chunk *own = chunk_new(a, size);
		own->used = size;
		own->next = c->next;
		c->next = own;
		return own->data;
	}
	c = chunk_new(a, size > a->next_size ? size : a->next_size);
	if (a->next_size < LARGEST_CHUNK)
		a->next_size *= 2;
	c->next = a->chunks;
	c->used = size;
	a->chunks = c;
	return c->data;
}

char *arena_strndup(struct arena *a, const char *text, size_t len)
{
	char *copy = arena_alloc(a, len + 1);
	if (len)
		memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *text = arena_alloc(a, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

size_t arena_bytes(const struct arena *a)
{
	return a->bytes;
}

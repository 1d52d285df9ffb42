/* Growing arrays in an arena: `VEC(struct node *) items;` is { data, len, cap }. */
#ifndef ASYNCC_BASE_VEC_H
#define ASYNCC_BASE_VEC_H

#include "frontend/base/arena.h"

#define VEC(T)                                                                                                         \
	struct {                                                                                                       \
		T *data;                                                                                               \
		unsigned len, cap;                                                                                     \
	}

/* Grows *data (elements of `size` bytes) so that one more fits; the old array stays in the arena. */
void *vec_grow(struct arena *a, void *data, unsigned *cap, size_t size);

#define vec_push(a, v, x)                                                                                              \
	do {                                                                                                           \
		if ((v)->len == (v)->cap)                                                                              \
			(v)->data = vec_grow((a), (v)->data, &(v)->cap, sizeof *(v)->data);                            \
		(v)->data[(v)->len++] = (x);                                                                           \
	} while (0)

/* The same for an array whose length and capacity are fields of their own. */
#define array_push(a, data, len, cap, ...)                                                                             \
	do {                                                                                                           \
		if ((len) == (cap))                                                                                    \
			(data) = vec_grow((a), (data), &(cap), sizeof *(data));                                        \
		(data)[(len)++] = (__VA_ARGS__);                                                                       \
	} while (0)

#define vec_last(v) ((v)->data[(v)->len - 1])

#endif

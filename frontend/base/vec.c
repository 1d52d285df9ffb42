/* Growing arrays: see vec.h. */
#include "frontend/base/vec.h"

#include <string.h>

void *vec_grow(struct arena *a, void *data, unsigned *cap, size_t size)
{
	unsigned grown = *cap ? *cap * 2 : 4;
	void *bigger = arena_alloc(a, (size_t)grown * size);
	if (*cap)
		memcpy(bigger, data, (size_t)*cap * size);
	*cap = grown;
	return bigger;
}

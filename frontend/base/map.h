/* Hash map from interned names (or any pointer) to pointers. Keys compare by address. */
#ifndef ASYNCC_BASE_MAP_H
#define ASYNCC_BASE_MAP_H

#include "frontend/base/arena.h"

struct map {
	struct arena *arena;
	struct map_slot *slots;
	unsigned len, cap; /* cap is 0 or a power of two */
};

struct map_slot {
	const void *key; /* NULL: free */
	void *value;
};

void map_init(struct map *m, struct arena *arena);
/* The value stored under `key`, or NULL. */
void *map_get(const struct map *m, const void *key);
/* Stores `value` under `key`, replacing what was there. A NULL value is the same as absence to map_get. */
void map_put(struct map *m, const void *key, void *value);

#endif

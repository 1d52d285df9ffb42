/* Hash map: open addressing with linear probing, at most half full. There is no removal, so no tombstones. */
#include "frontend/base/map.h"

#include <stdint.h>

static unsigned slot_of(const struct map *m, const void *key)
{
	uint64_t h = (uint64_t)(uintptr_t)key * UINT64_C(0x9E3779B97F4A7C15);
	unsigned i = (unsigned)(h >> 32) & (m->cap - 1);
	while (m->slots[i].key && m->slots[i].key != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

void map_init(struct map *m, struct arena *arena)
{
	*m = (struct map){.arena = arena};
}

void *map_get(const struct map *m, const void *key)
{
	if (!m->cap)
		return NULL;
	return m->slots[slot_of(m, key)].value;
}

static void map_rehash(struct map *m)
{
	struct map old = *m;
	m->cap = old.cap ? old.cap * 2 : 8;
	m->slots = ARENA_ARRAY(m->arena, struct map_slot, m->cap);
	for (unsigned i = 0; i < old.cap; i++)
		if (old.slots[i].key)
			m->slots[slot_of(m, old.slots[i].key)] = old.slots[i];
}

void map_put(struct map *m, const void *key, void *value)
{
	if ((m->len + 1) * 2 > m->cap)
		map_rehash(m);
	unsigned i = slot_of(m, key);
	if (!m->slots[i].key) {
		m->slots[i].key = key;
		m->len++;
	}
	m->slots[i].value = value;
}

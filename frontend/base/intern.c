/* Interned names: one hash table of strings for the whole process. */
#include "frontend/base/intern.h"

#include <stdint.h>
#include <string.h>

#include "frontend/base/arena.h"

struct entry {
	const char *text;
	uint32_t len, hash;
};

static struct {
	struct arena *arena; /* never freed: names live as long as the process */
	struct entry *entries;
	unsigned count, cap; /* cap is 0 or a power of two */
} table;

static uint32_t hash_bytes(const char *text, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h ^ h >> 15;
}

static void table_grow(void)
{
	unsigned old_cap = table.cap;
	struct entry *old = table.entries;
	if (!table.arena)
		table.arena = arena_new();
	table.cap = old_cap ? old_cap * 2 : 4096;
	table.entries = ARENA_ARRAY(table.arena, struct entry, table.cap);
	for (unsigned i = 0; i < old_cap; i++) {
		if (!old[i].text)
			continue;
		unsigned at = old[i].hash & (table.cap - 1);
		while (table.entries[at].text)
			at = (at + 1) & (table.cap - 1);
		table.entries[at] = old[i];
	}
}

const char *intern(const char *text, size_t len)
{
	if ((table.count + 1) * 2 > table.cap)
		table_grow();
	uint32_t hash = hash_bytes(text, len);
	unsigned at = hash & (table.cap - 1);
	for (; table.entries[at].text; at = (at + 1) & (table.cap - 1)) {
		const struct entry *e = &table.entries[at];
		if (e->hash == hash && e->len == len && !memcmp(e->text, text, len))
			return e->text;
	}
	table.entries[at] = (struct entry){arena_strndup(table.arena, text, len), (uint32_t)len, hash};
	table.count++;
	return table.entries[at].text;
}

const char *intern_str(const char *text)
{
	return intern(text, strlen(text));
}

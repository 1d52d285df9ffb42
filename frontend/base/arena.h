/* Arena: memory that is given back all at once.
 *
 * Every pass allocates what it makes from the arena of that lifetime; compile.c frees arenas, nothing else frees. */
#ifndef ASYNCC_BASE_ARENA_H
#define ASYNCC_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* A new, empty arena. Ends the process with a message (exit 1) when memory is exhausted, as all of these do. */
struct arena *arena_new(void);
/* Gives back everything allocated from `a`, and `a`. */
void arena_free(struct arena *a);
/* `size` zeroed bytes, aligned for any object. A size of 0 gives a unique pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of the `len` bytes at `text`, with a NUL behind them. */
char *arena_strndup(struct arena *a, const char *text, size_t len);
/* printf into the arena. */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Bytes held, for --dump=memory and the tests. */
size_t arena_bytes(const struct arena *a);

#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))

#endif

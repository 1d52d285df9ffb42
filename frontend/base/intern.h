/* Interned names: equal spellings are the same pointer, so names compare with `==`.
 * The strings live until the process ends. Not thread-safe: the compiler has one thread. */
#ifndef ASYNCC_BASE_INTERN_H
#define ASYNCC_BASE_INTERN_H

#include <stddef.h>

/* The canonical copy of the `len` bytes at `text`, NUL-terminated. */
const char *intern(const char *text, size_t len);
/* The same for a NUL-terminated string. */
const char *intern_str(const char *text);

#endif

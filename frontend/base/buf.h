/* Growing byte buffer on the heap, for text that is being made. */
#ifndef ASYNCC_BASE_BUF_H
#define ASYNCC_BASE_BUF_H

#include <stddef.h>

struct buf {
	char *data; /* NUL-terminated once anything was written; NULL before */
	size_t len, cap;
};

void buf_write(struct buf *b, const char *text, size_t len);
void buf_puts(struct buf *b, const char *text);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Gives the memory back; `b` is then empty and may be used again. */
void buf_free(struct buf *b);

#endif

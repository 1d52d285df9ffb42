/* Growing byte buffer: see buf.h. */
#include "frontend/base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and a NUL. */
static void reserve(struct buf *b, size_t more)
{
	if (b->cap - b->len > more)
		return;
	size_t cap = b->cap ? b->cap : 256;
	while (cap - b->len <= more && cap <= SIZE_MAX / 2)
		cap *= 2;
	char *data = cap - b->len > more ? realloc(b->data, cap) : NULL;
	if (!data) {
		fputs("asyncc: error: out of memory\n", stderr);
		exit(1);
	}
	b->data = data;
	b->cap = cap;
}

void buf_write(struct buf *b, const char *text, size_t len)
{
	reserve(b, len);
	if (len)
		memcpy(b->data + b->len, text, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_write(b, text, strlen(text));
}

void buf_putc(struct buf *b, char c)
{
	buf_write(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	reserve(b, (size_t)len);
	va_start(args, format);
	vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
}

void buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}

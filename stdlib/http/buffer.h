/* Bytes that grow. */
#ifndef ASYNCC_HTTP_BUFFER_H
#define ASYNCC_HTTP_BUFFER_H

#include <stddef.h>

#include <asyncc.h>

enum { HTTP_BUFFER_KEPT = 4096 }; /* the most memory that an empty one keeps */

struct http_buffer {
	char *data;
	size_t len, room;
};

/* Room for `more` bytes behind those that are there: 0 or ASYNC_ENOMEM. */
int async__http_buffer_reserve(struct http_buffer *b, size_t more);
int async__http_buffer_add(struct http_buffer *b, const void *data, size_t len);
/* Empties it. */
void async__http_buffer_clear(struct http_buffer *b);
void async__http_buffer_free(struct http_buffer *b);

#endif

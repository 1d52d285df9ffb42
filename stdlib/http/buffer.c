/* Bytes that grow; declared in buffer.h. */
#include "stdlib/http/buffer.h"

#include <string.h>

int async__http_buffer_reserve(struct http_buffer *b, size_t more)
{
	if (b->room - b->len >= more)
		return 0;
	if (more > SIZE_MAX / 4 || b->room > SIZE_MAX / 4)
		return ASYNC_ENOMEM;
	size_t room = b->room ? b->room * 2 : 256;
	while (room - b->len < more)
		room *= 2;
	char *grown = async__alloc(room);
	if (!grown)
		return ASYNC_ENOMEM;
	if (b->len)
		memcpy(grown, b->data, b->len);
	async__free(b->data);
	b->data = grown;
	b->room = room;
	return 0;
}

int async__http_buffer_add(struct http_buffer *b, const void *data, size_t len)
{
	int err = async__http_buffer_reserve(b, len);
	if (err)
		return err;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return 0;
}

void async__http_buffer_clear(struct http_buffer *b)
{
	b->len = 0;
	if (b->room > HTTP_BUFFER_KEPT)
		async__http_buffer_free(b);
}

void async__http_buffer_free(struct http_buffer *b)
{
	async__free(b->data);
	*b = (struct http_buffer){0};
}

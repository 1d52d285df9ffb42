/* The chunked framing of a body (RFC 9112 7.1), read strictly: sizes of hexadecimal digits alone, CR LF at the end of
 * each line, and a bound on what isn't data. */
#ifndef ASYNCC_HTTP_CHUNKS_H
#define ASYNCC_HTTP_CHUNKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_chunks {
	uint64_t left;	   /* of the chunk's data; its size so far */
	uint32_t overhead; /* bytes of extensions and trailers so far */
	uint8_t digits;	   /* of the size */
	uint8_t state;	   /* 0 at first */
};

enum { HTTP_CHUNKS_OVERHEAD = 16 * 1024 };

/* Takes at most `len` bytes of framing and data at `in`, and puts at most `room` bytes of data to `out`, which may be
 * `in`: their number, *used the bytes taken. Negative: it is malformed. `room` 0 takes framing alone. */
ptrdiff_t async__http_chunks_decode(struct http_chunks *c, const char *in, size_t len, size_t *used, char *out, size_t room);
/* Bytes of data that are known to come. */
uint64_t async__http_chunks_announced(const struct http_chunks *c);
/* Whether the body, its trailers included, is over. */
bool async__http_chunks_done(const struct http_chunks *c);

#endif

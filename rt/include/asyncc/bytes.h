/* Bytes that an operation allocated. */
#ifndef ASYNCC_BYTES_H
#define ASYNCC_BYTES_H

#include <stddef.h>

/* Bytes that the caller frees with free(data). */
typedef struct async_bytes {
	char *data; /* `len` bytes and a NUL behind them */
	size_t len;
} async_bytes;

#ifndef ASYNC_RESULT_async_bytes
#define ASYNC_RESULT_async_bytes
struct async_result_async_bytes {
	int err;
	async_bytes value;
};
#endif

#endif

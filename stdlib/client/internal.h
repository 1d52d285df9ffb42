/* The client's own view of itself.
 *
 *     client.ac, sse.ac   what the program calls
 *     request.ac          one request: its options, libcurl's callbacks, its buffers
 *     head.ac             the head of an answer, collected line by line
 *     error.ac            libcurl's errors as the runtime's
 *     multi.c             the thread's multi handle, on the runtime's loop
 *
 * A transfer has at most two who wait, one for what comes and one for room to send. libcurl's callbacks never run a
 * task: they change the transfer's state and complete what is waited for, and whoever waited looks again. */
#ifndef ASYNCC_STDLIB_CLIENT_INTERNAL_H
#define ASYNCC_STDLIB_CLIENT_INTERNAL_H

#include <curl/curl.h>

#include "asyncc/http_header.h"
#include "asyncc/runtime.h"

struct async_http_options;
struct async_http_response;

/* The head of an answer. The headers lie in `text`, name and value each with a NUL behind it; where each begins is known
 * by its offset until the head is complete. */
struct async__head {
	int status;
	bool is_complete; /* no other one follows */
	bool is_redirect; /* a location was among the lines */
	char *text;
	size_t len, capacity;
	struct header_place {
		size_t name, value;
	} *places;
	size_t count, places_capacity;
	size_t max; /* bytes of `text`; and of trailers */
	size_t trailers, folded; /* bytes that are left out here, but kept by libcurl */
};

/* Takes one line, as libcurl gives it: 0, ASYNC_ENOMEM, ASYNC_EMSGSIZE. `follows`: redirects are followed. */
int async__head_line(struct async__head *h, const char *line, size_t len, bool follows);
/* An answer with this head and without a body, to be freed in one piece; NULL: no memory. */
struct async_http_response *async__head_response(const struct async__head *h, int version, const char *url);
void async__head_clear(struct async__head *h);

enum async__transfer_state {
	TRANSFER_QUEUED, /* not started, or behind the client's limit */
	TRANSFER_RUNS,	 /* it is libcurl's */
	TRANSFER_OUT
};

struct async_http_transfer {
	CURL *easy;
	struct async__multi *multi;
	struct async_http_transfer *next, *prev; /* in a ring of the multi's */
	struct curl_slist *headers;
	enum async__transfer_state state;
	bool counts;	/* to the client's limit */
	bool follows;	/* redirects */
	bool may_share; /* a connection with others */
	bool has_ended; /* and `error` says how */
	int error;
	int socket_error; /* why there was no socket for an address; 0 */
	unsigned stall_ms;

	struct async__head head;
	struct async_http_response *response; /* what async_http_transfer_head gave; NULL before */

	/* What has come and was not taken: bytes from `begin` to `end` of `body`. At most `max` are kept; then a whole
	 * answer fails, and a transfer pauses. */
	char *body;
	size_t begin, end, capacity, max;
	bool is_whole;
	bool is_paused;

	/* What is to be sent: of async_http_transfer_write, or the whole body. */
	const char *out;
	size_t out_len;
	const char *out_all; /* for a second try; NULL: it is streamed */
	size_t out_all_len;
	bool out_ends;	    /* nothing comes behind `out` */
	bool out_is_paused; /* libcurl asked, and was told to wait */

	/* The answer is over before the request is: libcurl waits for that alone, and watches no socket. */
	bool is_answered;
	bool is_left, was_open; /* its socket is watched no more; whether the peer had left it open then */
	struct async_http_transfer *next_left;

	async_completion *reader, *writer; /* who waits */
	char detail[CURL_ERROR_SIZE];
};

/* --- request.ac --- */

/* A transfer that has not started: 0 and *out, or an error. */
int async__transfer_new(const struct async_http_options *o, bool is_whole, struct async_http_transfer **out);
void async__transfer_free(struct async_http_transfer *t);
/* It has ended, with an error or 0: whoever waits is told. */
void async__transfer_end(struct async_http_transfer *t, int error);
/* libcurl reads no more for it, and has not ended it: it waits for more of the request. */
void async__transfer_left(struct async_http_transfer *t);
/* What libcurl's code is as an error; its words are kept. */
int async__transfer_error(struct async_http_transfer *t, CURLcode code);
/* Bytes for the reader: their number; 0: there are none now. Room lets libcurl go on. */
size_t async__transfer_take(struct async_http_transfer *t, void *buf, size_t len);
/* Gives libcurl these bytes to send; they are used until async__transfer_unput. */
void async__transfer_put(struct async_http_transfer *t, const void *data, size_t len);
/* The number of those that it has not taken; it takes no more. */
size_t async__transfer_unput(struct async_http_transfer *t);
void async__transfer_out_end(struct async_http_transfer *t);
/* The answer, complete: its body is the caller's then. NULL: no memory. */
struct async_http_response *async__transfer_response(struct async_http_transfer *t);
/* For async_http_client_error_text. */
void async__client_failed(const struct async_http_transfer *t, int error);

/* --- multi.c --- */

/* Hands it to libcurl, or queues it where it counts to the limit. 0 or an error. */
int async__multi_start(struct async_http_transfer *t);
/* Takes it out, wherever it is. */
void async__multi_remove(struct async_http_transfer *t);
/* Its answer comes by HTTP/2. */
void async__multi_shares(struct async_http_transfer *t);
void async__multi_limit(unsigned requests);

#endif

/* A connection, the exchange on it (a request and its response), and the server that they belong to.
 *
 * A connection that waits for a request has no exchange, and so no buffer. An exchange is taken from the server's spare
 * ones when the first byte is there, and serves one request after the other until everything that was read has been
 * answered. */
#ifndef ASYNCC_HTTP_INTERNAL_H
#define ASYNCC_HTTP_INTERNAL_H
#include <asyncc/dialect.ah>

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include <asyncc/http.h>
#include <asyncc/sync.h>
#include "stdlib/http/buffer.h"
#include "stdlib/http/chunks.h"
#include "stdlib/http/head.h"

enum {
	HTTP_INPUT_FIRST = 4096,      /* what is read at once */
	HTTP_OUTPUT_MOST = 16 * 1024, /* answers that are gathered before they are sent */
	HTTP_PIECE = 64 * 1024,	      /* of a body, that the peer has to take within write_ms */
	HTTP_PARAMS = 8,
	HTTP_SPARES = 64, /* exchanges that a server keeps */
	HTTP_LINGER_MS = 2000,		     /* that a peer has to end by itself what nobody reads, */
	HTTP_LINGER_MOST_MS = 30000, /* and at most, if it is quick; */
	HTTP_LINGER_MOST = 32 * 1024 * 1024, /* bytes of it */
};

/* --- A connection ------------------------------------------------------------------------------ */

struct http_conn {
	struct async_http_server *server;
	struct async__task *task;
	struct http_conn *next, **link; /* in the server's list */
	async_tcp *tcp;			/* without TLS; else */
	async_io *io;
	uint64_t requests; /* that it has had */
	bool idle;   /* waits for one, or is being opened */
	bool broken; /* nothing can be written any more */
	void (*stop)(struct http_conn *c); /* of another protocol, told that the server stops; NULL */
	void *protocol;			   /* what it has */
};

/* So many milliseconds after a time, in nanoseconds; the end of all time where they are too many. */
static inline uint64_t http_after(uint64_t ns, uint64_t ms)
{
	return ms < (UINT64_MAX - ns) / 1000000 ? ns + ms * 1000000 : UINT64_MAX;
}

/* Until when a peer is read from for nothing, which has sent so many bytes since `began`: `ms`, and a second more for each 64 KiB. */
static inline uint64_t http_linger_end(uint64_t began, uint64_t ms, uint64_t bytes)
{
	if (bytes >= HTTP_LINGER_MOST)
		return 0;
	ms += bytes / (64 * 1024) * 1000;
	return http_after(began, ms < HTTP_LINGER_MOST_MS ? ms : HTTP_LINGER_MOST_MS);
}

/* What can be at once: bytes, 0 (reading: the end), ASYNC_EAGAIN, or an error. */
static inline ptrdiff_t http_try_read(struct http_conn *c, void *buf, size_t len)
{
	return c->tcp ? async_tcp_try_read(c->tcp, buf, len) : c->io->class->try_read(c->io, buf, len);
}

static inline ptrdiff_t http_try_write(struct http_conn *c, const void *buf, size_t len)
{
	return c->tcp ? async_tcp_try_write(c->tcp, buf, len) : c->io->class->try_write(c->io, buf, len);
}

/* 0, ASYNC_ETIMEDOUT when async_now() is `ns`, or an error. */
async fn async__http_wait_readable(struct http_conn *c, uint64_t ns) -> int;
async fn async__http_wait_writable(struct http_conn *c) -> int;
/* Writes all of it, each piece within the server's write_ms: 0 or an error, after which the connection is broken. */
async fn async__http_write_all(struct http_conn *c, const char *data, size_t len) -> int;

/* --- An exchange ------------------------------------------------------------------------------- */

struct http_exchange;

/* How requests and responses travel otherwise than by HTTP/1.1: in streams of HTTP/2. */
struct http_transport {
	/* A part of the body, as async_http_read. */
	async fn (*read)(struct http_exchange *x, void *buf, size_t len) -> ptrdiff_t;
	/* A piece of the response, behind its head and what was gathered, which the first one sends. */
	async fn (*write)(struct http_exchange *x, const void *data, size_t len) -> int;
};

/* What the http2 of a server's options is. */
struct async_http_protocol {
	/* Serves the connection, whose first bytes have been read into `first`. */
	async fn (*serve)(struct http_conn *c, struct http_buffer *first) -> int;
};

struct http_param {
	const char *name, *value; /* in the pattern, in the path */
	size_t name_len, value_len;
};

struct http_kept { /* memory that is there as long as the request */
	struct http_kept *next;
	max_align_t data[];
};

enum http_sending {
	HTTP_GATHERING, /* nothing of the response has been sent */
	HTTP_COUNTED,	/* its head has; `left` bytes of the body are to come */
	HTTP_CHUNKED,
	HTTP_UNTIL_END, /* the body ends with the connection */
	HTTP_NO_BODY,
	HTTP_SENT
};

struct http_exchange {
	async_http_request req; /* first */
	async_http_reply res;
	struct http_conn *conn;
	const struct http_transport *transport; /* NULL: HTTP/1.1 */
	void *stream;				/* of the transport */
	struct http_exchange *next;		/* a spare one's */

	struct http_buffer in;
	size_t begin;	 /* of the bytes in `in` that haven't been taken */
	char *head_text; /* of a request whose body is read into `in`; else the head stands there */
	bool drained;	 /* the last read had all that there was */
	struct http_head head;

	/* The request's body. */
	uint64_t body_left; /* of a body with a length */
	uint64_t body_most, body_read;
	uint64_t body_waited; /* ns */
	struct http_chunks chunks;
	bool body_over;
	bool told_to_go_on;
	bool upgraded;
	int body_error; /* what reading it gave */
	int refusal;	/* the status for an error of the handler; 0 */

	const struct async_http_route *route;
	unsigned param_count;
	struct http_param params[HTTP_PARAMS];
	struct http_kept *kept;

	/* The response. */
	struct http_buffer fields; /* lines of its head */
	struct http_buffer body;   /* what was added to it */
	struct http_buffer out;	   /* what is to be sent next */
	size_t out_begin;
	bool has_type, has_length;
	uint64_t length, left; /* Content-Length of the handler; what of it is to come */
	enum http_sending sending;
	bool keep_alive;
	uint64_t sent; /* bytes of the body */
	async_io raw;  /* of an upgraded connection */
};

static inline struct http_exchange *http_exchange_of(const async_http_reply *res)
{
	return (struct http_exchange *)((char *)(uintptr_t)res - offsetof(struct http_exchange, res));
}

/* A status that ends no exchange, or is none, would leave the peer in doubt about what follows the head. */
static inline void http_status_settle(struct http_exchange *x)
{
	if (x->res.status < 200 || x->res.status > 999)
		x->res.status = 500;
}

/* Readies it for the next request. */
void async__http_exchange_reset(struct http_exchange *x);
void async__http_exchange_free(struct http_exchange *x);

/* --- Response heads (response.ac) -------------------------------------------------------------- */

/* Puts head and gathered body to `out`, the whole response: 0 or ASYNC_ENOMEM, and nothing is there. */
int async__http_response_finish(struct http_exchange *x);
/* Puts the head of a 101 to `out`. */
int async__http_response_upgrade(struct http_exchange *x, const char *protocol);
/* "Sat, 21 Nov 2026 14:40:00 GMT", without a NUL. */
void async__http_date(char out[29], const struct tm *tm);
bool async__http_is_head(const struct http_exchange *x);
/* Sends what is in `out`. */
async fn async__http_flush(struct http_exchange *x) -> int;
/* As much as can be at once: whether that was all. */
bool async__http_flush_some(struct http_exchange *x);

/* --- Bodies (request.ac) ----------------------------------------------------------------------- */

/* Until when more of it has to come, if it is waited for from `now` on: what the handler does between two reads isn't the peer's
 * time. The caller adds what it has waited to body_waited. */
uint64_t async__http_body_deadline(const struct http_exchange *x, uint64_t now);

/* --- Routes (route.ac) ------------------------------------------------------------------------- */

/* Whether each has a handler, and a pattern that may fit. */
bool async__http_routes_are_good(const struct async_http_route *routes);

/* The handler for the request; NULL: the response has been filled with 404, 405, or the answer to OPTIONS, and *err
 * says whether that could be done. */
async_http_handler async__http_route_find(struct http_exchange *x, int *err);

/* --- The server (server.ac) -------------------------------------------------------------------- */

struct async_http_server {
	struct async_http_server_options options; /* with the defaults */
	struct http_conn *connections;
	size_t connection_count, request_count;
	struct http_exchange *spare;
	size_t spare_count;
	bool stopping;
	async_event stop;    /* it is to stop */
	async_event drained; /* it stops, and has no connection any more */
	int64_t date_second;
	char date[40]; /* "Date: ...\r\n" */
};

/* An exchange for the connection, or NULL; and back. */
struct http_exchange *async__http_exchange_take(struct http_conn *c);
void async__http_exchange_give(struct http_exchange *x);
/* The path and the query of a target. False: it is none. */
bool async__http_split_target(struct http_exchange *x, char *target);
/* What the handler gives. */
async fn async__http_call_handler(struct http_exchange *x) -> int;
/* Serves what comes on it, until it ends or the server stops. */
async fn async__http_connection_serve(struct http_conn *c) -> int;

#endif

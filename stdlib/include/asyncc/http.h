/* HTTP/1.1 servers. See async_http_server(3) and async_http_request(3).
 *
 * A handler is an async function over a request and the response to it. It fills the response with plain functions
 * (async_http_printf, async_http_respond, ...), and the library sends it when the handler has returned 0; or it sends
 * pieces itself (async_http_write). An error that it returns is answered with 500, or with what fits where a function
 * of this header gave it. Connections stay open for further requests; heads and framing that are malformed or ambiguous
 * are refused; limits and time-outs hold from the start. All of it belongs to the thread on which the server runs. */
#ifndef ASYNCC_HTTP_H
#define ASYNCC_HTTP_H
#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/bytes.h>
#include <asyncc/http_header.h>
#include <asyncc/io.h>
#include <asyncc/net.h>

typedef struct async_http_server async_http_server;

/* A request, to be read; it is there until its handler has returned. Strings are NUL-terminated and never NULL. */
typedef struct async_http_request {
	const char *method; /* "GET" */
	const char *path;   /* "/users/7", as it was sent, "%20" and all; "*" for OPTIONS * */
	const char *query;  /* what stands behind the first '?', as it was sent; "" */
	const struct async_http_header *headers;
	size_t header_count;
	uint64_t content_length; /* of its body; UINT64_MAX where it shows when it is read (chunked) */
	int minor;		 /* 1 of HTTP/1.1, 0 of HTTP/1.0 */
	async_http_server *server;
	void *data; /* the `data` of the server's options */
} async_http_request;

/* The response to it. */
typedef struct async_http_reply {
	int status; /* 200 where the handler leaves it */
} async_http_reply;

/* 0, or an error, which is answered with 500. */
typedef async fn (*async_http_handler)(async_http_request *req, async_http_reply *res) -> int;

/* "GET /users/:id", "/static/" followed by "*path": a method and a path, or a path for all methods. A segment ":name"
 * takes any one that isn't empty, and "*name" at the end all of the rest; 8 of them at most. What GET names also gets HEAD.
 * The first entry that fits is taken; one whose pattern is NULL ends the table. */
struct async_http_route {
	const char *pattern;
	async_http_handler handler;
};

struct async_http_protocol;

/* What is 0 or NULL has the value in parentheses. */
struct async_http_server_options {
	const struct async_http_route *routes;
	async_http_handler handler; /* called for every request in place of the routes, to which it goes on by
				     * async_http_route(req, res).await (the routes) */
	void *data;		    /* for handlers: req->data */
	/* Makes of a connection that was accepted the stream that is served; on an error it has closed the connection.
	 * It has header_ms for that. async_http_open_tls, with an async_tls_context as open_data, makes it HTTPS. (the
	 * connection itself) */
	async fn (*open)(async_tcp *connection, void *open_data) -> result(async_io *);
	void *open_data;
	/* What is spoken with clients that begin with HTTP/2, by ALPN or of their own accord: &async_http2_protocol of
	 * <asyncc/http2.h>. (HTTP/1.1 alone) */
	const struct async_http_protocol *http2;
	/* Told of each request that was answered, for a log: the bytes of the body that were sent and the nanoseconds
	 * from the head to the end of the response. */
	void (*log)(const async_http_request *req, int status, uint64_t bytes, uint64_t ns);
	size_t max_connections;	 /* at a time; more are answered with 503 (10,000) */
	size_t max_header_bytes; /* of a head, the request line included, at most 64 KiB: 431 or 414 (16 KiB) */
	size_t max_headers;	 /* fields of a head: 431 (100) */
	uint64_t max_body;	 /* bytes of a body that is read: 413 (1 MiB) */
	uint64_t header_ms; /* from a head's first byte, or the connection's beginning, to its end: 408 (10 s) */
	uint64_t body_ms;   /* that a body is waited for, and a second more for each KiB of it: 408 (30 s) */
	uint64_t write_ms;  /* for the peer to take 64 KiB of a response (30 s) */
	uint64_t idle_ms;   /* between two requests (60 s) */
	uint64_t drain_ms;  /* for requests in progress, once the server stops (10 s) */
};

/* --- Servers ---------------------------------------------------------------------------------- */

/* Serves the connections that `listener` accepts, until it is cancelled, or until async_http_server_stop: then it
 * accepts no more, closes connections that wait for a request, lets requests in progress end, for drain_ms at most,
 * then cancels their handlers, and ends when all have ended. Cancelled, it gives ASYNC_ECANCELED; stopped, or its
 * listener closed, 0; or what was wrong with the options or the listener. Where descriptors have run out it waits for
 * some. The caller closes the listener; the options, the routes too, stay until it has ended. */
async fn async_http_serve(async_listener *listener, const struct async_http_server_options *options) -> int;
/* Serves one connection to its end, without a server around it; closes it. 0 or an error. */
async fn async_http_serve_io(async_io *connection, const struct async_http_server_options *options) -> int;

/* For the options: a TLS handshake as the server, with the certificate of an async_tls_context (<asyncc/tls.h>). */
async fn async_http_open_tls(async_tcp *connection, void *context) -> result(async_io *);

/* Lets it stop as described above; from a handler (req->server), say. */
void async_http_server_stop(async_http_server *server);
/* Connections that are open, and those of them that have a request in progress. */
size_t async_http_server_connections(const async_http_server *server);
size_t async_http_server_requests(const async_http_server *server);

/* --- Requests --------------------------------------------------------------------------------- */

/* Calls the handler of the route that fits, and gives what it gives; where none does, answers with 404, or 405 and the
 * methods that there are; answers OPTIONS. */
async fn async_http_route(async_http_request *req, async_http_reply *res) -> int;

/* The value of the first header of that name; NULL: there is none. */
const char *async_http_header(const async_http_request *req, const char *name);
/* What stood for ":name" or "*name" of the route, decoded ("%20" is a blank). NULL: the route has no such part, what
 * stood there can't be decoded, or has a NUL in it, or memory is exhausted. It is there as long as the request. */
const char *async_http_param(async_http_request *req, const char *name);
/* The value of the first name=value of the query, decoded ('+' too); "" for a name alone. NULL as above. */
const char *async_http_query(async_http_request *req, const char *name);
/* Memory that is there as long as the request; NULL when it is exhausted. */
void *async_http_alloc(async_http_request *req, size_t size);
/* The stream that the request came on; NULL where it is a TCP connection without TLS, which then is *tcp (may be NULL).
 */
async_io *async_http_connection(async_http_request *req, async_tcp **tcp);

/* Has the handler's next error be answered with that status, instead of 500. */
void async_http_refuse(async_http_request *req, int status);

/* Bodies longer than `bytes` are refused, instead of max_body; UINT64_MAX: none. Before the body is read. */
void async_http_set_max_body(async_http_request *req, uint64_t bytes);
/* Reads what is there of the body, at least one byte and at most `len`: the number of bytes; 0 at its end, and where
 * there is none. ASYNC_EMSGSIZE where it is longer than allowed, ASYNC_ETIMEDOUT where it comes too slowly,
 * ASYNC_EPROTO where its framing is malformed, ASYNC_ECONNRESET where the peer ends before it. A handler that returns
 * these errors has them answered (413, 408, 400). A client that asked to be told to go on is told so by the first read.
 */
async fn async_http_read(async_http_request *req, void *buf, size_t len) -> ptrdiff_t;
/* The whole body, or the rest of it; errors as above. The caller frees the data, which has a NUL behind it and is not
 * NULL. */
async fn async_http_body(async_http_request *req) -> result(async_bytes);

/* --- Responses -------------------------------------------------------------------------------- */

/* Adds a header; _set_ takes those of that name away before. 0; ASYNC_EINVAL where name or value can't stand in a head
 * (line ends, say), and for Connection, Transfer-Encoding, Keep-Alive and Upgrade, which are the library's;
 * ASYNC_EALREADY where the head has been sent; ASYNC_ENOMEM. Content-Length says how much async_http_write will write.
 */
int async_http_add_header(async_http_reply *res, const char *name, const char *value);
int async_http_set_header(async_http_reply *res, const char *name, const char *value);
/* Adds to the body that is sent when the handler has returned. 0, ASYNC_ENOMEM, or ASYNC_EALREADY where the body is
 * being written with async_http_write. Without a Content-Type it is sent as "text/plain; charset=utf-8". */
int async_http_append(async_http_reply *res, const void *data, size_t len);
__attribute__((format(printf, 2, 3))) int async_http_printf(async_http_reply *res, const char *format, ...);
/* Forgets the headers and the body that were added. 0, or ASYNC_EALREADY where the head has been sent. */
int async_http_reset(async_http_reply *res);
/* All of a response: status, Content-Type and body in place of what was added. 0 or an error. */
int async_http_respond(async_http_reply *res, int status, const char *type, const char *text);
/* A response that says the status in words, in place of what was added. 0 or an error. */
int async_http_error(async_http_reply *res, int status);
/* Sends the peer elsewhere; status 301, 302, 303, 307 or 308. 0 or an error; ASYNC_EINVAL: of another status. */
int async_http_redirect(async_http_reply *res, int status, const char *location);
/* "Not Found" of 404; "Unknown". A constant string. */
const char *async_http_reason(int status);

/* Writes a piece of the body, behind what was added; the first one sends the head. It ends when the system has the
 * bytes: a peer that reads slowly slows the handler down. Where the peer has no use for the bytes (HEAD) they are
 * dropped. 0; ASYNC_EMSGSIZE, and nothing written, where it is more than Content-Length said; ASYNC_ETIMEDOUT where the
 * peer takes it too slowly; ASYNC_EPIPE, ASYNC_ECONNRESET where the peer has gone. */
async fn async_http_write(async_http_reply *res, const void *data, size_t len) -> int;
/* Sends the head and what was added so far, and lets the body go on. */
async fn async_http_flush(async_http_reply *res) -> int;
/* Answers with a regular file: its type by its name, ranges and If-Modified-Since as asked for. 404 where there is none
 * that can be read. `path` is used as it is. 0 or an error. */
async fn async_http_send_file(async_http_request *req, async_http_reply *res, const char *path) -> int;
/* The same with the file under `directory` that `path` names, of the peer's making (async_http_param): never outside of
 * the directory by "..", nor a name that begins with a dot; for a directory its index.html. Symbolic links are
 * followed. */
async fn async_http_send_from(async_http_request *req, async_http_reply *res, const char *directory, const char *path)
	-> int;
/* Sends a server-sent event; the first one sends the head (Content-Type: text/event-stream). `event`, its name, may be
 * NULL, as may `id`; `data` is of any number of lines. 0, ASYNC_EINVAL where event or id has line ends, or an error of
 * async_http_write. Without data and names it is a comment, which keeps the connection alive. */
async fn async_http_send_event(async_http_reply *res, const char *event, const char *id, const char *data) -> int;

/* Sends 101 with the headers that were added and Upgrade: `protocol`, and gives the stream for what it becomes, with
 * what has come already to be read first. It is closed when the handler has returned, which it is to read and write it
 * in. ASYNC_EPROTO where the request asks for no such upgrade. */
async fn async_http_upgrade(async_http_request *req, async_http_reply *res, const char *protocol) -> result(async_io *);

#endif

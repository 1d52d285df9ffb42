/* HTTP client, over libcurl. See async_http_client(3).
 *
 *     async_http_response *r = async_http_get("https://example.org/").await?;    // whole answers
 *     defer async_http_response_free(r);
 *
 * HTTP/1.1 and HTTP/2, TLS with the certificates checked, redirects, proxies, compressed bodies, connections that are
 * kept and used again. An error is that no answer came; an answer is one whatever its status says. Each thread has a
 * client of its own, with its connections; a transfer belongs to the thread that started it. */
#ifndef ASYNCC_HTTP_CLIENT_H
#define ASYNCC_HTTP_CLIENT_H

#include <asyncc/dialect.ah>

#include "asyncc.h"
#include "asyncc/http_header.h"

enum {
	ASYNC_HTTP_NEVER = 0x7fffffff,  /* a time-out of that many milliseconds: none */
	ASYNC_HTTP_NO_REDIRECTS = -1,
	/* Whole answers that a thread waits for at the same time, where async_http_client_limit says nothing else. */
	ASYNC_HTTP_CLIENT_LIMIT = 256
};

enum async_http_client_version {
	ASYNC_HTTP_VERSION_ANY,            /* HTTP/2 over TLS where the server speaks it, else 1.1 */
	ASYNC_HTTP_VERSION_1_1,
	ASYNC_HTTP_VERSION_2_DIRECT        /* HTTP/2 at once, also without TLS, on a connection of its own: for servers that are known
	                                    * to speak it */
};

/* A request. What is 0 or NULL is the default. Everything is used until the await has ended; by a transfer until
 * async_http_transfer_start has returned, but for `body`, which it needs until it is closed. */
struct async_http_options {
	const char *url;                   /* http:// or https:// */
	const char *method;                /* "PUT"; default: GET, or POST where there is a body */
	const char *const *headers;        /* "Name: value", NULL behind the last; "Name:" leaves out one that is sent by itself */
	const void *body;                  /* what is sent, */
	size_t body_len;                   /* so many bytes */

	/* Bounds. Times in milliseconds; ASYNC_HTTP_NEVER: none. */
	unsigned connect_ms;               /* until the connection stands: 10,000 */
	unsigned stall_ms;                 /* without a byte in either direction: 30,000 */
	unsigned total_ms;                 /* from the start to the end: 60,000 for whole answers, none for transfers */
	size_t max_body;                   /* bytes of a whole answer's body, unpacked: 16 MiB; SIZE_MAX: no bound */
	size_t max_head;                   /* bytes of its headers: 256 KiB */
	int max_redirects;                 /* 10; ASYNC_HTTP_NO_REDIRECTS: they are answers like others */

	/* The way to the server. */
	const char *proxy;                 /* "http://host:port", "socks5h://host:port"; "": none; default: what the
	                                    * environment says (http_proxy, https_proxy, no_proxy) */
	const char *unix_socket;           /* the path of a socket to connect to instead of the URL's host */
	enum async_http_client_version version;
	const char *user, *password;       /* for basic authentication; not sent on to other hosts */
	const char *ca_file;               /* certificates (PEM) to be trusted instead of the system's */
	const char *certificate, *key;     /* files (PEM) that prove who the client is */
	bool insecure;                     /* the server's certificate is not checked */
	bool packed;                       /* nothing is said of compression, and nothing unpacked */
	bool streams_body;                 /* transfers: the body is what async_http_transfer_write is given; body_len bytes,
	                                    * or, with 0, as many as come before async_http_transfer_finish */
};

typedef struct async_http_response {
	int status;                        /* 200 */
	int version;                       /* 10, 11 or 20 */
	const char *url;                   /* where it came from, behind all redirects */
	size_t header_count;
	const struct async_http_header *headers; /* in their order, names as the server wrote them */
	char *body;                        /* `body_len` bytes and a NUL behind them */
	size_t body_len;
} async_http_response;

/* The value of the first header with that name, in whatever case; NULL: there is none. */
const char *async_http_response_header(const async_http_response *r, const char *name);
/* NULL is allowed. */
void async_http_response_free(async_http_response *r);

/* What was wrong with the request of this thread that failed last, in libcurl's words; "" before the first. For the
 * line behind the await that failed: the next failure overwrites it. */
const char *async_http_client_error_text(void);
/* How many whole answers this thread waits for at the same time, 1 at least; further requests queue, first in, first
 * out, and their time-outs begin with their turn. Transfers don't count. */
void async_http_client_limit(unsigned requests);
/* `text` with all bytes but letters, digits and -._~ as %XX, for a part of a URL; the caller frees it. */
result(char *) async_http_client_escape(const char *text);

/* --- Whole answers ------------------------------------------------------------------------------------ */

/* Asks for `url`. The caller frees the answer. ASYNC_EINVAL (the URL), ASYNC_EAI_NONAME (no such host),
 * ASYNC_ECONNREFUSED and other errors of connections, ASYNC_EPROTO (the peer does not keep to the protocol),
 * ASYNC_EACCES (its certificate; a proxy refuses), ASYNC_EHOSTUNREACH (a proxy can't connect), ASYNC_ECONNRESET (the answer breaks off), ASYNC_EMSGSIZE (it is larger than the bound),
 * ASYNC_ELOOP (too many redirects), ASYNC_ETIMEDOUT, ASYNC_ENOMEM. A cancelled one is taken out at once, and its
 * connection closed. */
async fn async_http_get(const char *url) -> result(async_http_response *);
/* Sends `len` bytes of that type ("application/json"). */
async fn async_http_post(const char *url, const char *content_type, const void *body, size_t len) -> result(async_http_response *);
/* The same with all that can be said. */
async fn async_http_fetch(const struct async_http_options *options) -> result(async_http_response *);

/* --- Transfers: bodies of any length, both ways --------------------------------------------------------- */

/* A request on its way. One task may write while another reads. */
typedef struct async_http_transfer async_http_transfer;

/* Starts one; it runs while the tasks do other things, until its buffer of 64 KiB is full. The caller closes it. */
result(async_http_transfer *) async_http_transfer_start(const struct async_http_options *options);
/* Sends all `len` bytes of a body that is streamed: `len`; fewer when it was cancelled or an error came between; or
 * the error. ASYNC_EPIPE: behind the end of the body, or the answer is complete and the server wants no more. */
async fn async_http_transfer_write(async_http_transfer *t, const void *data, size_t len) -> ptrdiff_t;
/* The body is complete. */
void async_http_transfer_finish(async_http_transfer *t);
/* Waits for the head of the answer. It is the transfer's, and has no body. */
async fn async_http_transfer_head(async_http_transfer *t) -> result(const async_http_response *);
/* Reads what has come of the answer's body, at least one byte and at most `len`; 0: it is complete. */
async fn async_http_transfer_read(async_http_transfer *t, void *buf, size_t len) -> ptrdiff_t;
/* Ends it, wherever it is, and releases it. Not while another task waits in it: that aborts. NULL is allowed. */
void async_http_transfer_close(async_http_transfer *t);

/* --- Server-sent events ----------------------------------------------------------------------------------- */

/* Lasts until the next one is asked for. */
typedef struct async_sse_event {
	const char *type;                  /* "message" where the server says nothing */
	const char *data;                  /* lines are separated by \n */
	size_t data_len;
	const char *id;                    /* the last one that the server gave; "" before */
} async_sse_event;

struct async_sse_options {
	struct async_http_options http;    /* stall_ms: none by default */
	const char *last_id;               /* where to go on; NULL: from the start */
	unsigned reconnects;               /* so many times in a row is a connection that was lost, or ended, opened anew */
	unsigned retry_ms;                 /* the pause before, where the server says nothing: 3,000 */
	size_t max_event;                  /* bytes: 1 MiB */
};

/* The events that come from `url`, until the server ends the stream. */
async fn async_sse_get(const char *url) -> stream(async_sse_event *);
/* The same with all that can be said. ASYNC_EPROTO: the answer is no stream of events. The options are used until the
 * stream has ended. */
async fn async_sse_open(const struct async_sse_options *options) -> stream(async_sse_event *);

#endif

/* WebSocket (RFC 6455), both sides, over any stream. See async_websocket(3).
 *
 * One task receives; any number of tasks send, each message whole and in the order of the calls. Pings are answered,
 * and close frames, while a task receives. No extension is negotiated (permessage-deflate). It belongs to one thread. */
#ifndef ASYNCC_WEBSOCKET_H
#define ASYNCC_WEBSOCKET_H
#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/io.h>

struct async_http_request; /* of <asyncc/http.h> */
struct async_http_reply;

typedef struct async_websocket async_websocket;

/* What is 0 or NULL has the value in parentheses. */
struct async_websocket_options {
	uint64_t max_message; /* bytes of a message that is received: a longer one ends it with code 1009 (1 MiB) */
	uint64_t ping_ms;  /* of silence after which the peer is asked, and as long again to answer (30 s) */
	uint64_t write_ms; /* for the peer to take 64 KiB of what is sent (30 s) */
	const char *protocol; /* accepting: the subprotocol that is chosen where the client offers it (none) */
};

enum async_websocket_type {
	ASYNC_WEBSOCKET_TEXT = 1, /* UTF-8; others are refused by whoever receives them */
	ASYNC_WEBSOCKET_BINARY = 2
};

typedef struct async_websocket_message {
	int type;   /* enum async_websocket_type */
	char *data; /* `len` bytes and a NUL behind them; whoever receives frees it with free(data) */
	size_t len;
} async_websocket_message;

/* Makes a WebSocket of the connection that the request came on. `options` may be NULL. The caller frees it before the
 * handler returns. ASYNC_EPROTO where the request asks for none; a handler that returns that has it answered with 400.
 */
async fn async_websocket_accept(struct async_http_request *req, struct async_http_reply *res,
				const struct async_websocket_options *options)
	-> result(async_websocket *);
/* How a client connects. What is 0 or NULL has the value in parentheses. */
struct async_websocket_connect_options {
	struct async_websocket_options websocket; /* `protocol`: the one that is offered; the server may leave it */
	const char *const *headers; /* "Name: value", and NULL behind the last: sent with the request (none) */
	uint64_t connect_ms;	    /* for the connection and the handshake (10 s) */
	/* Makes the stream to the server (TCP; for wss:// TLS with the system's roots, async_tls_open of <asyncc/tls.h>; with a
	 * context of its own as `data` it trusts others). */
	async fn (*open)(const char *host, uint16_t port, void *data) -> result(async_io *);
	void *data; /* for it */
};

/* Connects to a server ("ws://host:port/path", "wss://host/path"). `options` may be NULL; they are used until the await
 * has ended. The caller frees it. ASYNC_EINVAL: the URL or a header; ASYNC_EPROTONOSUPPORT: wss:// without `open`, where
 * the part tls isn't built; the errors of async_tcp_connect, async_tls_connect and `open`; ASYNC_EACCES (status 401, 403;
 * a certificate), ASYNC_ENOENT (404, 410), ASYNC_EPROTO (another refusal, or no WebSocket server), ASYNC_ECONNRESET, ASYNC_EMSGSIZE (an answer over 16 KiB), ASYNC_ETIMEDOUT, ASYNC_ENOMEM. */
async fn async_websocket_connect(const char *url, const struct async_websocket_connect_options *options)
	-> result(async_websocket *);
/* One end of a stream whose handshake is over; takes the stream over, also when memory is exhausted: NULL. `client`:
 * what it sends is masked. `options` may be NULL. */
async_websocket *async_websocket_new(async_io *io, bool client, const struct async_websocket_options *options);

/* The next message. ASYNC_EOF when the peer has closed it in good order; ASYNC_EPROTO or ASYNC_EMSGSIZE where the peer
 * broke the protocol or the limit, of which it has been told; ASYNC_ECONNRESET where it left without a word;
 * ASYNC_ETIMEDOUT where it is silent, or takes nothing; ASYNC_EBUSY where another task receives. Cancelled, it has
 * taken no message. */
async fn async_websocket_receive(async_websocket *ws) -> result(async_websocket_message);
/* Sends a message, and ends when the system has it: 0. ASYNC_EPIPE where it has been closed, or another error. A
 * cancellation that comes when the message is already on its way shows at the next operation. */
async fn async_websocket_send(async_websocket *ws, int type, const void *data, size_t len) -> int;
/* The same with a string, as text: UTF-8, which the receiver checks. */
async fn async_websocket_send_text(async_websocket *ws, const char *text) -> int;
/* Says good-bye with a code (1000: all is well) and a reason of at most 123 bytes, which may be NULL, and waits up to 5
 * seconds for the answer. Messages that come meanwhile are dropped. 0, ASYNC_EINVAL (the code or the reason), or an
 * error. Where another task receives, that one sees the answer. */
async fn async_websocket_close(async_websocket *ws, int code, const char *reason) -> int;
/* The code that the peer closed it with; 1005: without one; 1006: it hasn't. */
int async_websocket_close_code(const async_websocket *ws);
/* Closes the stream, and releases everything. NULL is allowed. No task uses it any more: one that waits in it
 * is told by an abort. */
void async_websocket_free(async_websocket *ws);

/* For handshakes: puts the Sec-WebSocket-Accept that answers the Sec-WebSocket-Key to `out`, 28 characters and a NUL.
 */
void async_websocket_accept_key(const char *key, char *out);

#endif

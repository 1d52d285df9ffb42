/* TCP. See async_tcp(3).
 *
 * A listener and a socket belong to the thread that made them, and are for its tasks alone. One task may read while
 * another writes; two reads, two writes or two accepts at once on the same object give ASYNC_EBUSY. Hosts are
 * numeric IPv4 or IPv6 addresses ("127.0.0.1", "::1"), or "localhost", which is 127.0.0.1; async_tcp_connect takes every
 * name. Buffers are used until the await ends, and no longer. */
#ifndef ASYNCC_NET_H
#define ASYNCC_NET_H

#include "asyncc.h"
#include "asyncc/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

struct iovec; /* of <sys/uio.h> */
struct async__search; /* a connection by name on its way */

typedef struct async_listener async_listener; /* accepts connections on a port */
typedef struct async_tcp async_tcp;           /* a connection; TCP_NODELAY is set */

#ifndef ASYNC_RESULT_async_listener__ptr
#define ASYNC_RESULT_async_listener__ptr
struct async_result_async_listener__ptr {
	int err;
	async_listener *value;
};
#endif

#ifndef ASYNC_RESULT_async_tcp__ptr
#define ASYNC_RESULT_async_tcp__ptr
struct async_result_async_tcp__ptr {
	int err;
	async_tcp *value;
};
#endif

/* The port that it listens on, in host byte order. */
uint16_t async_listener_port(const async_listener *l);
/* Its descriptor, to be passed to another process that goes on to listen (async_unix_send_fd, async_listener_adopt), for
 * setsockopt(2) and the like; not to be closed. */
int async_listener_fd(const async_listener *l);
/* Stops listening and releases it. An accept that waits gives ASYNC_ECANCELED. NULL is allowed. Any time, also
 * outside of tasks. */
void async_listener_close(async_listener *l);

enum async_listen_flag {
	ASYNC_LISTEN_REUSEPORT = 1, /* other listeners, of other threads or processes, may share the port; the system deals
				     * the connections out */
	ASYNC_LISTEN_V6ONLY = 2	    /* "::" takes IPv6 connections alone */
};

enum {
	ASYNC_HOST_SIZE = 64 /* enough for every numeric host and its NUL */
};

/* The numeric host, NUL-terminated, and the port, in host byte order, of the peer, and of this end. `port` may be NULL.
 * 0; ASYNC_ENOSPC where `size` bytes are too few for the host; or an error. */
int async_tcp_peer_name(const async_tcp *s, char *host, size_t size, uint16_t *port);
int async_tcp_local_name(const async_tcp *s, char *host, size_t size, uint16_t *port);
/* Whether small writes go out at once (the default), or wait a little for more. 0 or an error. */
int async_tcp_set_nodelay(async_tcp *s, bool on);
/* Has the system ask a peer that has been silent for `seconds`, then once a second, up to 10 times, whether it is still
 * there; one that isn't ends operations with ASYNC_ETIMEDOUT. 0 seconds: off, the default. 0 or an error. */
int async_tcp_set_keepalive(async_tcp *s, unsigned seconds);
/* Its descriptor, for setsockopt(2) and the like; not to be closed, nor read or written. */
int async_tcp_fd(const async_tcp *s);
/* Sends the end of the stream: the peer's reads give 0 once they have had everything. Reading goes on. 0 or an
 * error. */
int async_tcp_shutdown(async_tcp *s);
/* Reads or writes what can be at once, without waiting: the number of bytes, at least one of `len`; reading, 0 at the end
 * of the stream; ASYNC_EAGAIN where nothing can be; or an error. For use after async_tcp_wait_readable and
 * async_tcp_wait_writable. ASYNC_EBUSY while a task waits in that direction. */
ptrdiff_t async_tcp_try_read(async_tcp *s, void *buf, size_t len);
ptrdiff_t async_tcp_try_write(async_tcp *s, const void *buf, size_t len);
/* The same of `count` parts, one behind the other. */
ptrdiff_t async_tcp_try_readv(async_tcp *s, const struct iovec *parts, size_t count);
ptrdiff_t async_tcp_try_writev(async_tcp *s, const struct iovec *parts, size_t count);
/* Closes the connection and releases it. Operations that wait give ASYNC_ECANCELED. NULL is allowed. Any time, also
 * outside of tasks. */
void async_tcp_close(async_tcp *s);

/* For <asyncc/io.h>: the connection as a stream of bytes of that class, which lies in it; back; and whether a read would give
 * ASYNC_EAGAIN, as far as is known without asking the system. */
struct async_io;
struct async_io_class;
struct async_io *async__tcp_as_io(async_tcp *s, const struct async_io_class *io_class);
async_tcp *async__tcp_of_io(struct async_io *io);
bool async__tcp_is_drained(const async_tcp *s);

struct async_tcp_accept__frame {
	struct async__frame base;
	struct async_result_async_tcp__ptr value;
	async_listener *l;
};

struct async_tcp_connect__frame {
	struct async__frame base;
	struct async_result_async_tcp__ptr value;
	const char *host;
	uint16_t port;
	struct async__search *search;
};

struct async_tcp_read__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	void *buf;
	size_t len;
};

struct async_tcp_read_exact__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	void *buf;
	size_t len;
};

struct async_tcp_readv__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	const struct iovec *parts;
	size_t count;
};

struct async_tcp_recv__frame {
	struct async__frame base;
	struct async_result_async_bytes value;
	async_tcp *s;
};

struct async_tcp_wait_readable__frame {
	struct async__frame base;
	int value;
	async_tcp *s;
};

struct async_tcp_wait_writable__frame {
	struct async__frame base;
	int value;
	async_tcp *s;
};

struct async_tcp_write__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	const void *buf;
	size_t len;
};

struct async_tcp_writev__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	const struct iovec *parts;
	size_t count;
};

#ifdef __ASYNCC_PARSE__

/* Listens on host:port; port 0: the system chooses one. At most `backlog` connections wait to be accepted. The
 * caller closes it. Starts the thread's runtime. */
result(async_listener *) async_tcp_listen(const char *host, uint16_t port, int backlog);
/* The same with bits of enum async_listen_flag. */
result(async_listener *) async_tcp_listen_with(const char *host, uint16_t port, int backlog, unsigned flags);
/* A connection, TCP or Unix, or a listener, of a descriptor that somebody else has opened: one that was received by
 * async_unix_recv_fd, or inherited. It is made non-blocking and taken over; on an error it stays the caller's. ASYNC_ENOTSOCK,
 * ASYNC_EINVAL: it is no stream socket, or doesn't listen. Starts the thread's runtime. */
result(async_tcp *) async_tcp_adopt(int fd);
result(async_listener *) async_listener_adopt(int fd);
/* The next connection. The caller closes it. It waits also where descriptors or memory have run out: connections queue in
 * the system until there are some again. */
[[asyncc::frame(struct async_tcp_accept__frame)]]
async fn async_tcp_accept(async_listener *l) -> result(async_tcp *);
/* A connection to host:port, where the host may be a name as well. Of several addresses the next one is tried when 250 ms
 * are over or those before it have failed; the first connection that stands is taken. The caller closes it. An ASYNC_EAI_
 * error where the name has no address. */
[[asyncc::frame(struct async_tcp_connect__frame)]]
async fn async_tcp_connect(const char *host, uint16_t port) -> result(async_tcp *);
/* Reads what is there, at least one byte and at most `len`: the number of bytes; 0 at the end of the stream, and where `len`
 * is 0; or an error. */
[[asyncc::frame(struct async_tcp_read__frame)]]
async fn async_tcp_read(async_tcp *s, void *buf, size_t len) -> ptrdiff_t;
/* Reads all `len` bytes: `len`, or an error if it read none. Fewer than `len`, 0 included, when the end of the stream, an
 * error or a cancellation came before; it shows at the next operation. */
[[asyncc::frame(struct async_tcp_read_exact__frame)]]
async fn async_tcp_read_exact(async_tcp *s, void *buf, size_t len) -> ptrdiff_t;
/* Reads what is there into `count` parts, one filled behind the other, like async_tcp_read: the number of bytes. Uses the array
 * until the await ends. */
[[asyncc::frame(struct async_tcp_readv__frame)]]
async fn async_tcp_readv(async_tcp *s, const struct iovec *parts, size_t count) -> ptrdiff_t;
/* Reads what is there, at least one byte and at most 64 KiB, into a block of its size, which the caller frees with
 * free(data); at the end of the stream `len` is 0 and `data` NULL. Nothing is allocated while it waits: for servers with
 * many clients that are idle most of the time. */
[[asyncc::frame(struct async_tcp_recv__frame)]]
async fn async_tcp_recv(async_tcp *s) -> result(async_bytes);
/* Waits until there is something to read, the end of the stream or an error included: 0, ASYNC_ECANCELED, or ASYNC_EBUSY.
 * It counts as a read. */
[[asyncc::frame(struct async_tcp_wait_readable__frame)]]
async fn async_tcp_wait_readable(async_tcp *s) -> int;
/* Waits until something can be written: 0, ASYNC_ECANCELED, or ASYNC_EBUSY. It counts as a write. */
[[asyncc::frame(struct async_tcp_wait_writable__frame)]]
async fn async_tcp_wait_writable(async_tcp *s) -> int;
/* Writes all `len` bytes: `len`, or an error if it wrote none. Fewer than `len` when an error or a cancellation came
 * between; it shows at the next operation. */
[[asyncc::frame(struct async_tcp_write__frame)]]
async fn async_tcp_write(async_tcp *s, const void *buf, size_t len) -> ptrdiff_t;
/* Writes `count` parts one behind the other, like async_tcp_write: the number of bytes. Uses the array until the await
 * ends. */
[[asyncc::frame(struct async_tcp_writev__frame)]]
async fn async_tcp_writev(async_tcp *s, const struct iovec *parts, size_t count) -> ptrdiff_t;

#else

struct async_result_async_listener__ptr async_tcp_listen(const char *host, uint16_t port, int backlog);
struct async_result_async_listener__ptr async_tcp_listen_with(const char *host, uint16_t port, int backlog,
							       unsigned flags);
struct async_result_async_tcp__ptr async_tcp_adopt(int fd);
struct async_result_async_listener__ptr async_listener_adopt(int fd);

async_future async_tcp_accept(async_listener *l);
struct async_result_async_tcp__ptr async_tcp_accept__block_on(async_listener *l);
async__poll_fn async_tcp_accept__poll;
extern const struct async__fn async_tcp_accept__fn;

async_future async_tcp_connect(const char *host, uint16_t port);
struct async_result_async_tcp__ptr async_tcp_connect__block_on(const char *host, uint16_t port);
async__poll_fn async_tcp_connect__poll;
extern const struct async__fn async_tcp_connect__fn;

async_future async_tcp_read(async_tcp *s, void *buf, size_t len);
ptrdiff_t async_tcp_read__block_on(async_tcp *s, void *buf, size_t len);
async__poll_fn async_tcp_read__poll;
extern const struct async__fn async_tcp_read__fn;

async_future async_tcp_read_exact(async_tcp *s, void *buf, size_t len);
ptrdiff_t async_tcp_read_exact__block_on(async_tcp *s, void *buf, size_t len);
async__poll_fn async_tcp_read_exact__poll;
extern const struct async__fn async_tcp_read_exact__fn;

async_future async_tcp_readv(async_tcp *s, const struct iovec *parts, size_t count);
ptrdiff_t async_tcp_readv__block_on(async_tcp *s, const struct iovec *parts, size_t count);
async__poll_fn async_tcp_readv__poll;
extern const struct async__fn async_tcp_readv__fn;

async_future async_tcp_recv(async_tcp *s);
struct async_result_async_bytes async_tcp_recv__block_on(async_tcp *s);
async__poll_fn async_tcp_recv__poll;
extern const struct async__fn async_tcp_recv__fn;

async_future async_tcp_wait_readable(async_tcp *s);
int async_tcp_wait_readable__block_on(async_tcp *s);
async__poll_fn async_tcp_wait_readable__poll;
extern const struct async__fn async_tcp_wait_readable__fn;

async_future async_tcp_wait_writable(async_tcp *s);
int async_tcp_wait_writable__block_on(async_tcp *s);
async__poll_fn async_tcp_wait_writable__poll;
extern const struct async__fn async_tcp_wait_writable__fn;

async_future async_tcp_write(async_tcp *s, const void *buf, size_t len);
ptrdiff_t async_tcp_write__block_on(async_tcp *s, const void *buf, size_t len);
async__poll_fn async_tcp_write__poll;
extern const struct async__fn async_tcp_write__fn;

async_future async_tcp_writev(async_tcp *s, const struct iovec *parts, size_t count);
ptrdiff_t async_tcp_writev__block_on(async_tcp *s, const struct iovec *parts, size_t count);
async__poll_fn async_tcp_writev__poll;
extern const struct async__fn async_tcp_writev__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif

/* Unix stream sockets, and descriptors passed over them. See async_unix(3).
 *
 * A connection is one like TCP's: async_tcp_read and the other functions of <asyncc/net.h> work on it, but for names,
 * nodelay and keepalive; a listener is accepted from by async_tcp_accept. */
#ifndef ASYNCC_UNIX_H
#define ASYNCC_UNIX_H

#include "asyncc/net.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct async_tcp async_unix;

#ifndef ASYNC_RESULT_async_unix__ptr
#define ASYNC_RESULT_async_unix__ptr
struct async_result_async_unix__ptr {
	int err;
	async_unix *value;
};
#endif

/* Two ends of a connection, which the caller closes with async_tcp_close. Starts the thread's runtime. 0 or an error. */
int async_unix_pair(async_unix *ends[2]);

struct async_unix_send_fd__frame {
	struct async__frame base;
	int value;
	int fd;
	async_unix *s;
};

struct async_unix_recv_fd__frame {
	struct async__frame base;
	int value;
	async_unix *s;
};

#ifdef __ASYNCC_PARSE__

/* Listens at `path`, which must not exist; the caller closes it with async_listener_close, and removes the path. Starts
 * the thread's runtime. */
result(async_listener *) async_unix_listen(const char *path, int backlog);
/* A connection to the listener at `path`, at once; ASYNC_EAGAIN where its backlog is full. The caller closes it with
 * async_tcp_close. Starts the thread's runtime. */
result(async_unix *) async_unix_connect(const char *path);
/* Sends a copy of the descriptor, with one byte: 0 or an error. */
[[asyncc::frame(struct async_unix_send_fd__frame)]]
async fn async_unix_send_fd(async_unix *s, int fd) -> int;
/* Receives a descriptor that async_unix_send_fd has sent, which is closed on exec: the caller closes it. ASYNC_EOF at the
 * end of the stream; ASYNC_EPROTO where a byte came without one; or an error. */
[[asyncc::frame(struct async_unix_recv_fd__frame)]]
async fn async_unix_recv_fd(async_unix *s) -> int;

#else

struct async_result_async_listener__ptr async_unix_listen(const char *path, int backlog);
struct async_result_async_unix__ptr async_unix_connect(const char *path);

async_future async_unix_send_fd(async_unix *s, int fd);
int async_unix_send_fd__block_on(async_unix *s, int fd);
async__poll_fn async_unix_send_fd__poll;
extern const struct async__fn async_unix_send_fd__fn;

async_future async_unix_recv_fd(async_unix *s);
int async_unix_recv_fd__block_on(async_unix *s);
async__poll_fn async_unix_recv_fd__poll;
extern const struct async__fn async_unix_recv_fd__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif

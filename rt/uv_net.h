/* What the functions of <asyncc/net.h> share. */
#ifndef ASYNCC_RT_UV_NET_H
#define ASYNCC_RT_UV_NET_H

#include "asyncc/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "rt/op.h"
#include "rt/uv_handle.h"

struct async_tcp {
	struct async__watch watch;
	const struct async_io_class *io_class; /* a struct async_io: of the connection as a stream of bytes; NULL until it is wanted as one */
};

/* Indexes into the ops of a connection's class. */
enum tcp_op {
	TCP_CONNECT,
	TCP_READ,
	TCP_READ_EXACT,
	TCP_READV,
	TCP_RECV,
	TCP_WAIT_READABLE,
	TCP_WRITE,
	TCP_WRITEV,
	TCP_WAIT_WRITABLE,
	UNIX_SEND_FD,
	UNIX_RECV_FD
};

/* A connection that owns `fd`: 0 and *out, or an error; `fd` is the caller's still then, or (async__tcp_new) is closed. */
int async__tcp_own(struct async_runtime *rt, int fd, async_tcp **out);
int async__tcp_new(struct async_runtime *rt, int fd, async_tcp **out);

/* Makes a descriptor of others non-blocking: 0; ASYNC_EINVAL where it is no stream socket, or listens and should not, or the
 * other way round; or an error. */
int async__adopt_socket(int fd, bool listens);

/* A listener that owns `fd`: 0 and *out, or an error, then `fd` is still the caller's. */
int async__listener_new(struct async_runtime *rt, int fd, uint16_t port, async_listener **out);

/* uv_search.c: has the async_tcp_connect look its host up and connect to one of the addresses; sets the frame's
 * `search`, and completes it later. 0, or an error. */
int async__search_start(struct async__frame *self, struct async__context *cx);
/* For interrupt functions. */
void async__search_cancel(struct async__search *s);

/* uv_connect.c, for the class. */
bool async__connect_attempt(struct async__watch *w, struct async__frame *self);
void async__connect_fail(struct async__frame *self, int err);
void async__connect_undo(struct async__context *cx, struct async__frame *self);

/* uv_unix.c, for the class. */
bool async__send_fd_attempt(struct async__watch *w, struct async__frame *self);
void async__send_fd_fail(struct async__frame *self, int err);
bool async__recv_fd_attempt(struct async__watch *w, struct async__frame *self);
void async__recv_fd_fail(struct async__frame *self, int err);
void async__recv_fd_undo(struct async__context *cx, struct async__frame *self);

/* errno after a system call that failed, as an error. */
static inline int last_error(void)
{
	return uv_translate_sys_error(errno);
}

static inline bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

/* The end of an attempt whose value is what the system call gave, a length: false, and no value, where it has to wait. */
static inline bool length_or_wait(ptrdiff_t *value, ssize_t n)
{
	if (n < 0 && would_block())
		return false;
	*value = n < 0 ? last_error() : n;
	return true;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* `host` and `port` as an address: 0, or ASYNC_EINVAL where `host` is neither numeric nor "localhost". */
static inline int address_parse(const char *host, uint16_t port, union address *address, socklen_t *length)
{
	if (!strcmp(host, "localhost"))
		host = "127.0.0.1";
	*length = sizeof address->v4;
	if (!uv_ip4_addr(host, port, &address->v4))
		return 0;
	*length = sizeof address->v6;
	return uv_ip6_addr(host, port, &address->v6);
}

static inline uint16_t address_port(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

/* A non-blocking stream socket for such an address, or an error. */
static inline int socket_open(const union address *address)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd < 0 ? last_error() : fd;
}

#endif

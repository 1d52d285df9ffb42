/* Listening for TCP connections, and accepting them: a part of <asyncc/net.h>. */
#define _GNU_SOURCE /* accept4 */
#include "rt/uv_net.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct async_listener {
	struct async__watch watch;
	uint16_t port;
};

static const struct async__watch_class listener_class;

int async__listener_new(struct async_runtime *rt, int fd, uint16_t port, async_listener **out)
{
	struct async__watch *w;
	int err = async__watch_new(rt, fd, &listener_class, &w);
	if (err)
		return err;
	*out = (async_listener *)w;
	(*out)->port = port;
	return 0;
}

static int listener_bind(int fd, const union address *address, socklen_t length, int backlog, unsigned flags,
			 uint16_t *port)
{
	int one = 1;
	union address bound = {0};
	socklen_t bound_length = sizeof bound;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one))
		return last_error();
	if (flags & ASYNC_LISTEN_REUSEPORT && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one))
		return last_error();
	if (flags & ASYNC_LISTEN_V6ONLY && address->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one))
		return last_error();
	if (bind(fd, &address->any, length) || listen(fd, backlog) || getsockname(fd, &bound.any, &bound_length))
		return last_error();
	*port = address_port(&bound);
	return 0;
}

struct async_result_async_listener__ptr async_tcp_listen_with(const char *host, uint16_t port, int backlog,
							       unsigned flags)
{
	struct async_result_async_listener__ptr result = {0};
	struct async_runtime *rt = async__runtime_get(&result.err);
	if (!rt)
		return result;
	union address address;
	socklen_t length;
	result.err = address_parse(host, port, &address, &length);
	if (result.err)
		return result;
	int fd = socket_open(&address);
	if (fd < 0) {
		result.err = fd;
		return result;
	}
	result.err = listener_bind(fd, &address, length, backlog, flags, &port);
	if (!result.err)
		result.err = async__listener_new(rt, fd, port, &result.value);
	if (result.err)
		close(fd);
	return result;
}

int async__adopt_socket(int fd, bool listens)
{
	int type, accepts, flags;
	socklen_t size = sizeof type;
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size))
		return last_error();
	if (type != SOCK_STREAM || !!accepts != listens)
		return ASYNC_EINVAL;
	flags = fcntl(fd, F_GETFL);
	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) ? last_error() : 0;
}

struct async_result_async_listener__ptr async_listener_adopt(int fd)
{
	struct async_result_async_listener__ptr result = {0};
	union address bound = {0};
	socklen_t length = sizeof bound;
	struct async_runtime *rt = async__runtime_get(&result.err);
	if (!rt)
		return result;
	result.err = async__adopt_socket(fd, true);
	if (!result.err && getsockname(fd, &bound.any, &length))
		result.err = last_error();
	if (!result.err)
		result.err = async__listener_new(rt, fd, bound.any.sa_family == AF_UNIX ? 0 : address_port(&bound), &result.value);
	return result;
}

struct async_result_async_listener__ptr async_tcp_listen(const char *host, uint16_t port, int backlog)
{
	return async_tcp_listen_with(host, port, backlog, 0);
}

uint16_t async_listener_port(const async_listener *l)
{
	return l->port;
}

void async_listener_close(async_listener *l)
{
	if (l)
		async__watch_close(&l->watch);
}

/* --- accept ----------------------------------------------------------------------------------- */

static void accept_fail(struct async__frame *f, int err)
{
	((struct async_tcp_accept__frame *)f)->value = (struct async_result_async_tcp__ptr){.err = err};
}

static bool accept_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_tcp_accept__frame *f = (struct async_tcp_accept__frame *)self;
	int fd;
	do
		fd = accept4(async__watch_fd(w), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0 && would_block())
		return false;
	accept_fail(self, fd < 0 ? last_error() : 0);
	if (fd >= 0)
		f->value.err = async__tcp_new(async__runtime_current(), fd, &f->value.value);
	return true;
}

static void accept_undo(struct async__context *cx, struct async__frame *self)
{
	async_tcp_close(((struct async_tcp_accept__frame *)self)->value.value);
}

static const struct async__watch_class listener_class = {
	.handle = {async__watch_destroy},
	.size = sizeof(async_listener),
	.ops = {{accept_attempt, accept_fail, accept_undo, false}},
};

WATCH_POLL(async_tcp_accept, l->watch, WATCH_READ, 0)

RESULT_OPERATION(async_tcp_accept, "asyncc/net.h", accept_fail, struct async_result_async_tcp__ptr, (async_listener *l),
		 .l = l)


/* Listening for TCP connections, and accepting them: a part of <asyncc/net.h>. */
#define _GNU_SOURCE /* accept4 */
#include "rt/uv_net.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where descriptors or memory have run out, connections wait in the system: an accept doesn't fail, which would end a
 * server because of the number of its clients, but tries again after a while. */
enum { ACCEPT_PAUSE_MS = 50 };

struct async_listener {
	struct async__watch watch;
	struct async__call_timer resume; /* in the runtime's wheel while the watch is paused */
	int kept; /* a connection that was accepted, for which there was no memory; -1: none */
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
	(*out)->kept = -1;
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

int async_listener_fd(const async_listener *l)
{
	return async__watch_fd(&l->watch);
}

void async_listener_close(async_listener *l)
{
	if (!l)
		return;
	if (l->watch.paused)
		async__wheel_remove(&async__runtime_current()->wheel, &l->resume.timer);
	if (l->kept >= 0)
		close(l->kept);
	l->kept = -1;
	async__watch_close(&l->watch);
}

static void listener_destroy(uv_handle_t *handle)
{
	async_listener_close((async_listener *)handle);
}

/* --- accept ----------------------------------------------------------------------------------- */

static void accept_fail(struct async__frame *f, int err)
{
	((struct async_tcp_accept__frame *)f)->value = (struct async_result_async_tcp__ptr){.err = err};
}

static void accept_resume(struct async__timer *timer)
{
	async_listener *l = (async_listener *)((char *)timer - offsetof(async_listener, resume.timer));
	async__watch_resume(&l->watch, WATCH_READ);
}

static void accept_pause(async_listener *l)
{
	if (l->watch.paused)
		return;
	l->resume.timer.calls = true;
	l->resume.fire = accept_resume;
	async__timer_start(async__runtime_current(), &l->resume.timer, ACCEPT_PAUSE_MS); /* in the future: never refused */
	async__watch_pause(&l->watch, WATCH_READ);
}

/* What became of one connection, and says nothing of the listener: accept(2). */
static bool is_of_the_peer(int error)
{
	return error == EINTR || error == ECONNABORTED || error == EPROTO || error == EPERM || error == ENETDOWN || error == ENETUNREACH ||
	       error == EHOSTDOWN || error == EHOSTUNREACH || error == ENONET || error == ENOPROTOOPT || error == ETIMEDOUT;
}

static bool is_for_want(int err)
{
	return err == ASYNC_EMFILE || err == ASYNC_ENFILE || err == ASYNC_ENOBUFS || err == ASYNC_ENOMEM;
}

static bool accept_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_tcp_accept__frame *f = (struct async_tcp_accept__frame *)self;
	async_listener *l = (async_listener *)w;
	int fd = l->kept;
	while (fd < 0 && (fd = accept4(async__watch_fd(w), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0 && is_of_the_peer(errno))
		;
	l->kept = -1;
	if (fd < 0 && would_block())
		return false;
	accept_fail(self, fd < 0 ? last_error() : 0);
	if (fd >= 0)
		f->value.err = async__tcp_own(async__runtime_current(), fd, &f->value.value);
	if (is_for_want(f->value.err)) {
		l->kept = fd;
		accept_pause(l);
		return false;
	}
	if (f->value.err && fd >= 0)
		close(fd);
	return true;
}

static void accept_undo(struct async__context *cx, struct async__frame *self)
{
	async_tcp_close(((struct async_tcp_accept__frame *)self)->value.value);
}

static const struct async__watch_class listener_class = {
	.handle = {listener_destroy},
	.size = sizeof(async_listener),
	.ops = {{accept_attempt, accept_fail, accept_undo, false}},
};

WATCH_POLL(async_tcp_accept, l->watch, WATCH_READ, 0)

RESULT_OPERATION(async_tcp_accept, "asyncc/net.h", accept_fail, struct async_result_async_tcp__ptr, (async_listener *l),
		 .l = l)


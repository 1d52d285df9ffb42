/* TCP on watched descriptors: the functions of <asyncc/net.h>. */
#define _GNU_SOURCE /* accept4 */
#include "asyncc/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rt/op.h"
#include "rt/uv_handle.h"

struct async_listener {
	struct async__watch watch;
	uint16_t port;
};

struct async_tcp {
	struct async__watch watch;
};

/* errno after a system call that failed, as an error. */
static int last_error(void)
{
	return uv_translate_sys_error(errno);
}

static bool would_block(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK;
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int address_parse(const char *host, uint16_t port, union address *address, socklen_t *length)
{
	if (!strcmp(host, "localhost"))
		host = "127.0.0.1";
	*length = sizeof address->v4;
	if (!uv_ip4_addr(host, port, &address->v4))
		return 0;
	*length = sizeof address->v6;
	return uv_ip6_addr(host, port, &address->v6);
}

static uint16_t address_port(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

static int socket_open(const union address *address)
{
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return fd < 0 ? last_error() : fd;
}

/* A connection that owns `fd`, which is closed on failure: 0 and *out, or an error. */
static int tcp_new(struct async_runtime *rt, int fd, async_tcp **out)
{
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	async_tcp *s = async__alloc(sizeof *s);
	int err = s ? async__watch_open(&s->watch, rt, fd) : ASYNC_ENOMEM;
	if (err) {
		async__free(s);
		close(fd);
		return err;
	}
	*out = s;
	return 0;
}

int async_tcp_shutdown(async_tcp *s)
{
	return shutdown(s->watch.fd, SHUT_WR) ? last_error() : 0;
}

void async_tcp_close(async_tcp *s)
{
	if (s)
		async__watch_close(&s->watch);
}

/* --- listening -------------------------------------------------------------------------------- */

static int listener_bind(int fd, const union address *address, socklen_t length, int backlog, uint16_t *port)
{
	int one = 1;
	union address bound = {0};
	socklen_t bound_length = sizeof bound;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) || bind(fd, &address->any, length) ||
	    listen(fd, backlog) || getsockname(fd, &bound.any, &bound_length))
		return last_error();
	*port = address_port(&bound);
	return 0;
}

struct async_result_async_listener__ptr async_tcp_listen(const char *host, uint16_t port, int backlog)
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
	result.err = listener_bind(fd, &address, length, backlog, &port);
	async_listener *l = result.err ? NULL : async__alloc(sizeof *l);
	if (!result.err)
		result.err = l ? async__watch_open(&l->watch, rt, fd) : ASYNC_ENOMEM;
	if (result.err) {
		async__free(l);
		close(fd);
		return result;
	}
	l->port = port;
	result.value = l;
	return result;
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
		fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0 && would_block())
		return false;
	accept_fail(self, fd < 0 ? last_error() : 0);
	if (fd >= 0)
		f->value.err = tcp_new(w->runtime, fd, &f->value.value);
	return true;
}

static const struct async__watch_op accept_op = {accept_attempt, accept_fail};

static void accept_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__watch_interrupt(&((struct async_tcp_accept__frame *)leaf)->l->watch, WATCH_READ);
}

enum async__poll async_tcp_accept__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_tcp_accept__frame *f = (struct async_tcp_accept__frame *)self;
	return async__watch_run(&f->l->watch, WATCH_READ, &accept_op, self, cx, accept_interrupt);
}

OP_DESCRIPTOR(async_tcp_accept, "asyncc/net.h");

async_future async_tcp_accept(async_listener *l)
{
	return async__op_box(&async_tcp_accept__fn, &(struct async_tcp_accept__frame){.l = l});
}

struct async_result_async_tcp__ptr async_tcp_accept__block_on(async_listener *l)
{
	struct async_tcp_accept__frame f = {.l = l};
	int err = async__op_block_on(&async_tcp_accept__fn, &f.base);
	if (err)
		accept_fail(&f.base, err);
	return f.value;
}

/* --- connect: value.value holds the socket on its way ----------------------------------------- */

static void connect_fail(struct async__frame *self, int err)
{
	struct async_tcp_connect__frame *f = (struct async_tcp_connect__frame *)self;
	async_tcp_close(f->value.value);
	f->value = (struct async_result_async_tcp__ptr){.err = err};
}

static bool connect_attempt(struct async__watch *w, struct async__frame *self)
{
	int err = 0;
	socklen_t length = sizeof err;
	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &err, &length))
		err = errno;
	union address peer;
	length = sizeof peer;
	if (!err && getpeername(w->fd, &peer.any, &length)) {
		if (errno == ENOTCONN)
			return false;
		err = errno;
	}
	if (err)
		connect_fail(self, uv_translate_sys_error(err));
	return true;
}

static const struct async__watch_op connect_op = {connect_attempt, connect_fail};

static void connect_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__watch_interrupt(&((struct async_tcp_connect__frame *)leaf)->value.value->watch, WATCH_WRITE);
}

static int connect_start(struct async_runtime *rt, const char *host, uint16_t port, async_tcp **out)
{
	union address address;
	socklen_t length;
	int err = address_parse(host, port, &address, &length);
	if (err)
		return err;
	int fd = socket_open(&address);
	if (fd < 0)
		return fd;
	if (connect(fd, &address.any, length) && errno != EINPROGRESS && errno != EINTR) {
		err = last_error();
		close(fd);
		return err;
	}
	return tcp_new(rt, fd, out);
}

enum async__poll async_tcp_connect__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_tcp_connect__frame *f = (struct async_tcp_connect__frame *)self;
	f->value = (struct async_result_async_tcp__ptr){0};
	if (async__is_cancelled(cx)) {
		f->value.err = ASYNC_ECANCELED;
		return async__yield(self, cx);
	}
	f->value.err = connect_start(cx->runtime, f->host, f->port, &f->value.value);
	if (f->value.err)
		return async__op_done(self, cx);
	return async__watch_run(&f->value.value->watch, WATCH_WRITE, &connect_op, self, cx, connect_interrupt);
}

OP_DESCRIPTOR(async_tcp_connect, "asyncc/net.h");

async_future async_tcp_connect(const char *host, uint16_t port)
{
	return async__op_box(&async_tcp_connect__fn, &(struct async_tcp_connect__frame){.host = host, .port = port});
}

struct async_result_async_tcp__ptr async_tcp_connect__block_on(const char *host, uint16_t port)
{
	struct async_tcp_connect__frame f = {.host = host, .port = port};
	int err = async__op_block_on(&async_tcp_connect__fn, &f.base);
	if (err)
		f.value = (struct async_result_async_tcp__ptr){.err = err};
	return f.value;
}

/* --- read ------------------------------------------------------------------------------------- */

static void read_fail(struct async__frame *f, int err)
{
	((struct async_tcp_read__frame *)f)->value = err;
}

static bool read_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_tcp_read__frame *f = (struct async_tcp_read__frame *)self;
	ssize_t n;
	do
		n = recv(w->fd, f->buf, f->len, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && would_block())
		return false;
	if (n > 0 && (size_t)n < f->len)
		w->drained |= UV_READABLE;
	f->value = n < 0 ? last_error() : n;
	return true;
}

static const struct async__watch_op read_op = {read_attempt, read_fail};

static void read_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__watch_interrupt(&((struct async_tcp_read__frame *)leaf)->s->watch, WATCH_READ);
}

enum async__poll async_tcp_read__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_tcp_read__frame *f = (struct async_tcp_read__frame *)self;
	return async__watch_run(&f->s->watch, WATCH_READ, &read_op, self, cx, read_interrupt);
}

OP_DESCRIPTOR(async_tcp_read, "asyncc/net.h");

async_future async_tcp_read(async_tcp *s, void *buf, size_t len)
{
	return async__op_box(&async_tcp_read__fn, &(struct async_tcp_read__frame){.s = s, .buf = buf, .len = len});
}

ptrdiff_t async_tcp_read__block_on(async_tcp *s, void *buf, size_t len)
{
	struct async_tcp_read__frame f = {.s = s, .buf = buf, .len = len};
	int err = async__op_block_on(&async_tcp_read__fn, &f.base);
	return err ? err : f.value;
}

/* --- write: value counts the bytes written so far --------------------------------------------- */

static void write_fail(struct async__frame *self, int err)
{
	struct async_tcp_write__frame *f = (struct async_tcp_write__frame *)self;
	if (f->value == 0)
		f->value = err;
}

static bool write_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_tcp_write__frame *f = (struct async_tcp_write__frame *)self;
	while ((size_t)f->value < f->len) {
		ssize_t n = send(w->fd, (const char *)f->buf + f->value, f->len - (size_t)f->value, MSG_NOSIGNAL);
		if (n >= 0) {
			f->value += n;
		} else if (would_block()) {
			return false;
		} else if (errno != EINTR) {
			write_fail(self, last_error());
			return true;
		}
	}
	return true;
}

static const struct async__watch_op write_op = {write_attempt, write_fail};

static void write_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__watch_interrupt(&((struct async_tcp_write__frame *)leaf)->s->watch, WATCH_WRITE);
}

enum async__poll async_tcp_write__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_tcp_write__frame *f = (struct async_tcp_write__frame *)self;
	f->value = 0;
	return async__watch_run(&f->s->watch, WATCH_WRITE, &write_op, self, cx, write_interrupt);
}

OP_DESCRIPTOR(async_tcp_write, "asyncc/net.h");

async_future async_tcp_write(async_tcp *s, const void *buf, size_t len)
{
	return async__op_box(&async_tcp_write__fn, &(struct async_tcp_write__frame){.s = s, .buf = buf, .len = len});
}

ptrdiff_t async_tcp_write__block_on(async_tcp *s, const void *buf, size_t len)
{
	struct async_tcp_write__frame f = {.s = s, .buf = buf, .len = len};
	int err = async__op_block_on(&async_tcp_write__fn, &f.base);
	return err ? err : f.value;
}

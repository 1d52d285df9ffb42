/* Connecting by TCP: a part of <asyncc/net.h>. */
#include "rt/uv_net.h"

#include <sys/socket.h>
#include <unistd.h>

/* value.value holds the socket on its way. */

void async__connect_fail(struct async__frame *self, int err)
{
	struct async_tcp_connect__frame *f = (struct async_tcp_connect__frame *)self;
	async_tcp_close(f->value.value);
	f->value = (struct async_result_async_tcp__ptr){.err = err};
}

bool async__connect_attempt(struct async__watch *w, struct async__frame *self)
{
	int err = 0;
	socklen_t length = sizeof err;
	if (getsockopt(async__watch_fd(w), SOL_SOCKET, SO_ERROR, &err, &length))
		err = errno;
	union address peer;
	length = sizeof peer;
	if (!err && getpeername(async__watch_fd(w), &peer.any, &length)) {
		if (errno == ENOTCONN)
			return false;
		err = errno;
	}
	if (err)
		async__connect_fail(self, uv_translate_sys_error(err));
	return true;
}

void async__connect_undo(struct async__context *cx, struct async__frame *self)
{
	if (async__gives_back(cx, async__connect_undo))
		async_tcp_close(((struct async_tcp_connect__frame *)self)->value.value);
}

static void connect_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__watch_interrupt(&((struct async_tcp_connect__frame *)leaf)->value.value->watch, WATCH_WRITE);
}

static void search_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__search_cancel(((struct async_tcp_connect__frame *)leaf)->search);
}

/* Whether a host that is no numeric address may be a name. */
static bool is_name(const char *host)
{
	static const char ascii[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
	for (; *host; host++)
		if ((unsigned char)*host < 0x80 && !strchr(ascii, *host))
			return false;
	return true;
}

static int connect_start(struct async_runtime *rt, const char *host, uint16_t port, async_tcp **out)
{
	union address address;
	socklen_t length;
	int err = address_parse(host, port, &address, &length); /* ASYNC_EINVAL: not numeric */
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
	return async__tcp_new(rt, fd, out);
}

enum async__poll async_tcp_connect__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_tcp_connect__frame *f = (struct async_tcp_connect__frame *)self;
	f->value = (struct async_result_async_tcp__ptr){0};
	if (async__is_cancelled(cx)) {
		f->value.err = ASYNC_ECANCELED;
		return async__yield(cx);
	}
	f->value.err = connect_start(cx->runtime, f->host, f->port, &f->value.value);
	if (f->value.err == ASYNC_EINVAL && *f->host && is_name(f->host)) {
		f->value.err = async__search_start(self, cx);
		if (!f->value.err)
			return async__op_wait(cx, search_interrupt);
	}
	if (f->value.err)
		return async__op_done(cx);
	return async__watch_run(&f->value.value->watch, WATCH_WRITE, TCP_CONNECT, self, cx, connect_interrupt);
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


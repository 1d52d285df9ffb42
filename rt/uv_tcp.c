/* TCP connections on watched descriptors: a part of <asyncc/net.h>. */
#include "rt/uv_net.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static const struct async__watch_class tcp_class;

int async__tcp_own(struct async_runtime *rt, int fd, async_tcp **out)
{
	int one = 1;
	struct async__watch *w;
	int err = async__watch_new(rt, fd, &tcp_class, &w);
	if (err)
		return err;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	*out = (async_tcp *)w;
	return 0;
}

int async__tcp_new(struct async_runtime *rt, int fd, async_tcp **out)
{
	int err = async__tcp_own(rt, fd, out);
	if (err)
		close(fd);
	return err;
}

struct async_result_async_tcp__ptr async_tcp_adopt(int fd)
{
	struct async_result_async_tcp__ptr result = {0};
	struct async_runtime *rt = async__runtime_get(&result.err);
	if (!rt)
		return result;
	result.err = async__adopt_socket(fd, false);
	if (!result.err)
		result.err = async__tcp_own(rt, fd, &result.value);
	return result;
}

int async_tcp_shutdown(async_tcp *s)
{
	return shutdown(async__watch_fd(&s->watch), SHUT_WR) ? last_error() : 0;
}

void async_tcp_close(async_tcp *s)
{
	if (s)
		async__watch_close(&s->watch);
}

/* --- as a struct async_io: its class alone ------------------------------------------------------- */

struct async_io *async__tcp_as_io(async_tcp *s, const struct async_io_class *io_class)
{
	s->io_class = io_class;
	return (struct async_io *)&s->io_class;
}

async_tcp *async__tcp_of_io(struct async_io *io)
{
	return (async_tcp *)((char *)io - offsetof(async_tcp, io_class));
}

bool async__tcp_is_drained(const async_tcp *s)
{
	return s->watch.drained & UV_READABLE;
}

/* --- read ------------------------------------------------------------------------------------- */

static void read_fail(struct async__frame *f, int err)
{
	((struct async_tcp_read__frame *)f)->value = err;
}

/* recv, with what it tells about the next one. */
static ssize_t receive(struct async__watch *w, void *buf, size_t len)
{
	ssize_t n;
	do
		n = recv(async__watch_fd(w), buf, len, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0 && (size_t)n < len)
		w->drained |= UV_READABLE;
	return n;
}

static bool read_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_tcp_read__frame *f = (struct async_tcp_read__frame *)self;
	return length_or_wait(&f->value, receive(w, f->buf, f->len));
}

/* Who asks for no byte has it at once; the socket would be waited for. */
static bool is_nothing(size_t len, const struct async__context *cx)
{
	return len == 0 && !async__is_cancelled(cx);
}

WATCH_POLL(async_tcp_read, s->watch, WATCH_READ, TCP_READ,
	   f->value = 0;
	   if (is_nothing(f->len, cx))
		   return async__op_done(cx))

INTEGER_OPERATION(async_tcp_read, "asyncc/net.h", ptrdiff_t, (async_tcp *s, void *buf, size_t len), .s = s, .buf = buf, .len = len)

ptrdiff_t async_tcp_try_read(async_tcp *s, void *buf, size_t len)
{
	if (s->watch.waits & UV_READABLE)
		return ASYNC_EBUSY;
	ssize_t n = receive(&s->watch, buf, len);
	return n < 0 ? last_error() : n;
}

/* --- read_exact: value counts the bytes read so far --------------------------------------------- */

static void read_exact_fail(struct async__frame *self, int err)
{
	struct async_tcp_read_exact__frame *f = (struct async_tcp_read_exact__frame *)self;
	if (f->value == 0)
		f->value = err;
}

static bool read_exact_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_tcp_read_exact__frame *f = (struct async_tcp_read_exact__frame *)self;
	while ((size_t)f->value < f->len) {
		ssize_t n = receive(w, (char *)f->buf + f->value, f->len - (size_t)f->value);
		if (n < 0 && would_block())
			return false;
		if (n < 0)
			read_exact_fail(self, last_error());
		if (n <= 0)
			return true;
		f->value += n;
		if ((size_t)f->value < f->len && w->drained & UV_READABLE)
			return false;
	}
	return true;
}

WATCH_POLL(async_tcp_read_exact, s->watch, WATCH_READ, TCP_READ_EXACT,
	   f->value = 0;
	   if (is_nothing(f->len, cx))
		   return async__op_done(cx))

INTEGER_OPERATION(async_tcp_read_exact, "asyncc/net.h", ptrdiff_t, (async_tcp *s, void *buf, size_t len), .s = s, .buf = buf, .len = len)

/* --- readv ------------------------------------------------------------------------------------ */

enum { PARTS_AT_ONCE = 64 };

/* The parts without their first `done` bytes and without empty ones, as many as go at once: their number. */
static size_t parts_left(const struct iovec *parts, size_t count, size_t done, struct iovec *left)
{
	size_t n = 0;
	for (size_t i = 0; i < count && n < PARTS_AT_ONCE; i++) {
		size_t skipped = done < parts[i].iov_len ? done : parts[i].iov_len;
		done -= skipped;
		if (skipped < parts[i].iov_len)
			left[n++] = (struct iovec){(char *)parts[i].iov_base + skipped, parts[i].iov_len - skipped};
	}
	return n;
}

static size_t parts_length(const struct iovec *parts, size_t count)
{
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += parts[i].iov_len;
	return len;
}

/* recvmsg into some of the parts, with what it tells about the next one; 0 where they have no byte. */
static ssize_t receive_parts(struct async__watch *w, const struct iovec *parts, size_t count)
{
	struct iovec left[PARTS_AT_ONCE];
	struct msghdr message = {.msg_iov = left, .msg_iovlen = parts_left(parts, count, 0, left)};
	size_t len = parts_length(left, message.msg_iovlen);
	ssize_t n;
	if (!len)
		return 0;
	do
		n = recvmsg(async__watch_fd(w), &message, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0 && (size_t)n < len)
		w->drained |= UV_READABLE;
	return n;
}

static void readv_fail(struct async__frame *f, int err)
{
	((struct async_tcp_readv__frame *)f)->value = err;
}

static bool readv_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_tcp_readv__frame *f = (struct async_tcp_readv__frame *)self;
	return length_or_wait(&f->value, receive_parts(w, f->parts, f->count));
}

WATCH_POLL(async_tcp_readv, s->watch, WATCH_READ, TCP_READV,
	   f->value = 0;
	   if (is_nothing(parts_length(f->parts, f->count), cx))
		   return async__op_done(cx))

INTEGER_OPERATION(async_tcp_readv, "asyncc/net.h", ptrdiff_t, (async_tcp *s, const struct iovec *parts, size_t count), .s = s, .parts = parts, .count = count)

ptrdiff_t async_tcp_try_readv(async_tcp *s, const struct iovec *parts, size_t count)
{
	if (s->watch.waits & UV_READABLE)
		return ASYNC_EBUSY;
	ssize_t n = receive_parts(&s->watch, parts, count);
	return n < 0 ? last_error() : n;
}

/* --- recv: a block of the length that turns out ------------------------------------------------- */

enum {
	RECEIVE_MOST = 64 * 1024,
	/* From here on the block that was read into is handed over; what is shorter is copied out of it. */
	RECEIVE_LONG = 16 * 1024
};

static void recv_fail(struct async__frame *f, int err)
{
	((struct async_tcp_recv__frame *)f)->value = (struct async_result_async_bytes){.err = err};
}

/* `n` bytes of the spare block as a block of their own. Without memory the spare one itself: they were received, and
 * must not get lost. */
static char *bytes_take(struct async_runtime *rt, size_t n)
{
	char *spare = rt->spare, *data = n < RECEIVE_LONG ? async__malloc(n + 1) : NULL;
	if (data) {
		memcpy(data, spare, n);
	} else {
		data = realloc(spare, n + 1);
		if (!data)
			data = spare;
		rt->spare = NULL;
	}
	data[n] = 0;
	return data;
}

static bool recv_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_runtime *rt = async__runtime_current();
	struct async_tcp_recv__frame *f = (struct async_tcp_recv__frame *)self;
	if (!rt->spare)
		rt->spare = async__malloc(RECEIVE_MOST + 1);
	if (!rt->spare) {
		recv_fail(self, ASYNC_ENOMEM);
		return true;
	}
	ssize_t n = receive(w, rt->spare, RECEIVE_MOST);
	if (n < 0 && would_block())
		return false;
	recv_fail(self, n < 0 ? last_error() : 0);
	if (n > 0)
		f->value.value = (async_bytes){.data = bytes_take(rt, (size_t)n), .len = (size_t)n};
	return true;
}

static void recv_undo(struct async__context *cx, struct async__frame *self)
{
	if (async__gives_back(cx, recv_undo))
		free(((struct async_tcp_recv__frame *)self)->value.value.data);
}

WATCH_POLL(async_tcp_recv, s->watch, WATCH_READ, TCP_RECV)

RESULT_OPERATION(async_tcp_recv, "asyncc/net.h", recv_fail, struct async_result_async_bytes, (async_tcp *s),
		 .s = s)

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
		ssize_t n = send(async__watch_fd(w), (const char *)f->buf + f->value, f->len - (size_t)f->value, MSG_NOSIGNAL);
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

WATCH_POLL(async_tcp_write, s->watch, WATCH_WRITE, TCP_WRITE, f->value = 0)

INTEGER_OPERATION(async_tcp_write, "asyncc/net.h", ptrdiff_t, (async_tcp *s, const void *buf, size_t len), .s = s, .buf = buf, .len = len)

ptrdiff_t async_tcp_try_write(async_tcp *s, const void *buf, size_t len)
{
	ssize_t n;
	if (s->watch.waits & UV_WRITABLE)
		return ASYNC_EBUSY;
	do
		n = send(async__watch_fd(&s->watch), buf, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? last_error() : n;
}

/* --- writev ------------------------------------------------------------------------------------- */

static void writev_fail(struct async__frame *self, int err)
{
	struct async_tcp_writev__frame *f = (struct async_tcp_writev__frame *)self;
	if (f->value == 0)
		f->value = err;
}

static bool writev_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_tcp_writev__frame *f = (struct async_tcp_writev__frame *)self;
	for (;;) {
		struct iovec left[PARTS_AT_ONCE];
		struct msghdr message = {.msg_iov = left, .msg_iovlen = parts_left(f->parts, f->count, (size_t)f->value, left)};
		if (!message.msg_iovlen)
			return true;
		ssize_t n = sendmsg(async__watch_fd(w), &message, MSG_NOSIGNAL);
		if (n >= 0) {
			f->value += n;
		} else if (would_block()) {
			return false;
		} else if (errno != EINTR) {
			writev_fail(self, last_error());
			return true;
		}
	}
}

WATCH_POLL(async_tcp_writev, s->watch, WATCH_WRITE, TCP_WRITEV, f->value = 0)

INTEGER_OPERATION(async_tcp_writev, "asyncc/net.h", ptrdiff_t, (async_tcp *s, const struct iovec *parts, size_t count), .s = s, .parts = parts, .count = count)

ptrdiff_t async_tcp_try_writev(async_tcp *s, const struct iovec *parts, size_t count)
{
	struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
	ssize_t n;
	if (s->watch.waits & UV_WRITABLE)
		return ASYNC_EBUSY;
	do
		n = sendmsg(async__watch_fd(&s->watch), &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? last_error() : n;
}

/* --- waiting alone: both frames are alike ------------------------------------------------------- */

static void wait_fail(struct async__frame *f, int err)
{
	((struct async_tcp_wait_readable__frame *)f)->value = err;
}

static bool wait_attempt(struct async__watch *w, struct async__frame *f)
{
	wait_fail(f, 0);
	return true;
}

WATCH_POLL(async_tcp_wait_readable, s->watch, WATCH_READ, TCP_WAIT_READABLE)

INTEGER_OPERATION(async_tcp_wait_readable, "asyncc/net.h", int, (async_tcp *s), .s = s)

WATCH_POLL(async_tcp_wait_writable, s->watch, WATCH_WRITE, TCP_WAIT_WRITABLE)

INTEGER_OPERATION(async_tcp_wait_writable, "asyncc/net.h", int, (async_tcp *s), .s = s)

static const struct async__watch_class tcp_class = {
	.handle = {async__watch_destroy},
	.size = sizeof(async_tcp),
	.ops =
		{
			[TCP_CONNECT] = {async__connect_attempt, async__connect_fail, async__connect_undo, false},
			[TCP_READ] = {read_attempt, read_fail, NULL, false},
			[TCP_READ_EXACT] = {read_exact_attempt, read_exact_fail, NULL, false},
			[TCP_READV] = {readv_attempt, readv_fail, NULL, false},
			[TCP_RECV] = {recv_attempt, recv_fail, recv_undo, false},
			[TCP_WAIT_READABLE] = {wait_attempt, wait_fail, NULL, true},
			[TCP_WRITE] = {write_attempt, write_fail, NULL, false},
			[TCP_WRITEV] = {writev_attempt, writev_fail, NULL, false},
			[TCP_WAIT_WRITABLE] = {wait_attempt, wait_fail, NULL, true},
			[UNIX_SEND_FD] = {async__send_fd_attempt, async__send_fd_fail, NULL, false},
			[UNIX_RECV_FD] = {async__recv_fd_attempt, async__recv_fd_fail, async__recv_fd_undo, false},
		},
};

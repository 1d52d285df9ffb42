/* Unix stream sockets: the functions of <asyncc/unix.h>. Connections are struct async_tcp, listeners struct
 * async_listener. */
#include "asyncc/unix.h"

#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "rt/uv_net.h"

static int path_parse(const char *path, struct sockaddr_un *address)
{
	size_t len = strlen(path);
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (!len || len >= sizeof address->sun_path)
		return len ? ASYNC_ENAMETOOLONG : ASYNC_EINVAL;
	memcpy(address->sun_path, path, len);
	return 0;
}

/* A socket, bound or connected to `path` by `to`; or an error. */
static int socket_at(const char *path, int (*to)(int fd, const struct sockaddr *address, socklen_t length))
{
	struct sockaddr_un address;
	int err = path_parse(path, &address);
	if (err)
		return err;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return last_error();
	if (to(fd, (const struct sockaddr *)&address, sizeof address)) {
		err = last_error();
		close(fd);
		return err;
	}
	return fd;
}

struct async_result_async_listener__ptr async_unix_listen(const char *path, int backlog)
{
	struct async_result_async_listener__ptr result = {0};
	struct async_runtime *rt = async__runtime_get(&result.err);
	if (!rt)
		return result;
	int fd = socket_at(path, bind);
	if (fd < 0) {
		result.err = fd;
		return result;
	}
	result.err = listen(fd, backlog) ? last_error() : async__listener_new(rt, fd, 0, &result.value);
	if (result.err) {
		close(fd);
		unlink(path);
	}
	return result;
}

struct async_result_async_unix__ptr async_unix_connect(const char *path)
{
	struct async_result_async_unix__ptr result = {0};
	struct async_runtime *rt = async__runtime_get(&result.err);
	if (!rt)
		return result;
	int fd = socket_at(path, connect);
	result.err = fd < 0 ? fd : async__tcp_new(rt, fd, &result.value);
	return result;
}

int async_unix_pair(async_unix *ends[2])
{
	int fds[2], err;
	struct async_runtime *rt = async__runtime_get(&err);
	if (!rt)
		return err;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
		return last_error();
	err = async__tcp_new(rt, fds[0], &ends[0]);
	if (err) {
		close(fds[1]);
		return err;
	}
	err = async__tcp_new(rt, fds[1], &ends[1]);
	if (err)
		async_tcp_close(ends[0]);
	return err;
}

/* --- descriptors: one, and a byte ---------------------------------------------------------------- */

/* Room for one descriptor's control message. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

void async__send_fd_fail(struct async__frame *f, int err)
{
	((struct async_unix_send_fd__frame *)f)->value = err;
}

bool async__send_fd_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_unix_send_fd__frame *f = (struct async_unix_send_fd__frame *)self;
	struct iovec byte = {"", 1};
	union control control = {0};
	struct msghdr message = {.msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	ssize_t n;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof f->fd);
	memcpy(CMSG_DATA(header), &f->fd, sizeof f->fd);
	do
		n = sendmsg(async__watch_fd(w), &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && would_block())
		return false;
	f->value = n < 0 ? last_error() : 0;
	return true;
}

WATCH_POLL(async_unix_send_fd, s->watch, WATCH_WRITE, UNIX_SEND_FD)

INTEGER_OPERATION(async_unix_send_fd, "asyncc/unix.h", int, (async_unix *s, int fd), .s = s, .fd = fd)

void async__recv_fd_fail(struct async__frame *f, int err)
{
	((struct async_unix_recv_fd__frame *)f)->value = err;
}

void async__recv_fd_undo(struct async__context *cx, struct async__frame *self)
{
	struct async_unix_recv_fd__frame *f = (struct async_unix_recv_fd__frame *)self;
	if (async__gives_back(cx, async__recv_fd_undo) && f->value >= 0)
		close(f->value);
}

bool async__recv_fd_attempt(struct async__watch *w, struct async__frame *self)
{
	char data;
	struct iovec byte = {&data, 1};
	union control control = {0};
	/* Not its padding: there a second descriptor would have room. */
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_LEN(sizeof(int))};
	ssize_t n;
	do
		n = recvmsg(async__watch_fd(w), &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && would_block())
		return false;
	async__recv_fd_fail(self, n < 0 ? last_error() : n == 0 ? ASYNC_EOF : ASYNC_EPROTO);
	struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
		int fd;
		memcpy(&fd, CMSG_DATA(header), sizeof fd);
		async__recv_fd_fail(self, fd);
	}
	return true;
}

WATCH_POLL(async_unix_recv_fd, s->watch, WATCH_READ, UNIX_RECV_FD)

INTEGER_OPERATION(async_unix_recv_fd, "asyncc/unix.h", int, (async_unix *s), .s = s)

/* Names and options of TCP connections: a part of <asyncc/net.h>. */
#include "rt/uv_net.h"

#include <limits.h>
#include <netinet/tcp.h>

int async_tcp_fd(const async_tcp *s)
{
	return async__watch_fd(&s->watch);
}

typedef int name_fn(int fd, struct sockaddr *address, socklen_t *length);

static int name_of(const async_tcp *s, name_fn *get, char *host, size_t size, uint16_t *port)
{
	union address a;
	socklen_t length = sizeof a;
	if (get(async__watch_fd(&s->watch), &a.any, &length))
		return last_error();
	if (port)
		*port = address_port(&a);
	return a.any.sa_family == AF_INET6 ? uv_ip6_name(&a.v6, host, size) : uv_ip4_name(&a.v4, host, size);
}

int async_tcp_peer_name(const async_tcp *s, char *host, size_t size, uint16_t *port)
{
	return name_of(s, getpeername, host, size, port);
}

int async_tcp_local_name(const async_tcp *s, char *host, size_t size, uint16_t *port)
{
	return name_of(s, getsockname, host, size, port);
}

static int option_set(async_tcp *s, int level, int option, int value)
{
	return setsockopt(async__watch_fd(&s->watch), level, option, &value, sizeof value) ? last_error() : 0;
}

int async_tcp_set_nodelay(async_tcp *s, bool on)
{
	return option_set(s, IPPROTO_TCP, TCP_NODELAY, on);
}

int async_tcp_set_keepalive(async_tcp *s, unsigned seconds)
{
	if (seconds > INT_MAX)
		return ASYNC_EINVAL;
	int err = option_set(s, SOL_SOCKET, SO_KEEPALIVE, seconds != 0);
	if (err || !seconds)
		return err;
	err = option_set(s, IPPROTO_TCP, TCP_KEEPIDLE, (int)seconds);
	if (!err)
		err = option_set(s, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	if (!err)
		err = option_set(s, IPPROTO_TCP, TCP_KEEPCNT, 10);
	return err;
}

/* UDP sockets on watched descriptors: the functions of <asyncc/udp.h>. */
#include "asyncc/udp.h"

#include <net/if.h>
#include <unistd.h>

#include "rt/uv_net.h"

struct async_udp {
	struct async__watch watch;
	uint16_t port;
	bool is_v6;
};

enum udp_op { UDP_RECV, UDP_SEND };

static const struct async__watch_class udp_class;

/* --- addresses ---------------------------------------------------------------------------------- */

_Static_assert(sizeof(async_address) >= sizeof(struct sockaddr_in6) && sizeof(async_address) <= sizeof(union address),
	       "an async_address holds a socket address");

int async_address_set(async_address *a, const char *host, uint16_t port)
{
	union address address = {0};
	socklen_t length;
	int err = address_parse(host, port, &address, &length);
	memcpy(a, &address, sizeof *a);
	return err;
}

static socklen_t address_load(const async_address *a, union address *address)
{
	*address = (union address){0};
	memcpy(address, a, sizeof *a);
	return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

int async_address_get(const async_address *a, char *host, size_t size, uint16_t *port)
{
	union address address;
	address_load(a, &address);
	if (port)
		*port = address_port(&address);
	return address.any.sa_family == AF_INET6 ? uv_ip6_name(&address.v6, host, size)
						 : uv_ip4_name(&address.v4, host, size);
}

/* --- sockets ------------------------------------------------------------------------------------ */

static int udp_bind(int fd, const union address *address, socklen_t length, unsigned flags, uint16_t *port)
{
	int one = 1;
	union address bound = {0};
	socklen_t bound_length = sizeof bound;
	if (flags & ASYNC_UDP_REUSEPORT && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
					    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one)))
		return last_error();
	if (flags & ASYNC_UDP_BROADCAST && setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof one))
		return last_error();
	if (bind(fd, &address->any, length) || getsockname(fd, &bound.any, &bound_length))
		return last_error();
	*port = address_port(&bound);
	return 0;
}

struct async_result_async_udp__ptr async_udp_open(const char *host, uint16_t port, unsigned flags)
{
	struct async_result_async_udp__ptr result = {0};
	struct async_runtime *rt = async__runtime_get(&result.err);
	if (!rt)
		return result;
	union address address;
	socklen_t length;
	struct async__watch *w;
	result.err = address_parse(host, port, &address, &length);
	if (result.err)
		return result;
	int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		result.err = last_error();
		return result;
	}
	result.err = udp_bind(fd, &address, length, flags, &port);
	if (!result.err)
		result.err = async__watch_new(rt, fd, &udp_class, &w);
	if (result.err) {
		close(fd);
		return result;
	}
	result.value = (async_udp *)w;
	result.value->port = port;
	result.value->is_v6 = address.any.sa_family == AF_INET6;
	return result;
}

uint16_t async_udp_port(const async_udp *s)
{
	return s->port;
}

int async_udp_fd(const async_udp *s)
{
	return async__watch_fd(&s->watch);
}

void async_udp_close(async_udp *s)
{
	if (s)
		async__watch_close(&s->watch);
}

/* --- multicast ---------------------------------------------------------------------------------- */

static int option_set(async_udp *s, int level, int option, const void *value, socklen_t size)
{
	return setsockopt(async__watch_fd(&s->watch), level, option, value, size) ? last_error() : 0;
}

static int membership(async_udp *s, const char *group, const char *through, bool joins)
{
	if (s->is_v6) {
		struct ipv6_mreq request = {.ipv6mr_interface = through ? if_nametoindex(through) : 0};
		if ((through && !request.ipv6mr_interface) || inet_pton(AF_INET6, group, &request.ipv6mr_multiaddr) != 1)
			return ASYNC_EINVAL;
		return option_set(s, IPPROTO_IPV6, joins ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &request, sizeof request);
	}
	struct ip_mreq request = {.imr_interface.s_addr = htonl(INADDR_ANY)};
	if (inet_pton(AF_INET, group, &request.imr_multiaddr) != 1 ||
	    (through && inet_pton(AF_INET, through, &request.imr_interface) != 1))
		return ASYNC_EINVAL;
	return option_set(s, IPPROTO_IP, joins ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof request);
}

int async_udp_join(async_udp *s, const char *group, const char *through)
{
	return membership(s, group, through, true);
}

int async_udp_leave(async_udp *s, const char *group, const char *through)
{
	return membership(s, group, through, false);
}

int async_udp_set_multicast(async_udp *s, unsigned hops, bool loop)
{
	int n = (int)hops, on = loop;
	if (hops > 255)
		return ASYNC_EINVAL;
	int level = s->is_v6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int err = option_set(s, level, s->is_v6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, &n, sizeof n);
	return err ? err : option_set(s, level, s->is_v6 ? IPV6_MULTICAST_LOOP : IP_MULTICAST_LOOP, &on, sizeof on);
}

/* --- receive ------------------------------------------------------------------------------------ */

static void recv_fail(struct async__frame *f, int err)
{
	((struct async_udp_recv__frame *)f)->value = err;
}

static bool recv_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_udp_recv__frame *f = (struct async_udp_recv__frame *)self;
	union address from = {0};
	socklen_t length = sizeof from;
	ssize_t n;
	do
		n = recvfrom(async__watch_fd(w), f->buf, f->len, MSG_TRUNC, &from.any, &length);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && f->from)
		memcpy(f->from, &from, sizeof *f->from);
	return length_or_wait(&f->value, n);
}

WATCH_POLL(async_udp_recv, s->watch, WATCH_READ, UDP_RECV)

OP_DESCRIPTOR(async_udp_recv, "asyncc/udp.h");

async_future async_udp_recv(async_udp *s, void *buf, size_t len, async_address *from)
{
	return async__op_box(&async_udp_recv__fn,
			     &(struct async_udp_recv__frame){.s = s, .buf = buf, .len = len, .from = from});
}

ptrdiff_t async_udp_recv__block_on(async_udp *s, void *buf, size_t len, async_address *from)
{
	struct async_udp_recv__frame f = {.s = s, .buf = buf, .len = len, .from = from};
	int err = async__op_block_on(&async_udp_recv__fn, &f.base);
	return err ? err : f.value;
}

/* --- send --------------------------------------------------------------------------------------- */

static void send_fail(struct async__frame *f, int err)
{
	((struct async_udp_send__frame *)f)->value = err;
}

static bool send_attempt(struct async__watch *w, struct async__frame *self)
{
	struct async_udp_send__frame *f = (struct async_udp_send__frame *)self;
	union address to;
	socklen_t length = address_load(f->to, &to);
	ssize_t n;
	do
		n = sendto(async__watch_fd(w), f->buf, f->len, MSG_NOSIGNAL, &to.any, length);
	while (n < 0 && errno == EINTR);
	return length_or_wait(&f->value, n);
}

WATCH_POLL(async_udp_send, s->watch, WATCH_WRITE, UDP_SEND)

OP_DESCRIPTOR(async_udp_send, "asyncc/udp.h");

async_future async_udp_send(async_udp *s, const void *buf, size_t len, const async_address *to)
{
	return async__op_box(&async_udp_send__fn,
			     &(struct async_udp_send__frame){.s = s, .buf = buf, .len = len, .to = to});
}

ptrdiff_t async_udp_send__block_on(async_udp *s, const void *buf, size_t len, const async_address *to)
{
	struct async_udp_send__frame f = {.s = s, .buf = buf, .len = len, .to = to};
	int err = async__op_block_on(&async_udp_send__fn, &f.base);
	return err ? err : f.value;
}

static const struct async__watch_class udp_class = {
	.handle = {async__watch_destroy},
	.size = sizeof(async_udp),
	.ops = {[UDP_RECV] = {recv_attempt, recv_fail, NULL, false}, [UDP_SEND] = {send_attempt, send_fail, NULL, false}},
};

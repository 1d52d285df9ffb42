/* UDP. See async_udp(3).
 *
 * A socket belongs to the thread that made it, and is for its tasks alone. One task may receive while another sends; two
 * receives or two sends at once on the same socket give ASYNC_EBUSY. Buffers and addresses are used until the await
 * ends, and no longer. Hosts are numeric IPv4 or IPv6 addresses, or "localhost", which is 127.0.0.1. */
#ifndef ASYNCC_UDP_H
#define ASYNCC_UDP_H

#include "asyncc.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct async_udp async_udp;

/* Host and port of a peer; opaque. */
typedef struct async_address {
	uint32_t words[7];
} async_address;

enum async_udp_flag {
	ASYNC_UDP_REUSEPORT = 1, /* other sockets may be bound to the same address */
	ASYNC_UDP_BROADCAST = 2	 /* it may send to broadcast addresses */
};

#ifndef ASYNC_RESULT_async_udp__ptr
#define ASYNC_RESULT_async_udp__ptr
struct async_result_async_udp__ptr {
	int err;
	async_udp *value;
};
#endif

/* 0; ASYNC_EINVAL where `host` is not such an address. Any thread. */
int async_address_set(async_address *a, const char *host, uint16_t port);
/* The numeric host, NUL-terminated, and the port, in host byte order; `port` may be NULL. 0; ASYNC_ENOSPC where `size`
 * bytes are too few for the host, 64 are enough. Any thread. */
int async_address_get(const async_address *a, char *host, size_t size, uint16_t *port);

/* The port that it is bound to, in host byte order. */
uint16_t async_udp_port(const async_udp *s);
/* Its descriptor, for setsockopt(2) and the like; not to be closed, nor read or written. */
int async_udp_fd(const async_udp *s);
/* Receives what is sent to the multicast group `group` as well, through the interface that has the address (IPv4) or the
 * name (IPv6) `through`, NULL: through one that the system chooses; and no longer. 0 or an error. */
int async_udp_join(async_udp *s, const char *group, const char *through);
int async_udp_leave(async_udp *s, const char *group, const char *through);
/* How many networks a multicast datagram passes, 0 to 255, 1 from the start; and whether groups that this host is in
 * hear it as well, as they do from the start. 0 or an error. */
int async_udp_set_multicast(async_udp *s, unsigned hops, bool loop);
/* Closes the socket and releases it. Operations that wait give ASYNC_ECANCELED. NULL is allowed. Any time, also
 * outside of tasks. */
void async_udp_close(async_udp *s);

struct async_udp_recv__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_udp *s;
	void *buf;
	size_t len;
	async_address *from;
};

struct async_udp_send__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_udp *s;
	const void *buf;
	size_t len;
	const async_address *to;
};

#ifdef __ASYNCC_PARSE__

/* A socket bound to host:port; port 0: the system chooses one. `flags` are bits of enum async_udp_flag. The caller
 * closes it. Starts the thread's runtime. */
result(async_udp *) async_udp_open(const char *host, uint16_t port, unsigned flags);
/* The next datagram, and in *from, unless that is NULL, who sent it: its length, which is more than `len` where the rest
 * was cut off; or an error. */
[[asyncc::frame(struct async_udp_recv__frame)]]
async fn async_udp_recv(async_udp *s, void *buf, size_t len, async_address *from) -> ptrdiff_t;
/* Sends a datagram: `len`, or an error. */
[[asyncc::frame(struct async_udp_send__frame)]]
async fn async_udp_send(async_udp *s, const void *buf, size_t len, const async_address *to) -> ptrdiff_t;

#else

struct async_result_async_udp__ptr async_udp_open(const char *host, uint16_t port, unsigned flags);

async_future async_udp_recv(async_udp *s, void *buf, size_t len, async_address *from);
ptrdiff_t async_udp_recv__block_on(async_udp *s, void *buf, size_t len, async_address *from);
async__poll_fn async_udp_recv__poll;
extern const struct async__fn async_udp_recv__fn;

async_future async_udp_send(async_udp *s, const void *buf, size_t len, const async_address *to);
ptrdiff_t async_udp_send__block_on(async_udp *s, const void *buf, size_t len, const async_address *to);
async__poll_fn async_udp_send__poll;
extern const struct async__fn async_udp_send__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif

/* Looking names up: the part of the library that <asyncc/dns.h> is made of.
 *
 *     begun ──▶ answered: `done` is set ──▶ freed by who asked
 *       └──▶ freed by who asked: taken back, or, when it runs already, its answer dropped when it comes ──▶ freed here */
#include <netdb.h>
#include <string.h>

#include "asyncc/os_abi.h"
#include "rt/uv_net.h"

struct query {
	struct async__dns public; /* first */
	union {
		uv_getaddrinfo_t lookup;
		uv_getnameinfo_t reverse;
	};
	struct async_runtime *runtime;
	bool pending;	/* libuv has it */
	bool abandoned; /* nobody waits for it */
};

static void query_free(struct query *q)
{
	uv_freeaddrinfo(q->public.addresses);
	async__free(q);
}

static void answered(struct query *q, int err)
{
	q->pending = false;
	q->runtime->io_count--;
	q->public.err = err;
	if (q->abandoned)
		query_free(q);
	else
		async_event_set(&q->public.done);
}

static void looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct query *q = (struct query *)((char *)request - offsetof(struct query, lookup));
	q->public.addresses = list;
	answered(q, status);
}

static void named(uv_getnameinfo_t *request, int status, const char *host, const char *service)
{
	struct query *q = (struct query *)((char *)request - offsetof(struct query, reverse));
	(void)service;
	q->public.host = host; /* lies in the request */
	answered(q, status);
}

static struct query *query_new(int *err)
{
	struct async_runtime *rt = async__runtime_get(err);
	struct query *q = rt ? async__alloc(sizeof *q) : NULL;
	if (!q) {
		*err = rt ? ASYNC_ENOMEM : *err;
		return NULL;
	}
	memset(q, 0, sizeof *q);
	q->runtime = rt;
	return q;
}

static struct async__dns *query_begun(struct query *q, int *err)
{
	if (*err) {
		async__free(q);
		return NULL;
	}
	q->pending = true;
	q->runtime->io_count++;
	return &q->public;
}

struct async__dns *async__dns_lookup(const char *name, int family, int *err)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
	struct query *q = query_new(err);
	if (!q)
		return NULL;
	*err = uv_getaddrinfo(q->runtime->loop, &q->lookup, looked_up, name, NULL, &hints);
	return query_begun(q, err);
}

struct async__dns *async__dns_reverse(const char *address, int *err)
{
	union address to;
	socklen_t length;
	struct query *q = query_new(err);
	if (!q)
		return NULL;
	*err = strcmp(address, "localhost") ? address_parse(address, 0, &to, &length) : ASYNC_EINVAL;
	if (!*err)
		*err = uv_getnameinfo(q->runtime->loop, &q->reverse, named, &to.any, NI_NAMEREQD);
	return query_begun(q, err);
}

void async__dns_free(struct async__dns *public)
{
	struct query *q = (struct query *)public;
	if (!q->pending) {
		query_free(q);
		return;
	}
	q->abandoned = true;
	uv_cancel((uv_req_t *)&q->lookup);
}

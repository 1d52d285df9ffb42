/* Looking names up: the part of the library that <asyncc/dns.h> and async_tcp_connect are made of.
 *
 *     begun ──▶ answered: `told` is called, or `done` is set ──▶ freed by who asked
 *       └──▶ freed by who asked: left, and taken back, or its answer dropped when it comes ──▶ freed here
 *
 * It is libuv's pool of threads that answers, with getaddrinfo(3), unless the program has a resolver linked (stdlib/cares). */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "asyncc/os_abi.h"
#include "rt/uv_net.h"

struct query {
	struct async__dns public; /* first */
	union {
		uv_getaddrinfo_t lookup;
		uv_getnameinfo_t reverse;
		char host[NI_MAXHOST]; /* of a resolver that isn't libuv */
	};
	struct async_runtime *runtime;
	const struct async__resolver *resolver; /* NULL: libuv */
	bool is_pending;
};

static const struct async__resolver *resolver;

void async__resolver_set(const struct async__resolver *r)
{
	resolver = r;
}

static void query_free(struct query *q)
{
	if (q->public.addresses)
		q->public.addresses_free(q->public.addresses);
	async__free(q);
}

static void answered(struct query *q, int err)
{
	q->is_pending = false;
	q->public.err = err;
	if (q->public.is_left) {
		if (!q->resolver)
			q->runtime->io_count--;
		query_free(q);
		return;
	}
	q->runtime->io_count--;
	if (q->public.told)
		q->public.told(&q->public);
	else
		async_event_set(&q->public.done);
}

void async__dns_answer(struct async__dns *public, int err, const char *host)
{
	struct query *q = (struct query *)public;
	if (host) {
		snprintf(q->host, sizeof q->host, "%s", host);
		public->host = q->host;
	}
	answered(q, err);
}

static void looked_up(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct query *q = (struct query *)((char *)request - offsetof(struct query, lookup));
	q->public.addresses = list;
	q->public.addresses_free = uv_freeaddrinfo;
	answered(q, status);
}

static void named(uv_getnameinfo_t *request, int status, const char *host, const char *service)
{
	struct query *q = (struct query *)((char *)request - offsetof(struct query, reverse));
	(void)service;
	q->public.host = host; /* lies in the request */
	answered(q, status);
}

/* Counts as pending: it may be answered before it is known to have begun. */
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
	q->resolver = resolver;
	q->is_pending = true;
	rt->io_count++;
	return q;
}

static struct async__dns *query_begun(struct query *q, int *err)
{
	if (!*err)
		return &q->public;
	q->runtime->io_count--;
	async__free(q);
	return NULL;
}

struct async__dns *async__dns_lookup(const char *name, int family, int *err)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
	struct query *q = query_new(err);
	if (!q)
		return NULL;
	*err = resolver ? resolver->lookup(&q->public, name, family) : ASYNC_ENOTSUP;
	if (*err == ASYNC_ENOTSUP) {
		q->resolver = NULL;
		*err = uv_getaddrinfo(q->runtime->loop, &q->lookup, looked_up, name, NULL, &hints);
	}
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
		*err = resolver ? resolver->reverse(&q->public, &to.any) : ASYNC_ENOTSUP;
	if (*err == ASYNC_ENOTSUP) {
		q->resolver = NULL;
		*err = uv_getnameinfo(q->runtime->loop, &q->reverse, named, &to.any, NI_NAMEREQD);
	}
	return query_begun(q, err);
}

void async__dns_free(struct async__dns *public)
{
	struct query *q = (struct query *)public;
	if (!q->is_pending) {
		query_free(q);
		return;
	}
	public->is_left = true;
	if (!q->resolver) {
		uv_cancel((uv_req_t *)&q->lookup); /* one that runs is waited for by the loop */
		return;
	}
	q->runtime->io_count--;
	q->resolver->left(public);
}

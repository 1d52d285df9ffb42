/* Connecting by name, with happy eyeballs (RFC 8305): a part of <asyncc/net.h>.
 *
 *     name ── uv_dns.c ──▶ addresses, the families in turn
 *     address 1 ── connect ─────────┬──────── ...
 *     250 ms later, or when that one fails: address 2 ── connect ── ...
 *
 * The first connection that stands wins; the others are closed. All of it lives in one block, which stays until libuv
 * has made its last callback: the strand that waits is done with it earlier, when it has won, failed or is cancelled. */
#include <netdb.h>
#include <unistd.h>

#include "asyncc/os_abi.h"
#include "rt/line.h"
#include "rt/uv_net.h"

enum {
	STAGGER_MS = 250,
	ADDRESSES_MOST = 16 /* further ones are not tried */
};

struct attempt {
	uv_poll_t poll; /* first */
	struct async__search *search;
};

struct async__search {
	uv_timer_t stagger;
	struct async__dns *query;  /* NULL: the name has been looked up, or nobody waits any more */
	struct async__context *cx; /* NULL: nobody waits any more */
	struct async__frame *frame;
	struct async_runtime *runtime;
	uint16_t port;
	int err; /* of the latest that failed */
	unsigned count, next;
	unsigned pending; /* attempts under way */
	unsigned held;	  /* callbacks that libuv still has to make */
	union address addresses[ADDRESSES_MOST];
	struct attempt attempts[ADDRESSES_MOST];
};

static void release(struct async__search *s)
{
	if (!--s->held)
		async__free(s);
}

static void timer_closed(uv_handle_t *timer)
{
	release((struct async__search *)((char *)timer - offsetof(struct async__search, stagger)));
}

static void attempt_closed(uv_handle_t *poll)
{
	release(((struct attempt *)poll)->search);
}

/* At the loop's end; by then nobody waits, and everything is closing. */
static void search_destroy(uv_handle_t *handle)
{
	(void)handle;
}

static const struct async__handle_class search_class = {search_destroy};

/* Ends the attempt; its descriptor, which stays open. */
static int attempt_end(struct attempt *a)
{
	int fd = a->poll.io_watcher.fd;
	a->search->pending--;
	uv_close((uv_handle_t *)&a->poll, attempt_closed);
	return fd;
}

/* Ends everything: the strand goes on with the connection on `fd`, or, where that is negative, with this error. */
static void search_end(struct async__search *s, int fd)
{
	struct async_tcp_connect__frame *f = (struct async_tcp_connect__frame *)s->frame;
	struct async__context *cx = s->cx;
	s->cx = NULL;
	s->runtime->io_count--;
	if (s->query)
		async__dns_free(s->query);
	s->query = NULL;
	for (unsigned i = 0; i < s->next; i++)
		if (s->attempts[i].search && !uv_is_closing((uv_handle_t *)&s->attempts[i].poll))
			close(attempt_end(&s->attempts[i]));
	uv_close((uv_handle_t *)&s->stagger, timer_closed);
	f->value = (struct async_result_async_tcp__ptr){.err = fd < 0 ? fd : 0};
	if (fd >= 0)
		f->value.err = async__tcp_new(s->runtime, fd, &f->value.value);
	if (f->value.err)
		async__wake(cx);
	else
		hand_over(cx, async__connect_undo);
}

static void attempts_go_on(struct async__search *s);

/* The attempt's socket can be written to: it is connected, or has failed. */
static void attempt_ready(uv_poll_t *poll, int status, int events)
{
	struct attempt *a = (struct attempt *)poll;
	struct async__search *s = a->search;
	int err = 0;
	socklen_t length = sizeof err;
	(void)events;
	if (getsockopt(poll->io_watcher.fd, SOL_SOCKET, SO_ERROR, &err, &length))
		err = errno;
	if (!err && status >= 0) {
		search_end(s, attempt_end(a));
		return;
	}
	s->err = err ? uv_translate_sys_error(err) : status;
	close(attempt_end(a));
	attempts_go_on(s);
}

/* Begins with the next address: 0, or why it failed at once. */
static int attempt_begin(struct async__search *s)
{
	const union address *address = &s->addresses[s->next];
	struct attempt *a = &s->attempts[s->next++];
	int fd = socket_open(address);
	if (fd < 0)
		return fd;
	socklen_t length = address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
	int err = connect(fd, &address->any, length) && errno != EINPROGRESS && errno != EINTR ? last_error() : 0;
	if (!err)
		err = uv_poll_init(s->runtime->loop, &a->poll, fd);
	if (err) {
		close(fd);
		return err;
	}
	async__handle_open(s->runtime, (uv_handle_t *)&a->poll, &search_class);
	a->search = s;
	s->held++;
	s->pending++;
	uv_poll_start(&a->poll, UV_WRITABLE, attempt_ready);
	return 0;
}

static void stagger_over(uv_timer_t *timer)
{
	struct async__search *s = (struct async__search *)((char *)timer - offsetof(struct async__search, stagger));
	if (!s->runtime->attached)
		uv_stop(timer->loop); /* libuv before 1.45 would go on to wait, though a strand may be ready now */
	attempts_go_on(s);
}

/* Begins with the next address that does not fail at once; the end when there is none, and none under way. */
static void attempts_go_on(struct async__search *s)
{
	while (s->next < s->count) {
		int err = attempt_begin(s);
		if (!err) {
			uv_timer_start(&s->stagger, stagger_over, STAGGER_MS, 0);
			return;
		}
		s->err = err;
	}
	if (!s->pending)
		search_end(s, s->err);
}

/* Takes the first address of `family` out of the list; whether there was one. */
static bool address_take(struct async__search *s, struct addrinfo *list, int family)
{
	for (struct addrinfo *a = list; a; a = a->ai_next) {
		if (a->ai_family != family || a->ai_addrlen > sizeof s->addresses[0])
			continue;
		union address *to = &s->addresses[s->count++];
		memcpy(to, a->ai_addr, a->ai_addrlen);
		if (family == AF_INET6)
			to->v6.sin6_port = htons(s->port);
		else
			to->v4.sin_port = htons(s->port);
		a->ai_family = AF_UNSPEC;
		return true;
	}
	return false;
}

static void looked_up(struct async__dns *query)
{
	struct async__search *s = query->data;
	struct addrinfo *list = query->err ? NULL : query->addresses;
	int family = list && list->ai_family == AF_INET6 ? AF_INET6 : AF_INET;
	s->err = query->err ? query->err : ASYNC_EAI_NONAME;
	while (s->count < ADDRESSES_MOST) {
		bool taken = address_take(s, list, family);
		family = family == AF_INET ? AF_INET6 : AF_INET;
		if (!taken && !address_take(s, list, family))
			break;
	}
	s->query = NULL;
	async__dns_free(query);
	attempts_go_on(s);
}

/* The answer was there at once, when nobody could be woken yet. */
static void looked_up_before(uv_timer_t *timer)
{
	struct async__search *s = (struct async__search *)((char *)timer - offsetof(struct async__search, stagger));
	if (!s->runtime->attached)
		uv_stop(timer->loop); /* as in stagger_over */
	looked_up(s->query);
}

int async__search_start(struct async__frame *self, struct async__context *cx)
{
	struct async_tcp_connect__frame *f = (struct async_tcp_connect__frame *)self;
	struct async__search *s = async__alloc(sizeof *s);
	if (!s)
		return ASYNC_ENOMEM;
	*s = (struct async__search){.cx = cx, .frame = self, .runtime = cx->runtime, .port = f->port};
	int err;
	s->query = async__dns_lookup(f->host, AF_UNSPEC, &err);
	if (!s->query) {
		async__free(s);
		return err;
	}
	s->query->told = looked_up;
	s->query->data = s;
	uv_timer_init(cx->runtime->loop, &s->stagger);
	async__handle_open(cx->runtime, (uv_handle_t *)&s->stagger, &search_class);
	s->held = 1;
	if (s->query->done.is_set)
		uv_timer_start(&s->stagger, looked_up_before, 0, 0);
	cx->runtime->io_count++;
	f->search = s;
	return 0;
}

void async__search_cancel(struct async__search *s)
{
	if (s->cx)
		search_end(s, ASYNC_ECANCELED);
}

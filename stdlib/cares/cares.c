/* Names looked up by c-ares: no thread of the pool waits for a name server, and a question that is cancelled ends at once, on
 * the wire, too, when no other one is under way.
 *
 *     rt/uv_dns.c ── lookup, reverse ──▶ the thread's channel of c-ares ── sockets, a timer ──▶ the runtime's loop
 *          ▲──────── async__dns_answer ───────────┘
 *
 * A channel is made with the first question, again when /etc/resolv.conf or the program's options have changed (the old
 * one then ends with its last question), and closed with the runtime. What c-ares knows nothing of is left to the system's
 * resolver: names under .local, which multicast answers, and those that aren't ASCII. */
#include <ares.h>
#include <netdb.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <uv.h>

#include "asyncc/lib_abi.h"
#include "asyncc/os_abi.h"
#include "stdlib/cares/cares.h"

enum {
	OLD_TRIES = 4, /* of c-ares before 1.20 where nobody says how many, which take 75 seconds; */
	TRIES = 2      /* then as many as the system's resolver makes */
};

struct resolver {
	uv_timer_t timer; /* first; its data: the class */
	ares_channel channel;
	struct socket_watch *watches;
	unsigned pending; /* questions that c-ares has, */
	unsigned waited;  /* and those of them that somebody waits for */
	unsigned generation;
	struct stat file; /* /etc/resolv.conf as it was read */
	bool is_old, is_closing;
	bool is_deaf; /* there was no memory for the watch of a socket */
};

/* A socket of c-ares that is watched. */
struct socket_watch {
	uv_poll_t poll; /* first; its data: the class */
	struct resolver *resolver;
	struct socket_watch *next;
	ares_socket_t fd;
};

static __thread struct resolver *thread_resolver;

/* What the program has said, of all threads. */
static pthread_mutex_t settings_lock = PTHREAD_MUTEX_INITIALIZER;
static struct settings {
	unsigned generation;
	unsigned timeout_ms, tries;
	bool system;
	char servers[CARES_SERVERS_SIZE];
} settings;

static void resolver_close(struct resolver *r);

/* --- sockets and time ------------------------------------------------------------------------------------ */

static void resolver_destroy(uv_handle_t *handle)
{
	if (handle->type == UV_TIMER)
		resolver_close((struct resolver *)handle);
	else
		resolver_close(((struct socket_watch *)handle)->resolver);
}

static const struct async__handle_class handle_class = {resolver_destroy};

static void timer_rang(uv_timer_t *timer);

/* Behind each call of c-ares that may have ended questions or begun them. Those that nobody would hear the answers of end now,
 * and all others of the thread: c-ares doesn't tell whose a socket is. */
static void settle(struct resolver *r)
{
	if (r->is_deaf) {
		r->is_deaf = false;
		ares_cancel(r->channel);
	}
	struct timeval buf, *left = ares_timeout(r->channel, NULL, &buf);
	if (r->is_old && !r->pending)
		resolver_close(r);
	else if (left)
		uv_timer_start(&r->timer, timer_rang, (uint64_t)left->tv_sec * 1000 + (uint64_t)(left->tv_usec + 999) / 1000, 0);
	else
		uv_timer_stop(&r->timer);
}

static void timer_rang(uv_timer_t *timer)
{
	struct resolver *r = (struct resolver *)timer;
	ares_process_fd(r->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
	settle(r);
	async__part_timer_rang();
}

static void socket_ready(uv_poll_t *poll, int status, int events)
{
	struct socket_watch *w = (struct socket_watch *)poll;
	struct resolver *r = w->resolver;
	ares_socket_t fd = w->fd;
	ares_process_fd(r->channel, status < 0 || events & UV_READABLE ? fd : ARES_SOCKET_BAD, status < 0 || events & UV_WRITABLE ? fd : ARES_SOCKET_BAD);
	settle(r);
}

static struct socket_watch *socket_new(struct resolver *r, ares_socket_t fd)
{
	struct socket_watch *w = async__part_poll_new(r->timer.loop, fd, sizeof *w, &handle_class);
	if (!w)
		return NULL;
	w->resolver = r;
	w->fd = fd;
	w->next = r->watches;
	r->watches = w;
	return w;
}

static void socket_changed(void *data, ares_socket_t fd, int readable, int writable)
{
	struct resolver *r = data;
	struct socket_watch **at = &r->watches;
	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	struct socket_watch *w = *at;
	if (!readable && !writable) {
		if (w) {
			*at = w->next;
			async__part_handle_free((uv_handle_t *)&w->poll);
		}
		return;
	}
	if (!w && !(w = socket_new(r, fd)))
		r->is_deaf = true;
	else
		uv_poll_start(&w->poll, (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0), socket_ready);
}

/* --- the thread's channel -------------------------------------------------------------------------------- */

static int library_error;

static void library_init(void)
{
	library_error = ares_library_init(ARES_LIB_INIT_ALL);
}

static int error_of(int status)
{
	switch (status) {
	case ARES_SUCCESS:
		return 0;
	case ARES_ENOMEM:
	case ARES_ECANCELLED: /* because the resolver is deaf; or nobody waits */
		return ASYNC_ENOMEM;
	case ARES_ENOTFOUND:
	case ARES_EBADNAME:
		return ASYNC_EAI_NONAME;
	case ARES_ENODATA:
		return ASYNC_EAI_NODATA;
	case ARES_ETIMEOUT:
	case ARES_ESERVFAIL:
	case ARES_EREFUSED:
	case ARES_ECONNREFUSED:
		return ASYNC_EAI_AGAIN;
	case ARES_EDESTRUCTION:
		return ASYNC_EAI_CANCELED;
	default:
		return ASYNC_EAI_FAIL;
	}
}

static int channel_open(struct resolver *r, const struct settings *s)
{
	struct ares_options o = {.sock_state_cb = socket_changed, .sock_state_cb_data = r, .timeout = (int)s->timeout_ms, .tries = (int)s->tries}, made;
	int mask = ARES_OPT_SOCK_STATE_CB | (s->timeout_ms ? ARES_OPT_TIMEOUTMS : 0) | (s->tries ? ARES_OPT_TRIES : 0), made_mask;
	int status = ares_init_options(&r->channel, &o, mask);
	if (!status && !s->tries && !ares_save_options(r->channel, &made, &made_mask)) {
		bool is_long = made.tries == OLD_TRIES;
		ares_destroy_options(&made);
		if (is_long) {
			ares_destroy(r->channel);
			o.tries = TRIES;
			status = ares_init_options(&r->channel, &o, mask | ARES_OPT_TRIES);
		}
	}
	if (!status && *s->servers) {
		status = ares_set_servers_ports_csv(r->channel, s->servers);
		if (status)
			ares_destroy(r->channel);
	}
	return error_of(status);
}

/* Questions that are left are answered with an error. */
static void resolver_close(struct resolver *r)
{
	if (r->is_closing)
		return;
	r->is_closing = true;
	if (thread_resolver == r)
		thread_resolver = NULL;
	ares_destroy(r->channel);
	async__part_handle_free((uv_handle_t *)&r->timer);
}

static bool is_same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The thread's resolver, with what is to be known now; NULL and *err. */
static struct resolver *resolver_get(const struct settings *s, int *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct resolver *r = thread_resolver;
	struct stat file = {0};
	uv_loop_t *loop = async__part_loop(err);
	if (!loop)
		return NULL;
	(void)!stat("/etc/resolv.conf", &file);
	if (r && r->generation == s->generation && is_same_file(&file, &r->file))
		return r;
	pthread_once(&once, library_init);
	struct resolver *fresh = library_error ? NULL : async__alloc(sizeof *fresh);
	*err = ASYNC_ENOMEM;
	if (!fresh)
		return NULL;
	*fresh = (struct resolver){.generation = s->generation, .file = file};
	*err = channel_open(fresh, s);
	if (*err) {
		async__free(fresh);
		return NULL;
	}
	uv_timer_init(loop, &fresh->timer);
	async__part_handle_open((uv_handle_t *)&fresh->timer, &handle_class);
	if (r) {
		r->is_old = true;
		if (!r->pending)
			resolver_close(r);
	}
	return thread_resolver = fresh;
}

/* --- questions ------------------------------------------------------------------------------------------- */

static void question_ends(struct async__dns *q)
{
	struct resolver *r = q->resolver_data;
	r->pending--;
	r->waited -= !q->is_left;
}

static void list_free(struct addrinfo *list)
{
	async__free(list);
}

/* The addresses as getaddrinfo(3) would give them, in one block; NULL: no memory, or none. */
static struct addrinfo *list_of(const struct ares_addrinfo *answer)
{
	struct entry {
		struct addrinfo info;
		struct sockaddr_storage address;
	} *list;
	size_t count = 0;
	for (const struct ares_addrinfo_node *n = answer->nodes; n; n = n->ai_next)
		count++;
	list = count ? async__alloc(count * sizeof *list) : NULL;
	if (!list)
		return NULL;
	struct entry *e = list;
	for (const struct ares_addrinfo_node *n = answer->nodes; n; n = n->ai_next, e++) {
		*e = (struct entry){.info = {.ai_family = n->ai_family, .ai_addrlen = n->ai_addrlen, .ai_addr = (struct sockaddr *)&e->address}};
		memcpy(&e->address, n->ai_addr, n->ai_addrlen < sizeof e->address ? n->ai_addrlen : sizeof e->address);
		e->info.ai_next = n->ai_next ? &e[1].info : NULL;
	}
	return &list->info;
}

static void looked_up(void *data, int status, int timeouts, struct ares_addrinfo *answer)
{
	struct async__dns *q = data;
	int err = error_of(status);
	(void)timeouts;
	question_ends(q);
	if (!err && !q->is_left) {
		q->addresses = list_of(answer);
		q->addresses_free = list_free;
		err = q->addresses ? 0 : answer->nodes ? ASYNC_ENOMEM : ASYNC_EAI_NODATA;
	}
	if (answer)
		ares_freeaddrinfo(answer);
	async__dns_answer(q, err, NULL);
}

static void named(void *data, int status, int timeouts, char *host, char *service)
{
	struct async__dns *q = data;
	(void)timeouts;
	(void)service;
	question_ends(q);
	async__dns_answer(q, error_of(status), host);
}

static struct resolver *question_begins(struct async__dns *q, int *err)
{
	pthread_mutex_lock(&settings_lock);
	struct settings now = settings;
	pthread_mutex_unlock(&settings_lock);
	*err = ASYNC_ENOTSUP;
	struct resolver *r = now.system ? NULL : resolver_get(&now, err);
	if (!r)
		return NULL;
	q->resolver_data = r;
	r->pending++;
	r->waited++;
	return r;
}

/* Numeric hosts, and names that are the system's. */
static bool is_for_system(const char *name)
{
	static const char local[] = ".local";
	size_t len = strlen(name), end = sizeof local - 1;
	len -= len && name[len - 1] == '.';
	if (!len || (len > end && !strncasecmp(name + len - end, local, end)))
		return true;
	for (const char *at = name; *at; at++)
		if ((unsigned char)*at >= 0x80)
			return true;
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *list;
	int rc = getaddrinfo(name, NULL, &hints, &list);
	if (!rc)
		freeaddrinfo(list);
	return rc != EAI_NONAME;
}

static int lookup(struct async__dns *q, const char *name, int family)
{
	struct ares_addrinfo_hints hints = {.ai_family = family};
	int err = ASYNC_ENOTSUP;
	struct resolver *r = is_for_system(name) ? NULL : question_begins(q, &err);
	if (!r)
		return err;
	ares_getaddrinfo(r->channel, name, NULL, &hints, looked_up, q);
	settle(r);
	return 0;
}

static int reverse(struct async__dns *q, const struct sockaddr *address)
{
	int err;
	struct resolver *r = question_begins(q, &err);
	if (!r)
		return err;
	ares_getnameinfo(r->channel, address, address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in),
			 ARES_NI_LOOKUPHOST | ARES_NI_NAMEREQD, named, q);
	settle(r);
	return 0;
}

static void left(struct async__dns *q)
{
	struct resolver *r = q->resolver_data;
	if (--r->waited)
		return;
	ares_cancel(r->channel);
	settle(r);
}

static const struct async__resolver resolver = {lookup, reverse, left};

__attribute__((constructor)) static void resolver_install(void)
{
	async__resolver_set(&resolver);
}

/* Of a shared object that is closed. */
__attribute__((destructor)) static void resolver_remove(void)
{
	async__resolver_set(NULL);
}

/* --- what the program says -------------------------------------------------------------------------------- */

static int servers_check(const char *servers)
{
	ares_channel channel;
	int status = ares_init(&channel);
	if (status)
		return error_of(status);
	status = ares_set_servers_ports_csv(channel, servers);
	ares_destroy(channel);
	return status == ARES_ENOMEM ? ASYNC_ENOMEM : status ? ASYNC_EINVAL : 0;
}

int async__cares_configure(bool system, const char *servers, unsigned timeout_ms, unsigned tries)
{
	servers = servers ? servers : "";
	if (strlen(servers) >= sizeof settings.servers || timeout_ms > CARES_MOST_MS || tries > CARES_MOST_TRIES)
		return ASYNC_EINVAL;
	int err = *servers ? servers_check(servers) : 0;
	if (err)
		return err;
	pthread_mutex_lock(&settings_lock);
	settings.generation++;
	settings.system = system;
	settings.timeout_ms = timeout_ms;
	settings.tries = tries;
	strcpy(settings.servers, servers);
	pthread_mutex_unlock(&settings_lock);
	return 0;
}

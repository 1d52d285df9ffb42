/* The thread's multi handle of libcurl, on the runtime's loop.
 *
 *     libcurl ── socket_changed, timer_changed ──▶ uv_poll_t a socket, one uv_timer_t
 *     libuv   ── socket_ready, timer_rang ──▶ curl_multi_socket_action ──▶ callbacks of request.ac, then messages_take
 *
 * Of requests that share a connection (HTTP/2), libcurl reads for all when one of them is told of the socket, and may
 * leave the end of another's answer where it put it. (Seen with 7.88; curl itself looks at all requests each time, and
 * doesn't notice.) So a little after something has come it is told of it once more, and again, ever more
 * rarely.
 *
 * It is made with the first request, and closed with the runtime: until then it keeps connections for the next ones. Its
 * handles are the runtime's own (asyncc/lib_abi.h); what the program left open is closed with it. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <uv.h>

#include "stdlib/client/internal.h"

enum {
	REQUESTS_MOST = 256, /* ASYNC_HTTP_CLIENT_LIMIT */
	CONNECTIONS_KEPT = 64,
	LOOK_MS = 2, /* until libcurl is told of all sockets, */
	LOOK_MOST_MS = 1000 /* twice as long each time, as long as nothing comes */
};

struct async__multi {
	uv_timer_t timer; /* first; its data: the class */
	CURLM *curl;
	struct socket_watch *watches;
	struct async_http_transfer *started, *queued; /* rings of transfers, in order of their start */
	struct async_http_transfer *left;	      /* those whose sockets libcurl has left, */
	bool acts;				      /* while it acts */
	unsigned running;			      /* of those that count to the limit */
	uint64_t due;			      /* when libcurl wants to be called, by the loop's clock; UINT64_MAX: never */
	uint64_t look;			      /* when libcurl is told of all sockets; UINT64_MAX: never */
	unsigned look_ms;		      /* how long the pause before is */
	bool shares;			      /* requests may share connections */
	bool is_closing;
};

/* A socket of libcurl that is watched. */
struct socket_watch {
	uv_poll_t poll; /* first; its data: the class */
	struct async__multi *multi;
	struct socket_watch *next, **at; /* in the multi's list; a watch that was closed still leads to those behind it */
	curl_socket_t fd;
	int events;
};

static __thread struct async__multi *thread_multi;
static __thread unsigned requests_most = REQUESTS_MOST;

static void multi_close(struct async__multi *m);

/* --- SIGPIPE ---------------------------------------------------------------------------------------- */

/* OpenSSL writes to sockets that may be closed: a SIGPIPE that comes of it is taken back. */
static void pipe_signal_hold(sigset_t *before)
{
	sigset_t pipe;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, before);
}

static void pipe_signal_release(const sigset_t *before)
{
	sigset_t pipe, pending;
	if (sigismember(before, SIGPIPE))
		return;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (!sigpending(&pending) && sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&pipe, NULL, &(struct timespec){0, 0}) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* --- the rings of transfers ---------------------------------------------------------------------------- */

static void ring_put(struct async_http_transfer **ring, struct async_http_transfer *t)
{
	struct async_http_transfer *first = *ring;
	if (!first) {
		*ring = t->next = t->prev = t;
		return;
	}
	t->next = first;
	t->prev = first->prev;
	first->prev->next = t;
	first->prev = t;
}

static void ring_take(struct async_http_transfer **ring, struct async_http_transfer *t)
{
	t->next->prev = t->prev;
	t->prev->next = t->next;
	if (*ring == t)
		*ring = t->next == t ? NULL : t->next;
}

static void transfer_run(struct async_http_transfer *t)
{
	struct async__multi *m = t->multi;
	ring_put(&m->started, t);
	t->state = TRANSFER_OUT;
	m->shares |= t->may_share;
	if (curl_multi_add_handle(m->curl, t->easy)) {
		async__transfer_end(t, ASYNC_ENOMEM);
		return;
	}
	t->state = TRANSFER_RUNS;
	m->running += t->counts;
}

static void start_queued(struct async__multi *m)
{
	for (struct async_http_transfer *t; (t = m->queued) && m->running < requests_most && !m->is_closing;) {
		ring_take(&m->queued, t);
		transfer_run(t);
	}
}

static void transfer_leave(struct async_http_transfer *t)
{
	sigset_t before;
	if (t->state != TRANSFER_RUNS)
		return;
	t->state = TRANSFER_OUT;
	t->multi->running -= t->counts;
	pipe_signal_hold(&before);
	curl_multi_remove_handle(t->multi->curl, t->easy);
	pipe_signal_release(&before);
}

/* --- what libcurl reports -------------------------------------------------------------------------- */

static struct async_http_transfer *transfer_of(CURL *easy)
{
	char *private = NULL;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	return (void *)private;
}

static void messages_take(struct async__multi *m)
{
	int left;
	for (CURLMsg *message; (message = curl_multi_info_read(m->curl, &left));) {
		if (message->msg != CURLMSG_DONE)
			continue;
		struct async_http_transfer *t = transfer_of(message->easy_handle);
		int error = async__transfer_error(t, message->data.result);
		transfer_leave(t);
		async__transfer_end(t, error);
	}
	start_queued(m);
}

static void multi_act(struct async__multi *m, curl_socket_t fd, int flags)
{
	sigset_t before;
	int running;
	pipe_signal_hold(&before);
	m->acts = true;
	curl_multi_socket_action(m->curl, fd, flags, &running);
	m->acts = false;
	pipe_signal_release(&before);
	messages_take(m);
	for (struct async_http_transfer *t; (t = m->left);) {
		m->left = t->next_left;
		t->is_left = false;
		async__transfer_left(t);
	}
}

static void timer_set(struct async__multi *m);

/* --- sockets --------------------------------------------------------------------------------------- */

static void socket_close(struct socket_watch *w)
{
	*w->at = w->next;
	if (w->next)
		w->next->at = w->at;
	async__part_handle_free((uv_handle_t *)&w->poll);
}

static void handle_destroy(uv_handle_t *handle)
{
	if (handle->type != UV_POLL) {
		multi_close((struct async__multi *)handle);
		return;
	}
	multi_close(((struct socket_watch *)handle)->multi);
	if (!uv_is_closing(handle))
		socket_close((struct socket_watch *)handle);
}

static const struct async__handle_class handle_class = {handle_destroy};

static void socket_ready(uv_poll_t *poll, int status, int events)
{
	struct socket_watch *w = (struct socket_watch *)poll;
	/* Of a connection that was reset the answer that came before can still be read; and libcurl takes another connection if it finds by
	 * reading that one that it kept was closed meanwhile. Told of the error alone, it would do neither. */
	int flags = status < 0 ? CURL_CSELECT_IN | CURL_CSELECT_OUT : 0;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	struct async__multi *m = w->multi;
	multi_act(m, w->fd, flags);
	if (m->shares && (m->look == UINT64_MAX || m->look_ms > LOOK_MS)) {
		m->look_ms = LOOK_MS;
		m->look = uv_now(m->timer.loop) + LOOK_MS;
		timer_set(m);
	}
	if (status < 0 && !uv_is_closing((uv_handle_t *)poll)) /* libuv has disarmed it */
		uv_poll_start(poll, w->events, socket_ready);
}

static struct socket_watch *socket_new(struct async__multi *m, curl_socket_t fd)
{
	struct socket_watch *w = async__part_poll_new(m->timer.loop, fd, sizeof *w, &handle_class);
	if (!w)
		return NULL;
	w->multi = m;
	w->fd = fd;
	w->next = m->watches;
	w->at = &m->watches;
	if (w->next)
		w->next->at = &w->next;
	m->watches = w;
	curl_multi_assign(m->curl, fd, w);
	return w;
}

/* libcurl watches the socket for it no more: because it has ended, as messages_take sees, or since nothing more is to be read. */
static void socket_left(struct async__multi *m, struct async_http_transfer *t, curl_socket_t fd)
{
	char byte;
	if (!m->acts || t->is_left)
		return;
	t->was_open = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
	t->is_left = true;
	t->next_left = m->left;
	m->left = t;
}

static int socket_changed(CURL *easy, curl_socket_t fd, int what, void *multi, void *watch)
{
	struct async__multi *m = multi;
	struct socket_watch *w = watch;
	if (what == CURL_POLL_REMOVE) {
		if (w)
			socket_close(w);
		socket_left(m, transfer_of(easy), fd);
		return 0;
	}
	if (!w && !(w = socket_new(m, fd))) { /* an error here would be one of all transfers, for ever */
		async__transfer_end(transfer_of(easy), ASYNC_ENOMEM);
		return 0;
	}
	w->events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
	if (w->events)
		uv_poll_start(&w->poll, w->events, socket_ready);
	else
		uv_poll_stop(&w->poll);
	return 0;
}

/* --- the timer -------------------------------------------------------------------------------------- */

/* Has libcurl read from every connection, whether something has come or not. False: there is none. */
static bool multi_look(struct async__multi *m)
{
	for (struct socket_watch *w = m->watches; w; w = w->next)
		if (w->events & UV_READABLE && !uv_is_closing((uv_handle_t *)&w->poll))
			multi_act(m, w->fd, CURL_CSELECT_IN);
	return m->watches;
}

static void timer_rang(uv_timer_t *timer)
{
	struct async__multi *m = (struct async__multi *)timer;
	uint64_t now = uv_now(timer->loop);
	if (m->due <= now) {
		m->due = UINT64_MAX; /* libcurl says when it wants to be called again */
		multi_act(m, CURL_SOCKET_TIMEOUT, 0);
	}
	if (m->look <= now) {
		m->look_ms = m->look_ms < LOOK_MOST_MS / 2 ? m->look_ms * 2 : LOOK_MOST_MS;
		m->look = multi_look(m) ? now + m->look_ms : UINT64_MAX;
	}
	timer_set(m);
	async__part_timer_rang();
}

static void timer_set(struct async__multi *m)
{
	uint64_t due = m->due < m->look ? m->due : m->look, now = uv_now(m->timer.loop);
	if (due == UINT64_MAX)
		uv_timer_stop(&m->timer);
	else
		uv_timer_start(&m->timer, timer_rang, due > now ? due - now : 0, 0);
}

static int timer_changed(CURLM *curl, long ms, void *multi)
{
	struct async__multi *m = multi;
	(void)curl;
	if (m->is_closing)
		return 0;
	uv_update_time(m->timer.loop);
	m->due = ms < 0 ? UINT64_MAX : uv_now(m->timer.loop) + (uint64_t)ms;
	timer_set(m);
	return 0;
}

/* --- opening and closing ----------------------------------------------------------------------------- */

static CURLcode global_error;

static void global_init(void)
{
	global_error = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void multi_close(struct async__multi *m)
{
	if (m->is_closing)
		return;
	m->is_closing = true;
	while (m->queued)
		async__transfer_free(m->queued);
	while (m->started)
		async__transfer_free(m->started);
	sigset_t before;
	pipe_signal_hold(&before);
	curl_multi_cleanup(m->curl);
	pipe_signal_release(&before);
	thread_multi = NULL;
	async__part_handle_free((uv_handle_t *)&m->timer);
}

static struct async__multi *multi_get(int *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	uv_loop_t *loop = async__part_loop(err);
	if (!loop || thread_multi)
		return thread_multi;
	*err = ASYNC_ENOMEM;
	pthread_once(&once, global_init);
	struct async__multi *m = global_error ? NULL : async__alloc(sizeof *m);
	if (!m)
		return NULL;
	*m = (struct async__multi){.curl = curl_multi_init(), .due = UINT64_MAX, .look = UINT64_MAX};
	if (!m->curl) {
		async__free(m);
		return NULL;
	}
	uv_timer_init(loop, &m->timer);
	async__part_handle_open((uv_handle_t *)&m->timer, &handle_class);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, socket_changed);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, timer_changed);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
	return thread_multi = m;
}

/* --- for request.ac ----------------------------------------------------------------------------------- */

int async__multi_start(struct async_http_transfer *t)
{
	int err = 0;
	t->multi = multi_get(&err);
	if (!t->multi)
		return err;
	if (!t->counts || t->multi->running < requests_most)
		transfer_run(t);
	else
		ring_put(&t->multi->queued, t);
	return 0;
}

void async__multi_remove(struct async_http_transfer *t)
{
	struct async__multi *m = t->multi;
	if (!m)
		return;
	ring_take(t->state == TRANSFER_QUEUED ? &m->queued : &m->started, t);
	transfer_leave(t);
	t->multi = NULL;
	start_queued(m);
}

void async__multi_shares(struct async_http_transfer *t)
{
	t->multi->shares = true;
}

void async__multi_limit(unsigned requests)
{
	requests_most = requests ? requests : 1;
	if (thread_multi)
		start_queued(thread_multi);
}

/* Waiting for descriptors of others: <asyncc/fd.h>.
 *
 * libuv aborts when a descriptor that it polls is closed behind its back, and a library closes its own whenever it likes.
 * So the descriptors are in an epoll set of the runtime's, one a thread, and libuv polls that set alone. Each wait arms
 * its descriptor for one event (EPOLLONESHOT): one system call, where starting and stopping a uv_poll takes three. The
 * kernel forgets a descriptor that is closed, and tells one number's old file from its new one: there is no state here
 * that could be stale. What a wait that was cancelled left armed comes once, and finds nobody. */
#include "asyncc/fd.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "rt/line.h"
#include "rt/op.h"
#include "rt/uv_handle.h"

enum { EVENTS_AT_ONCE = 64, EVENTS_ALL = ASYNC_READABLE | ASYNC_WRITABLE };

struct async__fd_set {
	uv_poll_t poll; /* first */
	int epoll;
	int size;		       /* of `waiting` */
	struct async__context **waiting; /* by descriptor: who waits for it, linked through `next`; NULL: nobody */
};

static struct async_fd_wait__frame *frame_of(const struct async__context *cx)
{
	return (struct async_fd_wait__frame *)async__leaf(cx);
}

/* Has the kernel report the next event that somebody waits for. 0, or an error. */
static int fd_arm(struct async__fd_set *set, int fd, unsigned events)
{
	struct epoll_event event = {.events = EPOLLONESHOT, .data.fd = fd};
	if (events & ASYNC_READABLE)
		event.events |= EPOLLIN;
	if (events & ASYNC_WRITABLE)
		event.events |= EPOLLOUT;
	if (!epoll_ctl(set->epoll, EPOLL_CTL_MOD, fd, &event))
		return 0;
	if (errno == ENOENT && !epoll_ctl(set->epoll, EPOLL_CTL_ADD, fd, &event))
		return 0;
	return uv_translate_sys_error(errno);
}

static unsigned fd_wanted(const struct async__fd_set *set, int fd)
{
	unsigned events = 0;
	for (const struct async__context *cx = set->waiting[fd]; cx; cx = cx->next)
		events |= frame_of(cx)->events;
	return events;
}

/* Takes the first strand out that waits for one of `events`; NULL: none does. */
static struct async__context *waiting_take(struct async__fd_set *set, int fd, unsigned events)
{
	for (struct async__context **at = &set->waiting[fd], *cx; (cx = *at); at = &cx->next)
		if (frame_of(cx)->events & events) {
			*at = cx->next;
			cx->runtime->io_count--;
			return cx;
		}
	return NULL;
}

/* A strand that is woken may interrupt others that wait here: each is looked for anew. */
static void fd_deliver(struct async__fd_set *set, int fd, unsigned events)
{
	struct async__context *cx;
	while ((cx = waiting_take(set, fd, events))) {
		frame_of(cx)->value = (int)(frame_of(cx)->events & events);
		async__wake(cx);
	}
}

static void fd_fail(struct async__fd_set *set, int fd, int err)
{
	struct async__context *cx;
	while ((cx = waiting_take(set, fd, EVENTS_ALL))) {
		frame_of(cx)->value = err;
		async__wake(cx);
	}
}

static void fd_event(struct async__fd_set *set, const struct epoll_event *event)
{
	int fd = event->data.fd;
	unsigned events = 0;
	if (event->events & EPOLLIN)
		events |= ASYNC_READABLE;
	if (event->events & EPOLLOUT)
		events |= ASYNC_WRITABLE;
	if (event->events & (EPOLLERR | EPOLLHUP))
		events = EVENTS_ALL;
	fd_deliver(set, fd, events);
	unsigned wanted = fd_wanted(set, fd);
	int err = wanted ? fd_arm(set, fd, wanted) : 0;
	if (err)
		fd_fail(set, fd, err);
}

static void set_ready(uv_poll_t *poll, int status, int unused)
{
	struct async__fd_set *set = (struct async__fd_set *)poll;
	struct epoll_event events[EVENTS_AT_ONCE];
	(void)status, (void)unused;
	int n = epoll_wait(set->epoll, events, EVENTS_AT_ONCE, 0); /* level-triggered: what is left comes with the next turn */
	for (int i = 0; i < n; i++)
		fd_event(set, &events[i]);
}

static void set_closed(uv_handle_t *poll)
{
	async__free(((struct async__fd_set *)poll)->waiting);
	async__free(poll);
}

/* Nobody waits any more: the runtime ends. */
static void set_destroy(uv_handle_t *handle)
{
	struct async__fd_set *set = (struct async__fd_set *)handle;
	uv_close(handle, set_closed);
	close(set->epoll);
	async__runtime_current()->fds = NULL;
}

static const struct async__handle_class set_class = {set_destroy};

static int set_open(struct async_runtime *rt, struct async__fd_set **out)
{
	struct async__fd_set *set = async__alloc(sizeof *set);
	if (!set)
		return ASYNC_ENOMEM;
	*set = (struct async__fd_set){.epoll = epoll_create1(EPOLL_CLOEXEC)};
	int err = set->epoll < 0 ? uv_translate_sys_error(errno) : uv_poll_init(rt->loop, &set->poll, set->epoll);
	if (err) {
		if (set->epoll >= 0)
			close(set->epoll);
		async__free(set);
		return err;
	}
	async__handle_open(rt, (uv_handle_t *)&set->poll, &set_class);
	uv_poll_start(&set->poll, UV_READABLE, set_ready);
	*out = rt->fds = set;
	return 0;
}

/* The runtime's set, with room for `fd`: 0 and *out, or an error. */
static int set_get(struct async_runtime *rt, int fd, struct async__fd_set **out)
{
	*out = rt->fds;
	int err = rt->fds ? 0 : set_open(rt, out);
	struct async__fd_set *set = *out;
	if (err || fd < set->size)
		return err;
	int size = set->size ? set->size : 32;
	while (size <= fd)
		size *= 2;
	struct async__context **waiting = async__alloc((size_t)size * sizeof(struct async__context *));
	if (!waiting)
		return ASYNC_ENOMEM;
	for (int i = 0; i < size; i++)
		waiting[i] = i < set->size ? set->waiting[i] : NULL;
	async__free(set->waiting);
	set->waiting = waiting;
	set->size = size;
	return 0;
}

void async_fd_release(int fd)
{
	struct async_runtime *rt = async__runtime_current();
	struct async__fd_set *set = rt ? rt->fds : NULL;
	if (!set || fd < 0 || fd >= set->size)
		return;
	fd_fail(set, fd, ASYNC_ECANCELED);
	epoll_ctl(set->epoll, EPOLL_CTL_DEL, fd, NULL); /* one of which another process has a copy, say */
}

static void wait_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	int fd = ((struct async_fd_wait__frame *)leaf)->fd;
	struct async__context **at = &cx->runtime->fds->waiting[fd];
	while (*at != cx)
		at = &(*at)->next;
	*at = cx->next;
	cx->runtime->io_count--;
	interrupted(cx, leaf);
}

enum async__poll async_fd_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_fd_wait__frame *f = (struct async_fd_wait__frame *)self;
	struct async__fd_set *set;
	(void)state;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (!f->events || f->events & ~(unsigned)EVENTS_ALL)
		return op_value(self, cx, ASYNC_EINVAL);
	if (f->fd < 0)
		return op_value(self, cx, ASYNC_EBADF);
	int err = set_get(cx->runtime, f->fd, &set);
	if (!err)
		err = fd_arm(set, f->fd, f->events | fd_wanted(set, f->fd));
	if (err == ASYNC_EPERM) /* a file: epoll refuses what is always ready */
		return op_value(self, cx, (int)f->events);
	if (err)
		return op_value(self, cx, err);
	struct async__context **at = &set->waiting[f->fd];
	while (*at)
		at = &(*at)->next;
	*at = cx;
	cx->next = NULL;
	cx->runtime->io_count++;
	return async__op_wait(cx, wait_interrupt);
}

INTEGER_OPERATION(async_fd_wait, "asyncc/fd.h", int, (int fd, unsigned events), .fd = fd, .events = events)

/* Subscriptions to signals: the part of the library that <asyncc/signal.h> is made of. A libuv handle for each signal, in one
 * block. */
#include <string.h>

#include "asyncc/os_abi.h"
#include "rt/uv_handle.h"

struct subscription;

struct heard {
	uv_signal_t handle; /* first */
	struct subscription *of;
};

struct subscription {
	struct async__signals public; /* first */
	unsigned open;		      /* handles that libuv has */
	struct heard heard[];
};

static void closed(uv_handle_t *handle)
{
	struct subscription *s = ((struct heard *)handle)->of;
	async__runtime_current()->io_count--;
	if (!--s->open)
		async__free(s);
}

/* At the loop's end. */
static void signal_destroy(uv_handle_t *handle)
{
	uv_close(handle, closed);
}

static const struct async__handle_class signal_class = {signal_destroy};

static void arrived(uv_signal_t *handle, int signum)
{
	struct subscription *s = ((struct heard *)handle)->of;
	s->public.pending |= (uint64_t)1 << (signum - 1);
	async_event_set(&s->public.arrived);
}

static void close_first(struct subscription *s, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		uv_close((uv_handle_t *)&s->heard[i].handle, closed);
}

struct async__signals *async__signals_open(uint64_t mask, int *err)
{
	struct async_runtime *rt = async__runtime_get(err);
	if (!rt)
		return NULL;
	*err = mask ? ASYNC_ENOMEM : ASYNC_EINVAL;
	unsigned count = (unsigned)__builtin_popcountll(mask);
	struct subscription *s = mask ? async__alloc(sizeof *s + count * sizeof s->heard[0]) : NULL;
	if (!s)
		return NULL;
	memset(s, 0, sizeof *s + count * sizeof s->heard[0]);
	for (*err = 0; mask && !*err; mask &= mask - 1) {
		struct heard *h = &s->heard[s->open];
		h->of = s;
		*err = uv_signal_init(rt->loop, &h->handle);
		if (*err)
			break;
		async__handle_open(rt, (uv_handle_t *)&h->handle, &signal_class);
		s->open++;
		rt->io_count++;
		*err = uv_signal_start(&h->handle, arrived, __builtin_ctzll(mask) + 1);
	}
	if (!*err)
		return &s->public;
	if (s->open)
		close_first(s, s->open);
	else
		async__free(s);
	return NULL;
}

void async__signals_close(struct async__signals *public)
{
	struct subscription *s = (struct subscription *)public;
	close_first(s, s->open);
}

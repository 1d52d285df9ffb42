/* Changes of files: the part of the library that the watching of <asyncc/file.h> is made of. */
#include <string.h>

#include "asyncc/file.h"
#include "asyncc/os_abi.h"
#include "rt/uv_handle.h"

struct watcher {
	uv_fs_event_t handle; /* first */
	struct async__watcher public;
};

static struct watcher *watcher_of(struct async__watcher *public)
{
	return (struct watcher *)((char *)public - offsetof(struct watcher, public));
}

static void closed(uv_handle_t *handle)
{
	async__runtime_current()->io_count--;
	async__free(handle);
}

/* At the loop's end. */
static void watcher_destroy(uv_handle_t *handle)
{
	uv_close(handle, closed);
}

static const struct async__handle_class watcher_class = {watcher_destroy};

static void change_put(struct watcher *w, const char *name, char kinds)
{
	struct async__watcher *p = &w->public;
	size_t size = strlen(name) + 1;
	if (p->newest < p->used && p->queue[p->newest] == kinds && !strcmp(p->queue + p->newest + 1, name))
		return; /* the same again */
	if (size + 1 > sizeof p->queue - p->used) {
		p->lost = true;
		return;
	}
	p->newest = p->used;
	p->queue[p->used] = kinds;
	memcpy(p->queue + p->used + 1, name, size);
	p->used += size + 1;
}

static void changed(uv_fs_event_t *handle, const char *name, int events, int status)
{
	struct watcher *w = (struct watcher *)handle;
	if (status < 0)
		w->public.err = status;
	else
		change_put(w, name ? name : "", (char)((events & UV_RENAME ? ASYNC_FILE_RENAMED : 0) | (events & UV_CHANGE ? ASYNC_FILE_CHANGED : 0)));
	async_event_set(&w->public.arrived);
}

struct async__watcher *async__watcher_open(const char *path, int *err)
{
	struct async_runtime *rt = async__runtime_get(err);
	struct watcher *w = rt ? async__alloc(sizeof *w) : NULL;
	if (!w) {
		*err = rt ? ASYNC_ENOMEM : *err;
		return NULL;
	}
	memset(w, 0, sizeof *w);
	uv_fs_event_init(rt->loop, &w->handle);
	async__handle_open(rt, (uv_handle_t *)&w->handle, &watcher_class);
	rt->io_count++;
	*err = uv_fs_event_start(&w->handle, changed, path, 0);
	if (!*err)
		return &w->public;
	uv_close((uv_handle_t *)&w->handle, closed);
	return NULL;
}

void async_file_watch_close(async_file_watcher *public)
{
	if (public)
		uv_close((uv_handle_t *)&watcher_of(public)->handle, closed);
}

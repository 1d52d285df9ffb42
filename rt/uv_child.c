/* Child processes: the part of the library that <asyncc/process.h> is made of.
 *
 *     spawned ──▶ ended: reaped, `ended` is set ──▶ freed
 *        └──▶ freed while it runs: killed, or left alone ──▶ ended: reaped ──▶ its memory goes
 *
 * One that was killed and is not reaped when the loop ends is waited for there: it can't last. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "asyncc/os_abi.h"
#include "rt/uv_handle.h"

struct child {
	uv_process_t handle; /* first */
	struct async__child public;
	bool counted;	/* as something that the loop can complete */
	bool abandoned; /* freed while it runs */
	bool has_ended, was_killed;
};

static struct child *child_of(struct async__child *public)
{
	return (struct child *)((char *)public - offsetof(struct child, public));
}

static void count(struct child *c, bool counts)
{
	if (counts && !c->counted)
		async__runtime_current()->io_count++;
	if (!counts && c->counted)
		async__runtime_current()->io_count--;
	c->counted = counts;
}

static void closed(uv_handle_t *handle)
{
	struct child *c = (struct child *)handle;
	count(c, false);
	async__free(c);
}

static void child_close(struct child *c)
{
	count(c, true); /* the loop has to turn once more */
	uv_close((uv_handle_t *)&c->handle, closed);
}

/* At the loop's end. */
static void child_destroy(uv_handle_t *handle)
{
	struct child *c = (struct child *)handle;
	if (c->was_killed && !c->has_ended)
		while (waitpid(c->public.pid, NULL, 0) < 0 && errno == EINTR)
			;
	child_close(c);
}

static const struct async__handle_class child_class = {child_destroy};

static void exited(uv_process_t *handle, int64_t code, int signum)
{
	struct child *c = (struct child *)handle;
	c->has_ended = true;
	c->public.code = (int)code;
	c->public.signal = signum;
	count(c, false);
	if (c->abandoned)
		child_close(c);
	else
		async_event_set(&c->public.ended);
}

struct async__child *async__child_spawn(const struct async__child_options *o, int *err)
{
	struct async_runtime *rt = async__runtime_get(err);
	struct child *c = rt ? async__alloc(sizeof *c) : NULL;
	uv_stdio_container_t stdio[3];
	if (!c) {
		*err = rt ? ASYNC_ENOMEM : *err;
		return NULL;
	}
	memset(c, 0, sizeof *c);
	for (int i = 0; i < 3; i++) {
		stdio[i].flags = o->fds[i] < 0 ? UV_IGNORE : UV_INHERIT_FD; /* ignored: /dev/null */
		stdio[i].data.fd = o->fds[i];
	}
	uv_process_options_t options = {
		.exit_cb = exited,
		.file = o->file,
		.args = (char **)o->args,
		.env = (char **)o->env,
		.cwd = o->cwd,
		.flags = (o->detached ? UV_PROCESS_DETACHED : 0U) | (o->uid ? UV_PROCESS_SETUID : 0U) | (o->gid ? UV_PROCESS_SETGID : 0U),
		.uid = o->uid,
		.gid = o->gid,
		.stdio_count = 3,
		.stdio = stdio,
	};
	*err = uv_spawn(rt->loop, &c->handle, &options);
	async__handle_open(rt, (uv_handle_t *)&c->handle, &child_class);
	if (*err) {
		child_close(c);
		return NULL;
	}
	c->public.pid = c->handle.pid;
	c->public.signalled = o->detached ? -c->handle.pid : c->handle.pid;
	count(c, true);
	return &c->public;
}

void async__child_free(struct async__child *public, bool kills)
{
	struct child *c = child_of(public);
	if (c->has_ended) {
		child_close(c);
		return;
	}
	c->abandoned = true;
	c->was_killed = kills;
	if (kills)
		kill(public->signalled, SIGKILL);
	else
		count(c, false); /* nobody waits for it */
}

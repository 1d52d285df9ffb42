/* Jobs: a system call that blocks, on libuv's pool of threads, for one suspended operation.
 *
 * The operation's frame stays where it is until the job has come back: a job that has begun can't be taken back, and
 * its operation gives its result. */
#include <errno.h>

#include "asyncc/os_abi.h"
#include "rt/line.h"
#include "rt/op.h"
#include "rt/uv_handle.h"

static void job_run(uv_work_t *request)
{
	struct async__job *job = request->data;
	job->op->run(job->frame);
}

static void job_after(uv_work_t *request, int status)
{
	struct async__job *job = request->data;
	struct async__context *cx = job->cx;
	cx->runtime->io_count--;
	if (status) /* cancelled before it began */
		job->op->cancelled(job->frame);
	if (job->op->ended)
		job->op->ended(job->frame);
	undo_fn *undo = job->op->undo;
	struct async__frame *frame = job->frame;
	async__block_free(job, sizeof *job, _Alignof(struct async__job));
	if (!undo) {
		async__wake(cx);
	} else if (cx->flags & ASYNC__ABORTING && !async__strand_is_shielded(cx)) { /* meanwhile */
		undo(cx, frame);
		async__wake(cx);
	} else {
		hand_over(cx, undo);
	}
}

struct async__job *async__job_start(struct async__context *cx, struct async__frame *f, const struct async__job_op *op)
{
	struct async__job *job = async__block_new(sizeof *job, _Alignof(struct async__job));
	if (!job)
		return NULL;
	*job = (struct async__job){.cx = cx, .frame = f, .op = op};
	job->request.data = job;
	if (uv_queue_work(cx->runtime->loop, &job->request, job_run, job_after)) {
		async__block_free(job, sizeof *job, _Alignof(struct async__job));
		return NULL;
	}
	cx->runtime->io_count++;
	return job;
}

void async__job_cancel(struct async__job *job)
{
	uv_cancel((uv_req_t *)&job->request); /* when it comes too late, the job ends as if it had not been asked */
}

/* --- async__job_run: any call ---------------------------------------------------------------------- */

static void call_run(struct async__frame *self)
{
	struct async__job_run__frame *f = (struct async__job_run__frame *)self;
	f->value = f->run(f->arg);
}

static void call_cancelled(struct async__frame *self)
{
	((struct async__job_run__frame *)self)->value = ASYNC_ECANCELED;
}

static void call_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__job_cancel(((struct async__job_run__frame *)leaf)->job);
}

enum async__poll async__job_run__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	static const struct async__job_op op = {call_run, call_cancelled, NULL, NULL};
	struct async__job_run__frame *f = (struct async__job_run__frame *)self;
	if (async__is_cancelled(cx)) {
		f->value = ASYNC_ECANCELED;
		return async__yield(cx);
	}
	f->job = async__job_start(cx, self, &op);
	if (f->job)
		return async__op_wait(cx, call_interrupt);
	f->value = ASYNC_ENOMEM;
	return async__op_done(cx);
}

INTEGER_OPERATION(async__job_run, "asyncc/os_abi.h", ptrdiff_t, (ptrdiff_t (*run)(void *arg), void *arg), .run = run, .arg = arg)

int async__last_error(void)
{
	return uv_translate_sys_error(errno);
}

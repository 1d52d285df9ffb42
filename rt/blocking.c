/* Blocking work: a pool of threads of the process, and the operation that has one of them run a function.
 *
 *     async__spawn_blocking ──▶ queue ──▶ a thread: work(arg) ──▶ inbox of the strand's runtime ──▶ ready
 *                                 └──▶ cancelled: taken out
 *
 * The queue links the operations' frames, so that work costs no allocation; when all threads are busy, it waits there
 * and with it the task that asked. Threads are started on demand, up to a bound, end when there was nothing to do for a
 * while, and all of them end with the last runtime. It is not libuv's pool: long work can't hold up files.
 *
 * Work that has a runtime of its own may give the pool work and wait for it. The thread that waits does not count then,
 * so that a pool whose threads all wait for each other's work goes on. */
#include <errno.h>
#include <time.h>

#include "asyncc/task.h"
#include "rt/line.h"
#include "rt/op.h"
#include "rt/remote.h"

enum { POOL_THREADS = 64, POOL_IDLE_MS = 10000 };

typedef struct async__spawn_blocking__frame job;

static struct {
	pthread_mutex_t life; /* of the pool: held while all threads are stopped; outside of `lock` */
	unsigned users;	      /* runtimes; under `life` */
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t work, ended;
	job *first, *last;
	unsigned queued, threads, idle, max;
	unsigned lent; /* threads of the pool that wait for work that they gave it, or for threads that may give it work */
	uint64_t idle_ms;
	bool stopping;
	struct ended_thread *ended_list;
} pool = {.life = PTHREAD_MUTEX_INITIALIZER,
	  .lock = PTHREAD_MUTEX_INITIALIZER,
	  .work = PTHREAD_COND_INITIALIZER,
	  .ended = PTHREAD_COND_INITIALIZER,
	  .max = POOL_THREADS,
	  .idle_ms = POOL_IDLE_MS};

static __thread bool is_pool_thread;

void async_blocking_threads(unsigned max, uint64_t idle_ms)
{
	pthread_mutex_lock(&pool.lock);
	pool.max = max ? max : 1;
	pool.idle_ms = idle_ms;
	pthread_cond_broadcast(&pool.work);
	pthread_mutex_unlock(&pool.lock);
}

/* --- the queue: under the lock ---------------------------------------------------------------- */

static void queue_push(job *j)
{
	j->next = NULL;
	j->prev = pool.last;
	*(pool.last ? &pool.last->next : &pool.first) = j;
	pool.last = j;
	pool.queued++;
}

static void queue_remove(job *j)
{
	*(j->prev ? &j->prev->next : &pool.first) = j->next;
	*(j->next ? &j->next->prev : &pool.last) = j->prev;
	pool.queued--;
}

/* --- threads ---------------------------------------------------------------------------------- */

/* There are more threads than allowed. */
static bool is_surplus(void)
{
	return pool.threads > pool.max + pool.lent;
}

/* Waits for work: true; false when the thread is to end. Under the lock. */
static bool thread_wait(void)
{
	struct timespec until;
	bool expired = false;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(pool.idle_ms / 1000);
	until.tv_nsec += (long)(pool.idle_ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pool.idle++;
	while (!pool.first && !pool.stopping && !expired && !is_surplus())
		expired = pthread_cond_timedwait(&pool.work, &pool.lock, &until) == ETIMEDOUT;
	pool.idle--;
	return pool.first && !is_surplus();
}

static void *thread_run(void *record)
{
	struct ended_thread *self = record, *others;
	is_pool_thread = true;
	pthread_mutex_lock(&pool.lock);
	while (!is_surplus() && (pool.first || thread_wait())) {
		job *j = pool.first;
		queue_remove(j);
		j->begun = true;
		pthread_mutex_unlock(&pool.lock);
		j->work(j->arg);
		async__inbox_send(j->inbox, &j->end);
		pthread_mutex_lock(&pool.lock);
	}
	others = pool.ended_list;
	self->next = NULL;
	pool.ended_list = self;
	if (!--pool.threads)
		pthread_cond_signal(&pool.ended);
	if (pool.first && pool.idle) /* this one may have been woken for it */
		pthread_cond_signal(&pool.work);
	pthread_mutex_unlock(&pool.lock);
	ended_join(others);
	return NULL;
}

/* One more thread: 0 or an error. Under the lock. */
static int thread_start(void)
{
	struct ended_thread *record = async__alloc(sizeof *record);
	if (!record)
		return ASYNC_ENOMEM;
	int err = pthread_create(&record->thread, NULL, thread_run, record);
	if (err) {
		async__free(record);
		return -err;
	}
	pool.threads++;
	return 0;
}

void async__pool_enter(void)
{
	if (is_pool_thread)
		return; /* it can't wait for its own end */
	pthread_mutex_lock(&pool.life);
	pool.users++;
	pthread_mutex_unlock(&pool.life);
}

void async__pool_leave(void)
{
	if (is_pool_thread)
		return;
	pthread_mutex_lock(&pool.life);
	if (!--pool.users) {
		pthread_mutex_lock(&pool.lock);
		pool.stopping = true;
		pthread_cond_broadcast(&pool.work);
		while (pool.threads)
			pthread_cond_wait(&pool.ended, &pool.lock);
		struct ended_thread *ended = pool.ended_list;
		pool.ended_list = NULL;
		pool.stopping = false;
		pthread_mutex_unlock(&pool.lock);
		ended_join(ended);
	}
	pthread_mutex_unlock(&pool.life);
}

void async__pool_lend(void)
{
	if (!is_pool_thread)
		return;
	pthread_mutex_lock(&pool.lock);
	pool.lent++;
	if (pool.queued > pool.idle && pool.threads < pool.max + pool.lent)
		(void)thread_start(); /* without one, the work waits for this thread */
	pthread_mutex_unlock(&pool.lock);
}

void async__pool_return(void)
{
	if (!is_pool_thread)
		return;
	pthread_mutex_lock(&pool.lock);
	pool.lent--;
	pthread_mutex_unlock(&pool.lock);
}

/* --- the operation ---------------------------------------------------------------------------- */

/* The strand goes on. */
static void job_end(job *j, int value)
{
	struct async__context *cx = j->cx;
	cx->runtime->io_count--;
	j->value = value;
	async__wake(cx);
}

static void job_arrive(struct async__remote *remote)
{
	job *j = (job *)((char *)remote - offsetof(job, end));
	async__pool_return();
	job_end(j, 0);
}

static void job_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	job *j = (job *)leaf;
	pthread_mutex_lock(&pool.lock);
	bool begun = j->begun;
	if (!begun) {
		queue_remove(j);
		pool.lent -= is_pool_thread;
	}
	pthread_mutex_unlock(&pool.lock);
	if (!begun)
		job_end(j, ASYNC_ECANCELED);
}

/* 0 or an error: it is not in the queue then. */
static int job_submit(job *j)
{
	int err = 0;
	pthread_mutex_lock(&pool.lock);
	queue_push(j);
	pool.lent += is_pool_thread;
	if (pool.queued <= pool.idle)
		pthread_cond_signal(&pool.work);
	else if (pool.threads < pool.max + pool.lent)
		err = thread_start();
	if (err && pool.threads > pool.lent)
		err = 0; /* one of those will come to it */
	if (err) {
		queue_remove(j);
		pool.lent -= is_pool_thread;
	}
	pthread_mutex_unlock(&pool.lock);
	return err;
}

enum async__poll async__spawn_blocking__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	job *j = (job *)self;
	int err = 0;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	j->begun = false;
	j->cx = cx;
	j->end.arrive = job_arrive;
	j->inbox = async__inbox_get(&err);
	if (j->inbox)
		err = job_submit(j);
	if (err)
		return op_value(self, cx, err);
	cx->runtime->io_count++;
	return async__op_wait(cx, job_interrupt);
}

OP_DESCRIPTOR(async__spawn_blocking, "asyncc/lib_abi.h");

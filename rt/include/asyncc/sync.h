/* Synchronisation of tasks. See asyncc-runtime(7).
 *
 * Objects are plain structs: a local, a global or a member, all zero or initialised by the macro behind each. They own
 * no memory and need no end, but must not move or go away while a task waits in them. They are for the tasks of one
 * thread's runtime.
 *
 * What waits is an async function; it gives 0, or ASYNC_ECANCELED, which means that it did not happen: no lock is held,
 * no permit, no value taken. Who waits longest is served first, and a lock or permit is handed over to it directly:
 * nobody overtakes. The try_ functions never wait; they give ASYNC_EAGAIN where the operation would. An unlock or
 * release of what is not held aborts with a message that names the place. */
#ifndef ASYNCC_SYNC_H
#define ASYNCC_SYNC_H

#include "asyncc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The frame of an operation on one object, and what the C compiler sees of the operation. */
#define ASYNC__SYNC_FRAME(op, object)                                                                                  \
	struct op##__frame {                                                                                           \
		struct async__frame base;                                                                              \
		int value;                                                                                             \
		object;                                                                                                \
		struct async__waiter waiter;                                                                           \
	}
#define ASYNC__SYNC_OP(op, ...)                                                                                        \
	async_future op(__VA_ARGS__);                                                                                  \
	int op##__block_on(__VA_ARGS__);                                                                               \
	extern const struct async__fn op##__fn

/* --- Mutex ------------------------------------------------------------------------------------ */

/* One task at a time. Any task may unlock it. Locking it twice waits for ever. */
typedef struct async_mutex {
	bool locked;
	struct async__waiters waiters;
} async_mutex;
#define ASYNC_MUTEX_INIT                                                                                               \
	{                                                                                                              \
		0,                                                                                                     \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_mutex_lock, async_mutex *m);

int async_mutex_try_lock(async_mutex *m);
bool async_mutex_is_locked(const async_mutex *m);
/* Hands it to the one that waits longest. */
#define async_mutex_unlock(m) async__mutex_unlock((m), __FILE__, __LINE__)

void async__mutex_unlock_waiting(async_mutex *m, const char *file, unsigned line);

static inline void async__mutex_unlock(async_mutex *m, const char *file, unsigned line)
{
	if (__builtin_expect(m->locked && !m->waiters.first, 1))
		m->locked = false;
	else
		async__mutex_unlock_waiting(m, file, line);
}

/* --- Condition variable ----------------------------------------------------------------------- */

/* A place to wait for something that a mutex guards. */
typedef struct async_cond {
	struct async__waiters waiters;
} async_cond;
#define ASYNC_COND_INIT                                                                                                \
	{                                                                                                              \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

struct async_cond_wait__frame {
	struct async__frame base;
	int value;
	async_cond *c;
	async_mutex *m;
	struct async__waiter waiter;
};

/* Wakes the one that waits longest, or all; nothing when nobody waits. */
void async_cond_signal(async_cond *c);
void async_cond_broadcast(async_cond *c);

/* --- Read-write lock -------------------------------------------------------------------------- */

/* Many readers or one writer. A reader that comes after a writer waits behind it, so that writers get their turn. */
typedef struct async_rwlock {
	int state; /* readers that hold it; -1: a writer does */
	struct async__waiters waiters;
} async_rwlock;
#define ASYNC_RWLOCK_INIT                                                                                              \
	{                                                                                                              \
		0,                                                                                                     \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_rwlock_read_lock, async_rwlock *l);
ASYNC__SYNC_FRAME(async_rwlock_write_lock, async_rwlock *l);

int async_rwlock_try_read_lock(async_rwlock *l);
int async_rwlock_try_write_lock(async_rwlock *l);
#define async_rwlock_read_unlock(l) async__rwlock_read_unlock((l), __FILE__, __LINE__)
#define async_rwlock_write_unlock(l) async__rwlock_write_unlock((l), __FILE__, __LINE__)

void async__rwlock_read_unlock(async_rwlock *l, const char *file, unsigned line);
void async__rwlock_write_unlock(async_rwlock *l, const char *file, unsigned line);

/* --- Semaphore -------------------------------------------------------------------------------- */

/* A number of permits. One who wants many is not overtaken by those behind it who want few. */
typedef struct async_semaphore {
	size_t permits;
	struct async__waiters waiters;
} async_semaphore;
#define ASYNC_SEMAPHORE_INIT(permits)                                                                                  \
	{                                                                                                              \
		(permits),                                                                                             \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

struct async_semaphore_acquire__frame {
	struct async__frame base;
	int value;
	async_semaphore *s;
	size_t n;
	struct async__waiter waiter;
};

int async_semaphore_try_acquire(async_semaphore *s, size_t n);
/* Gives `n` permits back, or adds new ones. */
void async_semaphore_release(async_semaphore *s, size_t n);
static inline size_t async_semaphore_permits(const async_semaphore *s)
{
	return s->permits;
}

/* --- Barrier ---------------------------------------------------------------------------------- */

/* Where `count` tasks meet; it can be used again at once. */
typedef struct async_barrier {
	unsigned count, arrived;
	struct async__waiters waiters;
} async_barrier;
#define ASYNC_BARRIER_INIT(count)                                                                                      \
	{                                                                                                              \
		(count), 0,                                                                                            \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_barrier_wait, async_barrier *b);

/* --- Event and notify ------------------------------------------------------------------------- */

/* Something that has happened, until it is reset. */
typedef struct async_event {
	bool is_set;
	struct async__waiters waiters;
} async_event;
#define ASYNC_EVENT_INIT                                                                                               \
	{                                                                                                              \
		false,                                                                                                 \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_event_wait, async_event *e);

/* Wakes all that wait; later ones don't wait. */
void async_event_set(async_event *e);
void async_event_reset(async_event *e);
static inline bool async_event_is_set(const async_event *e)
{
	return e->is_set;
}

/* A call to one task, or to all. */
typedef struct async_notify {
	bool called;
	struct async__waiters waiters;
} async_notify;
#define ASYNC_NOTIFY_INIT                                                                                              \
	{                                                                                                              \
		false,                                                                                                 \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_notify_wait, async_notify *n);

/* Wakes the one that waits longest. When nobody waits the next one who would does not; several such calls are one. */
void async_notify_one(async_notify *n);
/* Wakes those that wait now. */
void async_notify_all(async_notify *n);

/* --- Once ------------------------------------------------------------------------------------- */

/* Something that is done once, by the first task that gets there, while the others wait:
 *
 *     if (async_once_begin(&o).await? == 1)
 *             async_once_end(&o, open_database().await);
 */
typedef struct async_once {
	int state;
	struct async__waiters waiters;
} async_once;
#define ASYNC_ONCE_INIT                                                                                                \
	{                                                                                                              \
		0,                                                                                                     \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_once_begin, async_once *o);

/* 0: it is done. An error: it failed, and the one that waits longest, or comes next, has to try. */
#define async_once_end(o, err) async__once_end((o), (err), __FILE__, __LINE__)

void async__once_end(async_once *o, int err, const char *file, unsigned line);
bool async_once_is_done(const async_once *o);

/* --- Wait group ------------------------------------------------------------------------------- */

/* A number of things that are to be done. */
typedef struct async_wait_group {
	size_t left;
	struct async__waiters waiters;
} async_wait_group;
#define ASYNC_WAIT_GROUP_INIT                                                                                          \
	{                                                                                                              \
		0,                                                                                                     \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_wait_group_wait, async_wait_group *g);

/* `n` more things to do. */
void async_wait_group_add(async_wait_group *g, size_t n);
/* One is done. With the last one all that wait go on. */
#define async_wait_group_done(g) async__wait_group_done((g), __FILE__, __LINE__)

void async__wait_group_done(async_wait_group *g, const char *file, unsigned line);

/* --- Cell ------------------------------------------------------------------------------------- */

/* A place that holds a value or is empty (an "mvar"): a channel of one, a lock around a value, a future of many. The
 * value lies in the program's own object, of `size` bytes. */
typedef struct async_cell {
	void *place;
	size_t size;
	bool full;
	struct async__waiters wanting, putting;
} async_cell;
/* Cells whose value lies in the object `o`: empty ones, and ones with the value that o has. */
#define ASYNC_CELL_EMPTY(o)                                                                                            \
	{                                                                                                              \
		&(o), sizeof(o), false, {0, 0},                                                                        \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}
#define ASYNC_CELL_FULL(o)                                                                                             \
	{                                                                                                              \
		&(o), sizeof(o), true, {0, 0},                                                                         \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

/* The same for a cell that is initialised later. */
static inline void async_cell_init(async_cell *c, void *place, size_t size, bool full)
{
	c->place = place;
	c->size = size;
	c->full = full;
	c->wanting.first = c->wanting.last = c->putting.first = c->putting.last = (struct async__waiter *)0;
}

#define ASYNC__CELL_FRAME(op, parameters)                                                                              \
	struct op##__frame {                                                                                           \
		struct async__frame base;                                                                              \
		int value;                                                                                             \
		unsigned how;                                                                                          \
		async_cell *c;                                                                                         \
		struct async__waiter waiter;                                                                           \
		parameters                                                                                             \
	}
ASYNC__CELL_FRAME(async_cell_take, void *to;);
ASYNC__CELL_FRAME(async_cell_read, void *to;);
ASYNC__CELL_FRAME(async_cell_put, const void *from;);
ASYNC__CELL_FRAME(async_cell_swap, void *to; const void *from;);
ASYNC__CELL_FRAME(async_cell_modify, void (*change)(void *value, void *arg); void *arg;);

int async_cell_try_take(async_cell *c, void *to);
int async_cell_try_read(async_cell *c, void *to);
int async_cell_try_put(async_cell *c, const void *from);
static inline bool async_cell_is_full(const async_cell *c)
{
	return c->full;
}

#ifdef __ASYNCC_PARSE__

[[asyncc::frame(struct async_mutex_lock__frame)]] async fn async_mutex_lock(async_mutex *m)->int;
/* Unlocks `m`, waits for a signal, and locks `m` again, also when it is cancelled: `m` is held in any case. */
[[asyncc::frame(struct async_cond_wait__frame)]] async fn async_cond_wait(async_cond *c, async_mutex *m)->int;
[[asyncc::frame(struct async_rwlock_read_lock__frame)]] async fn async_rwlock_read_lock(async_rwlock *l)->int;
[[asyncc::frame(struct async_rwlock_write_lock__frame)]] async fn async_rwlock_write_lock(async_rwlock *l)->int;
/* Takes `n` permits. */
[[asyncc::frame(struct async_semaphore_acquire__frame)]] async fn async_semaphore_acquire(async_semaphore *s, size_t n)
	->int;
/* Waits until `count` tasks wait here: 1 in the last one to come, 0 in the others. One that is cancelled has not come.
 */
[[asyncc::frame(struct async_barrier_wait__frame)]] async fn async_barrier_wait(async_barrier *b)->int;
/* Waits until the event is set. */
[[asyncc::frame(struct async_event_wait__frame)]] async fn async_event_wait(async_event *e)->int;
/* Waits for a call. */
[[asyncc::frame(struct async_notify_wait__frame)]] async fn async_notify_wait(async_notify *n)->int;
/* 1: the caller has to do it, and to say async_once_end; 0: it is done. */
[[asyncc::frame(struct async_once_begin__frame)]] async fn async_once_begin(async_once *o)->int;
/* Waits until nothing is left to be done. */
[[asyncc::frame(struct async_wait_group_wait__frame)]] async fn async_wait_group_wait(async_wait_group *g)->int;
/* Waits for a value and takes it out, to *to. */
[[asyncc::frame(struct async_cell_take__frame)]] async fn async_cell_take(async_cell *c, void *to)->int;
/* Waits for a value and copies it to *to. */
[[asyncc::frame(struct async_cell_read__frame)]] async fn async_cell_read(async_cell *c, void *to)->int;
/* Waits until the cell is empty and puts *from in. */
[[asyncc::frame(struct async_cell_put__frame)]] async fn async_cell_put(async_cell *c, const void *from)->int;
/* Waits for a value, copies it to *to and puts *from in its place; both may be the same object. */
[[asyncc::frame(struct async_cell_swap__frame)]] async fn async_cell_swap(async_cell *c, void *to, const void *from)
	->int;
/* Waits for a value and has change(value, arg) change it, in place; it must not use the cell. */
[[asyncc::frame(struct async_cell_modify__frame)]] async fn async_cell_modify(async_cell *c,
									      void (*change)(void *value, void *arg),
									      void *arg)
	->int;

#else

ASYNC__SYNC_OP(async_mutex_lock, async_mutex *m);
async__poll_fn async__mutex_lock_waiting;

static inline enum async__poll async_mutex_lock__poll(struct async__frame *self, struct async__context *cx,
						      unsigned state)
{
	struct async_mutex_lock__frame *f = (struct async_mutex_lock__frame *)self;
	async_mutex *m = f->m;
	if (__builtin_expect(m->locked || async__is_cancelled(cx), 0))
		return async__mutex_lock_waiting(self, cx, state);
	m->locked = true;
	f->value = 0;
	return ASYNC__READY;
}

ASYNC__SYNC_OP(async_cond_wait, async_cond *c, async_mutex *m);
async__poll_fn async_cond_wait__poll;
ASYNC__SYNC_OP(async_rwlock_read_lock, async_rwlock *l);
async__poll_fn async_rwlock_read_lock__poll;
ASYNC__SYNC_OP(async_rwlock_write_lock, async_rwlock *l);
async__poll_fn async_rwlock_write_lock__poll;
ASYNC__SYNC_OP(async_semaphore_acquire, async_semaphore *s, size_t n);
async__poll_fn async_semaphore_acquire__poll;
ASYNC__SYNC_OP(async_barrier_wait, async_barrier *b);
async__poll_fn async_barrier_wait__poll;
ASYNC__SYNC_OP(async_event_wait, async_event *e);
async__poll_fn async_event_wait__poll;
ASYNC__SYNC_OP(async_notify_wait, async_notify *n);
async__poll_fn async_notify_wait__poll;
ASYNC__SYNC_OP(async_once_begin, async_once *o);
async__poll_fn async_once_begin__poll;
ASYNC__SYNC_OP(async_wait_group_wait, async_wait_group *g);
async__poll_fn async_wait_group_wait__poll;
ASYNC__SYNC_OP(async_cell_take, async_cell *c, void *to);
async__poll_fn async_cell_take__poll;
ASYNC__SYNC_OP(async_cell_read, async_cell *c, void *to);
async__poll_fn async_cell_read__poll;
ASYNC__SYNC_OP(async_cell_put, async_cell *c, const void *from);
async__poll_fn async_cell_put__poll;
ASYNC__SYNC_OP(async_cell_swap, async_cell *c, void *to, const void *from);
async__poll_fn async_cell_swap__poll;
ASYNC__SYNC_OP(async_cell_modify, async_cell *c, void (*change)(void *value, void *arg), void *arg);
async__poll_fn async_cell_modify__poll;

#endif

#ifdef __cplusplus
}
#endif

#endif

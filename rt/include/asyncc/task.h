/* What belongs to a task: values and a mailbox; and the threads that run blocking work. See asyncc-concurrency(7). */
#ifndef ASYNCC_TASK_H
#define ASYNCC_TASK_H

#include "asyncc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Task-local values ------------------------------------------------------------------------ */

/* A value that each task has of its own, as _Thread_local is for threads:
 *
 *     static ASYNC_TASK_LOCAL(int, depth);                                           0 in every task
 *     static ASYNC_TASK_LOCAL(struct request *, request, .drop = put, .inherited = true);
 *
 * T is a type that can be assigned and has no qualifiers. What follows are members of the key, each with its name:
 *
 *     .initial = v         what a task sees that has set nothing; all zero
 *     .drop = f            void f(void *value) ends a value: at the end of its task, or when another one takes its
 *                          place. At the end, the value that was set last for the first time goes first
 *     .inherited = true    a task that has set nothing sees what the task sees in whose nursery it runs, which it ends
 *                          before; not a copy of it
 *
 * A value costs memory in tasks that have set one, and nothing in others. The branches of a join or select, and
 * streams, are parts of their task. Code outside of tasks (other threads too, those of spawn_blocking) sees the initial
 * value. */
struct async_task_key {
	size_t size, align;
	void (*drop)(void *value);
	bool inherited;
};
#define ASYNC_TASK_LOCAL(T, name, ...)                                                                                 \
	struct {                                                                                                       \
		union {                                                                                                \
			struct async_task_key key;                                                                     \
			struct {                                                                                       \
				size_t size, align;                                                                    \
				void (*drop)(void *value);                                                             \
				bool inherited;                                                                        \
			};                                                                                             \
		};                                                                                                     \
		T initial;                                                                                             \
	} name = {.size = sizeof(T), .align = __alignof__(T), __VA_ARGS__}

/* The running task's value, of type T, to be read. */
#define async_task_get(name) (*(const __typeof__((name).initial) *)async__task_get(&(name).key, &(name).initial))
/* Sets it. 0; ASYNC_ENOMEM (never where the task has a value already); ASYNC_ESRCH outside of tasks, and when the task
 * has ended (in a drop). Then the value remains the caller's. */
#define async_task_set(name, value)                                                                                    \
	__extension__({                                                                                                \
		__typeof__((name).initial) async__value = (value);                                                     \
		async__task_set(&(name).key, &async__value);                                                           \
	})

const void *async__task_get(const struct async_task_key *key, const void *initial);
int async__task_set(const struct async_task_key *key, void *value);

/* --- Mailboxes -------------------------------------------------------------------------------- */

/* Where other tasks of the same thread's runtime send a task messages. `t.mailbox()` is the one of the task whose
 * handle is t, `async_self().mailbox()` the running task's: valid as long as the handle, or the running task, and
 * beyond that as long as somebody holds a reference. NULL where memory is exhausted. */
typedef struct async_mailbox async_mailbox;

/* One more reference, and one less. NULL is allowed. */
async_mailbox *async_mailbox_ref(async_mailbox *m);
void async_mailbox_unref(async_mailbox *m);
/* Whether the task has ended. */
bool async_mailbox_is_closed(const async_mailbox *m);
/* Messages that were not received yet. */
size_t async_mailbox_len(const async_mailbox *m);

/* Sends a copy of a value, which becomes a T. Never waits: a mailbox holds any number of messages. 0; ASYNC_ESRCH when
 * the task has ended; ASYNC_ENOMEM, also for a mailbox that is NULL. */
#define async_send(mailbox, T, value)                                                                                  \
	__extension__({                                                                                                \
		async_mailbox *async__box = (mailbox);                                                                 \
		T async__message = (value);                                                                            \
		async__send(async__box, #T, &async__message, sizeof async__message);                                   \
	})

#define ASYNC_FOREVER UINT64_MAX /* milliseconds */

/* Async: receives the first message that was sent to the running task as a T, by that name of the type, to *to. Other
 * messages stay, in order. With a function, the first T for which it is true; it may be called at once, and by whoever
 * sends, and must not use the mailbox. With a time, ASYNC_ETIMEDOUT when it is over; 0 looks without waiting. When the
 * task ends, what it has not received is released: one whose messages own something receives them all in a defer. */
#define async_receive(T, to) async_mailbox_receive(#T, sizeof(T), 1 ? (to) : (T *)0, NULL, NULL, ASYNC_FOREVER)
#define async_receive_match(T, to, match, arg, ms)                                                                     \
	async_mailbox_receive(#T, sizeof(T), 1 ? (to) : (T *)0, (match), (arg), (ms))
/* The same without waiting, in any function that runs in a task: 0 or ASYNC_EAGAIN. */
#define async_try_receive(T, to) async__try_receive(#T, sizeof(T), 1 ? (to) : (T *)0, NULL, NULL)
#define async_try_receive_match(T, to, match, arg) async__try_receive(#T, sizeof(T), 1 ? (to) : (T *)0, (match), (arg))

int async__send(async_mailbox *m, const char *type, const void *message, size_t size);
int async__try_receive(const char *type, size_t size, void *to, bool (*match)(const void *message, void *arg),
		       void *arg);

struct async_mailbox_receive__frame {
	struct async__frame base;
	int value;
	const char *type;
	size_t size;
	void *to;
	bool (*match)(const void *message, void *arg);
	void *arg;
	uint64_t ms;
	async_mailbox *box;
	struct async__waiter waiter;
	struct async__call_timer timer;
	uint64_t number; /* of the message that it has got */
};

#ifdef __ASYNCC_PARSE__

[[asyncc::frame(struct async_mailbox_receive__frame)]] async fn async_mailbox_receive(
	const char *type, size_t size, void *to, bool (*match)(const void *message, void *arg), void *arg, uint64_t ms)
	->int;

#else

async_future async_mailbox_receive(const char *type, size_t size, void *to,
				   bool (*match)(const void *message, void *arg), void *arg, uint64_t ms);
int async_mailbox_receive__block_on(const char *type, size_t size, void *to,
				    bool (*match)(const void *message, void *arg), void *arg, uint64_t ms);
async__poll_fn async_mailbox_receive__poll;
extern const struct async__fn async_mailbox_receive__fn;

#endif

/* --- Threads for blocking work ---------------------------------------------------------------- */

/* Bounds the pool that spawn_blocking uses, one for the process: at most `max` threads (64 where nothing is said; at
 * least one), each of which ends when it had nothing to do for `idle_ms` milliseconds (10,000). Work that finds all of
 * them busy waits its turn, and the task that awaits it. Threads above a smaller `max` end when they are idle. Any
 * thread. */
void async_blocking_threads(unsigned max, uint64_t idle_ms);

#ifdef __cplusplus
}
#endif

#endif

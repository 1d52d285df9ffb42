/* Async functions for unit tests, as scripts: an array of steps that one poll function carries out, with the suspensions,
 * scopes and aborted paths that generated code has. What happens is written to `trace`.
 *
 *     static const struct step child[] = {SLEEP(5), LOG("child"), END};
 *     static const struct step parent[] = {NURSERY, SPAWN(child), WAIT, LOG("parent"), END};
 *     run(parent);      trace: "child parent "
 *
 * A function's value is that of its last step, or what RETURN says. LOG writes its text, and "!NAME" behind it when the
 * value is an error, ":N" when it is a number other than 0. */
#ifndef ASYNCC_TESTS_RT_SCRIPT_H
#define ASYNCC_TESTS_RT_SCRIPT_H

#include "asyncc/lib_abi.h"
#include "rt/internal.h"
#include "tests/unit/suite.h"

enum { MAX_SCOPES = 6, MAX_BRANCHES = 4, MAX_TASKS = 16 };
/* The clock is virtual: it jumps when everything waits. Times are in steps so large that no delay of the machine makes
 * two of them one. */
#define UNIT 1000L

enum step_kind {
	STEP_END,
	STEP_RETURN,	/* `number` */
	STEP_TRY,	/* return the value if it is an error */
	STEP_LOG,	/* `text` */
	STEP_YIELD,	/* `number` times */
	STEP_SLEEP,	/* `number` milliseconds */
	STEP_PENDING,	/* until cancelled */
	STEP_SEND,	/* `number` to `chan` */
	STEP_RECV,	/* value: the message */
	STEP_CALL,	/* script[0], boxed */
	STEP_SPIN,	/* awaits until `number` awaits were refused */
	STEP_JOIN,	/* script[i]: the branches */
	STEP_SELECT,	/* value: the arm that won */
	STEP_SELECT_DEFAULT,
	STEP_NURSERY,
	STEP_LIMIT,	/* the innermost nursery's */
	STEP_COLLECT,
	STEP_SPAWN,	/* script[0] into the innermost nursery; its handle to tasks[number], unless negative */
	STEP_WAIT,	/* the end of the innermost scope, a nursery */
	STEP_CANCEL_NURSERY,
	STEP_SHIELD,
	STEP_SHIELD_FOR,
	STEP_DEADLINE,
	STEP_LEAVE,	/* the end of the innermost scope, a shield or a deadline; value of a deadline: ETIMEDOUT for ECANCELED */
	STEP_GO,	/* script[0] as a task of its own, tasks[number] */
	STEP_AWAIT,	/* tasks[number] */
	STEP_CANCEL,	/* tasks[number] */
	STEP_ABORT,
	STEP_DROP,
	STEP_JOIN_ALL,	/* the first `number` of tasks[] */
	STEP_TRY_JOIN_ALL,
	STEP_RACE,	/* value: the winner */
	STEP_RACE_OK
};

struct step {
	enum step_kind kind;
	long number;
	const char *text;
	const struct step *script[MAX_BRANCHES];
	struct async__chan **chan;
};

#define END {STEP_END, 0, NULL, {NULL}, NULL}
#define WITH_NUMBER(kind, n) {kind, n, NULL, {NULL}, NULL}
#define WITH_SCRIPTS(kind, n, ...) {kind, n, NULL, {__VA_ARGS__}, NULL}
#define RETURN(n) WITH_NUMBER(STEP_RETURN, n)
#define TRY WITH_NUMBER(STEP_TRY, 0)
#define LOG(text) {STEP_LOG, 0, text, {NULL}, NULL}
#define YIELD(n) WITH_NUMBER(STEP_YIELD, n)
#define SLEEP(n) WITH_NUMBER(STEP_SLEEP, (n) * UNIT)
#define PENDING WITH_NUMBER(STEP_PENDING, 0)
#define SEND(chan, n) {STEP_SEND, n, NULL, {NULL}, &chan}
#define RECV(chan) {STEP_RECV, 0, NULL, {NULL}, &chan}
#define CALL(script) WITH_SCRIPTS(STEP_CALL, 0, script)
#define SPIN(n) WITH_NUMBER(STEP_SPIN, n)
#define JOIN(...) WITH_SCRIPTS(STEP_JOIN, 0, __VA_ARGS__)
#define SELECT(...) WITH_SCRIPTS(STEP_SELECT, 0, __VA_ARGS__)
#define SELECT_DEFAULT(...) WITH_SCRIPTS(STEP_SELECT_DEFAULT, 0, __VA_ARGS__)
#define NURSERY WITH_NUMBER(STEP_NURSERY, 0)
#define LIMIT(n) WITH_NUMBER(STEP_LIMIT, n)
#define COLLECT WITH_NUMBER(STEP_COLLECT, 0)
#define SPAWN(script) WITH_SCRIPTS(STEP_SPAWN, -1, script)
#define SPAWN_AS(n, script) WITH_SCRIPTS(STEP_SPAWN, n, script)
#define WAIT WITH_NUMBER(STEP_WAIT, 0)
#define CANCEL_NURSERY WITH_NUMBER(STEP_CANCEL_NURSERY, 0)
#define SHIELD WITH_NUMBER(STEP_SHIELD, 0)
#define SHIELD_FOR(n) WITH_NUMBER(STEP_SHIELD_FOR, (n) * UNIT)
#define DEADLINE(n) WITH_NUMBER(STEP_DEADLINE, (n) * UNIT)
#define LEAVE WITH_NUMBER(STEP_LEAVE, 0)
#define GO(n, script) WITH_SCRIPTS(STEP_GO, n, script)
#define AWAIT(n) WITH_NUMBER(STEP_AWAIT, n)
#define CANCEL(n) WITH_NUMBER(STEP_CANCEL, n)
#define ABORT(n) WITH_NUMBER(STEP_ABORT, n)
#define DROP(n) WITH_NUMBER(STEP_DROP, n)
#define JOIN_ALL(n) WITH_NUMBER(STEP_JOIN_ALL, n)
#define TRY_JOIN_ALL(n) WITH_NUMBER(STEP_TRY_JOIN_ALL, n)
#define RACE(n) WITH_NUMBER(STEP_RACE, n)
#define RACE_OK(n) WITH_NUMBER(STEP_RACE_OK, n)

static struct async__task *tasks[MAX_TASKS];
static int frames_alive; /* functions that have begun and not ended */
static char trace[1 << 16];
static size_t trace_end;

static inline void trace_clear(void)
{
	trace[trace_end = 0] = '\0';
}

static inline void trace_add(const char *text, int value)
{
	if (trace_end + 64 > sizeof trace)
		return;
	trace_end += (size_t)sprintf(trace + trace_end, "%s", text);
	if (value < 0)
		trace_end += (size_t)sprintf(trace + trace_end, "!%s", async_err_name(value));
	else if (value)
		trace_end += (size_t)sprintf(trace + trace_end, ":%d", value);
	trace_end += (size_t)sprintf(trace + trace_end, " ");
}

/* --- the function ----------------------------------------------------------------------------- */

struct script_scope {
	enum step_kind kind;
	union {
		struct async__scope shield;
		struct async__deadline deadline;
		struct async_nursery nursery;
	};
};

struct script__frame {
	struct async__frame base;
	int value;
	const struct step *pc;
	enum { SCRIPT_RUNS, SCRIPT_RETURNS, SCRIPT_ABORTS } mode;
	int result; /* what it returns */
	int again;  /* repetitions of a step that are left */
	int depth;
	struct script_scope scopes[MAX_SCOPES];
	int message;
	size_t winner;
	int branch_value[MAX_BRANCHES];
	const struct step *fork_step;
	struct {
		struct async__region region;
		struct async__branch branch[MAX_BRANCHES];
	} fork;
	union {
		struct {
			struct async__frame base;
			int value;
		} any;
		struct async_yield_now__frame yield;
		struct async_sleep__frame sleep;
		struct async__pending__frame pending;
		struct async__chan_send__frame send;
		struct async__chan_recv__frame recv;
		struct async__nursery_wait__frame wait;
		struct async__join__frame join;
		struct async__join_all__frame join_all;
		struct async__try_join_all__frame try_join_all;
		struct async__race__frame race;
		struct async__race_ok__frame race_ok;
	} op;
};

static async__poll_fn script__poll;
static const struct async__fn script__fn = {.name = "script",
					    .file = "t.ac",
					    .line = 1,
					    .align = _Alignof(struct script__frame),
					    .size = sizeof(struct script__frame),
					    .poll = script__poll,
					    .value_offset = offsetof(struct script__frame, value),
					    .value_size = sizeof(int),
					    .ended = ASYNC__ENDED,
					    .error_size = sizeof(int)};

enum script_state {
	AT_START = 0,
	BEHIND_OP = 2,
	BEHIND_WAIT = 4,
	BEHIND_CALL = 6,
	BEHIND_FORK = 8,
	AT_BRANCH = 20,
	BEHIND_BRANCH = 40
};

#define SCRIPT_SITE(at, where, what, how)                                                                              \
	{.poll = script__poll, .state = at, .offset = where, .fn = &script__fn, .line = at, .column = 1,               \
	 .awaited = what, .flags = how}
/* Behind those of the second line the function has nothing left to await. */
static const struct async__site op_sites[2] = {
	SCRIPT_SITE(BEHIND_OP, offsetof(struct script__frame, op), "op", 0),
	SCRIPT_SITE(BEHIND_OP, offsetof(struct script__frame, op), "op", ASYNC__TAIL)};
static const struct async__site call_sites[2] = {SCRIPT_SITE(BEHIND_CALL, 0, "call", 0),
						 SCRIPT_SITE(BEHIND_CALL, 0, "call", ASYNC__TAIL)};
static const struct async__site fork_sites[2] = {
	SCRIPT_SITE(BEHIND_FORK, offsetof(struct script__frame, fork), "fork", 0),
	SCRIPT_SITE(BEHIND_FORK, offsetof(struct script__frame, fork), "fork", ASYNC__TAIL)};
static const struct async__site wait_site =
	SCRIPT_SITE(BEHIND_WAIT, offsetof(struct script__frame, op), "nursery", 0);
static const struct async__site branch_sites[MAX_BRANCHES] = {
	SCRIPT_SITE(BEHIND_BRANCH, 0, "branch 1", ASYNC__TAIL), SCRIPT_SITE(BEHIND_BRANCH + 2, 0, "branch 2", ASYNC__TAIL),
	SCRIPT_SITE(BEHIND_BRANCH + 4, 0, "branch 3", ASYNC__TAIL),
	SCRIPT_SITE(BEHIND_BRANCH + 6, 0, "branch 4", ASYNC__TAIL)};

static inline async_future script_new(const struct step *script)
{
	struct script__frame *f = (struct script__frame *)async__frame_new(&script__fn);
	ck_assert_ptr_nonnull(f);
	f->pc = script;
	return &f->base;
}

static inline struct async__task *script_spawn(struct async_nursery *n, const struct step *script)
{
	struct script__frame *f = (struct script__frame *)async__task_new(n, &script__fn);
	ck_assert_ptr_nonnull(f);
	f->pc = script;
	return async__task_of_root(&f->base);
}

static inline struct async_nursery *script_nursery(struct script__frame *f)
{
	for (int i = f->depth; i--;)
		if (f->scopes[i].kind == STEP_NURSERY)
			return &f->scopes[i].nursery;
	ck_abort_msg("no nursery");
}

/* Starts the operation of a step; NULL: it is none. */
static inline async__poll_fn *script_op(struct script__frame *f, const struct step *s)
{
	switch (s->kind) {
	case STEP_YIELD:
	case STEP_SPIN:
		return async_yield_now__fn.poll;
	case STEP_SLEEP:
		f->op.sleep.ms = (uint64_t)s->number;
		return async_sleep__fn.poll;
	case STEP_PENDING:
		return async__pending__fn.poll;
	case STEP_SEND:
		f->message = (int)s->number;
		f->op.send.c = *s->chan;
		f->op.send.from = &f->message;
		return async__chan_send__fn.poll;
	case STEP_RECV:
		f->op.recv.c = *s->chan;
		f->op.recv.to = &f->message;
		return async__chan_recv__fn.poll;
	case STEP_AWAIT:
		f->op.join.handle = &tasks[s->number];
		f->op.join.to = &f->message;
		return async__join__fn.poll;
	case STEP_JOIN_ALL:
		f->op.join_all.tasks = tasks;
		f->op.join_all.n = (size_t)s->number;
		return async__join_all__fn.poll;
	case STEP_TRY_JOIN_ALL:
		f->op.try_join_all.tasks = tasks;
		f->op.try_join_all.n = (size_t)s->number;
		f->op.try_join_all.errs = NULL;
		return async__try_join_all__fn.poll;
	case STEP_RACE:
		f->op.race.tasks = tasks;
		f->op.race.n = (size_t)s->number;
		f->op.race.winner = &f->winner;
		return async__race__fn.poll;
	case STEP_RACE_OK:
		f->op.race_ok.tasks = tasks;
		f->op.race_ok.n = (size_t)s->number;
		f->op.race_ok.winner = &f->winner;
		return async__race_ok__fn.poll;
	default:
		return NULL;
	}
}

/* The value of the operation of step `s`, which is done. */
static inline void script_op_done(struct script__frame *f, const struct step *s)
{
	f->value = f->op.any.value;
	if (f->value)
		return;
	if (s->kind == STEP_RECV || s->kind == STEP_AWAIT)
		f->value = f->message;
	else if (s->kind == STEP_RACE || s->kind == STEP_RACE_OK)
		f->value = (int)f->winner;
}

/* Steps that need no awaiting. */
static inline void script_do(struct script__frame *f, struct async__context *cx, const struct step *s)
{
	struct script_scope *scope = &f->scopes[f->depth];
	struct async__task *t;
	switch (s->kind) {
	case STEP_END:
		f->mode = SCRIPT_RETURNS;
		f->result = f->value;
		break;
	case STEP_RETURN:
		f->mode = SCRIPT_RETURNS;
		f->result = (int)s->number;
		break;
	case STEP_TRY:
		if (f->value >= 0)
			break;
		f->mode = SCRIPT_RETURNS;
		f->result = f->value;
		break;
	case STEP_LOG:
		trace_add(s->text, f->value);
		break;
	case STEP_NURSERY:
		async__nursery_enter(&scope->nursery, cx);
		break;
	case STEP_SHIELD:
		async__shield_enter(cx, &scope->shield);
		break;
	case STEP_SHIELD_FOR:
		async__shield_enter_ms(cx, &scope->deadline, (uint64_t)s->number);
		break;
	case STEP_DEADLINE:
		async__deadline_enter(cx, &scope->deadline, (uint64_t)s->number);
		break;
	case STEP_LIMIT:
		async__nursery_limit(script_nursery(f), (size_t)s->number);
		break;
	case STEP_COLLECT:
		async__nursery_collect(script_nursery(f));
		break;
	case STEP_CANCEL_NURSERY:
		async__nursery_cancel(script_nursery(f));
		break;
	case STEP_SPAWN:
		t = script_spawn(script_nursery(f), s->script[0]);
		if (s->number < 0)
			async__task_detach(t);
		else
			tasks[s->number] = t;
		break;
	case STEP_GO:
		tasks[s->number] = script_spawn(NULL, s->script[0]);
		break;
	case STEP_CANCEL:
		async__task_cancel(tasks[s->number]);
		break;
	case STEP_ABORT:
		async__task_abort(tasks[s->number]);
		break;
	case STEP_DROP:
		async__task_drop(tasks[s->number]);
		tasks[s->number] = ASYNC__NO_TASK;
		break;
	default:
		ck_abort_msg("step %d", (int)s->kind);
	}
	switch (s->kind) {
	case STEP_NURSERY:
	case STEP_SHIELD:
	case STEP_SHIELD_FOR:
	case STEP_DEADLINE:
		scope->kind = s->kind;
		f->depth++;
		ck_assert_int_le(f->depth, MAX_SCOPES);
		break;
	default:
		break;
	}
}

/* Leaves the innermost scope, which is no nursery. */
static inline void script_leave(struct script__frame *f, struct async__context *cx)
{
	struct script_scope *scope = &f->scopes[--f->depth];
	bool aborted = false;
	if (scope->kind == STEP_SHIELD)
		aborted = async__shield_leave(cx, &scope->shield);
	else if (scope->kind == STEP_SHIELD_FOR)
		aborted = async__shield_leave_ms(cx, &scope->deadline);
	else if (async__deadline_leave(cx, &scope->deadline) && f->value == ASYNC_ECANCELED)
		f->value = ASYNC_ETIMEDOUT;
	if (aborted)
		f->mode = SCRIPT_ABORTS;
}

/* Whether the function, about to suspend behind `pc`, will await anything more. */
static inline bool script_is_tail(const struct script__frame *f)
{
	const struct step *s = f->pc;
	while (s->kind == STEP_LOG)
		s++;
	return !f->depth && (s->kind == STEP_END || s->kind == STEP_RETURN);
}

static inline enum async__poll script_wait(struct script__frame *f, struct async__context *cx)
{
	f->op.wait.n = &f->scopes[f->depth - 1].nursery;
	enum async__poll result = async__nursery_wait__poll(&f->op.wait.base, cx, 0);
	f->op.wait.base.ret = &wait_site;
	return result;
}

/* The wait for the innermost nursery is over. */
static inline void script_waited(struct script__frame *f)
{
	struct async_nursery *n = &f->scopes[--f->depth].nursery;
	if (f->mode == SCRIPT_RUNS)
		f->value = f->op.wait.value;
	else if (f->mode == SCRIPT_RETURNS && f->result < 0)
		f->result = async__nursery_error(n, f->result);
}

/* The function returns or is aborted: its scopes are left. */
static inline enum async__poll script_unwind(struct script__frame *f, struct async__context *cx)
{
	while (f->depth) {
		struct script_scope *scope = &f->scopes[f->depth - 1];
		if (scope->kind != STEP_NURSERY) {
			script_leave(f, cx);
			continue;
		}
		if (f->mode == SCRIPT_ABORTS)
			async__nursery_abort(&scope->nursery);
		else if (f->result < 0)
			async__nursery_fail(&scope->nursery, f->result);
		if (script_wait(f, cx) == ASYNC__PENDING)
			return ASYNC__PENDING;
		script_waited(f);
	}
	f->value = f->result;
	frames_alive--;
	return f->mode == SCRIPT_ABORTS ? ASYNC__ABORTED : ASYNC__READY;
}

/* Branch `i` of a fork: calls a script. */
static inline enum async__poll script_branch(struct script__frame *f, struct async__context *cx, unsigned i, bool behind,
					     bool aborted)
{
	struct async__frame *child = behind ? cx->frame : script_new(f->fork_step->script[i]);
	if (!behind) {
		enum async__poll result = async__start(child, cx);
		if (result == ASYNC__PENDING)
			return async__suspend_boxed(child, &f->base, &branch_sites[i]);
		aborted = result == ASYNC__ABORTED;
	}
	int value = f->branch_value[i] = ((struct script__frame *)child)->value;
	async__frame_free(child);
	if (!aborted && value < 0 && f->fork_step->kind == STEP_JOIN)
		return async__branch_leave(cx);
	return async__branch_end(cx);
}

static inline void script_joined(struct script__frame *f)
{
	int winner = async__region_winner(&f->fork.region);
	f->value = winner;
	if (f->fork_step->kind != STEP_JOIN || winner < 0) {
		f->value = f->fork_step->kind == STEP_JOIN ? 0 : winner < 0 ? 100 : winner;
		if (winner >= 0)
			f->message = f->branch_value[winner];
		return;
	}
	f->mode = SCRIPT_RETURNS;
	f->result = f->branch_value[winner];
}

static enum async__poll script__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct script__frame *f = (struct script__frame *)self;
	bool aborted = state & 1;
	struct async__frame *child = NULL;
	enum async__poll result;
	const struct step *s;
	state &= ~1u;
	if (state >= BEHIND_BRANCH)
		return script_branch(f, cx, (state - BEHIND_BRANCH) / 2, true, aborted);
	if (state >= AT_BRANCH)
		return script_branch(f, cx, (state - AT_BRANCH) / 2, false, false);
	if (state == AT_START) {
		*f = (struct script__frame){.base = f->base, .pc = f->pc};
		frames_alive++;
	} else if (aborted && f->mode != SCRIPT_ABORTS) {
		f->mode = SCRIPT_ABORTS;
		f->result = ASYNC_ECANCELED;
		if (state == BEHIND_CALL)
			async__frame_free(cx->frame);
		if (state == BEHIND_WAIT)
			f->depth--;
		trace_add("~", 0);
		return script_unwind(f, cx);
	}
	switch (state) {
	case BEHIND_OP:
		s = f->pc - 1;
		goto behind_op;
	case BEHIND_WAIT:
		goto behind_wait;
	case BEHIND_CALL:
		child = cx->frame;
		goto behind_call;
	case BEHIND_FORK:
		goto behind_fork;
	}
	while (f->mode == SCRIPT_RUNS) {
		s = f->pc++;
		async__poll_fn *poll;
		f->again = s->kind == STEP_YIELD || s->kind == STEP_SPIN ? (int)s->number : 1;
		while (f->again && (poll = script_op(f, s))) {
			result = poll(&f->op.any.base, cx, 0);
			if (result == ASYNC__PENDING) {
				f->op.any.base.ret = &op_sites[f->again == 1 && script_is_tail(f)];
				return ASYNC__PENDING;
			}
		behind_op:
			f->again--;
			script_op_done(f, s);
			if (!f->again || (s->kind == STEP_YIELD && f->value < 0))
				goto next;
		}
		switch (s->kind) {
		case STEP_WAIT:
			if (script_wait(f, cx) == ASYNC__PENDING)
				return ASYNC__PENDING;
		behind_wait:
			script_waited(f);
			break;
		case STEP_LEAVE:
			script_leave(f, cx);
			break;
		case STEP_CALL:
			child = script_new(s->script[0]);
			if (async__start(child, cx) == ASYNC__PENDING)
				return async__suspend_boxed(child, self, &call_sites[script_is_tail(f)]);
		behind_call:
			f->value = ((struct script__frame *)child)->value;
			async__frame_free(child);
			break;
		case STEP_JOIN:
		case STEP_SELECT:
		case STEP_SELECT_DEFAULT:
			f->fork_step = s;
			unsigned count = 0;
			while (count < MAX_BRANCHES && s->script[count])
				count++;
			if (async__fork(&f->fork.region, count,
					s->kind == STEP_JOIN	 ? ASYNC__JOIN
					: s->kind == STEP_SELECT ? ASYNC__SELECT
								 : ASYNC__SELECT_DEFAULT,
					cx, self, &fork_sites[script_is_tail(f)], AT_BRANCH) == ASYNC__PENDING)
				return ASYNC__PENDING;
		behind_fork:
			script_joined(f);
			break;
		default:
			script_do(f, cx, s);
		}
	next:;
	}
	return script_unwind(f, cx);
}

/* --- running ---------------------------------------------------------------------------------- */

static inline struct async_runtime *runtime(void)
{
	int err;
	return async__runtime_get(&err);
}

/* Runs a script to its end: its value. All that it started has to end by itself. */
static inline int run(const struct step *script)
{
	struct script__frame f = {.pc = script};
	trace_clear();
	async__time_is_virtual = true;
	int err = async__block_on(&f.base, script__poll, "script", "t.ac", 1);
	return err ? err : f.value;
}

/* Lets everything run that is ready, or becomes so within `n` steps of time. */
static inline void run_for(long n)
{
	async__time_is_virtual = true;
	ck_assert_int_eq(async_sleep__block_on((uint64_t)(n * UNIT)), 0);
}

/* Nothing is left: no task, function, timer. */
static inline void check_empty(void)
{
	ck_assert(runtime()->tasks.next == &runtime()->tasks);
	ck_assert_ptr_null(runtime()->ready.first);
	ck_assert_uint_eq(runtime()->wheel.count, 0);
	ck_assert_int_eq(frames_alive, 0);
}

/* Runs a script and compares its trace and value. */
#define CHECK(script, expected_trace, expected_value)                                                                  \
	do {                                                                                                           \
		int value_ = run(script);                                                                              \
		ck_assert_str_eq(trace, expected_trace);                                                               \
		ck_assert_int_eq(value_, expected_value);                                                              \
		check_empty();                                                                                         \
	} while (0)

#endif

/* -Wblocking: calls in async code that would hold the thread, and with it every task that runs there.
 *
 * In:  all functions of the unit, checked.
 * Out: a warning for each such call in an async function, block or closure. What blocks: the functions of C and POSIX
 * below, functions with [[asyncc::blocking]], block_on, a nursery of threads; and every ordinary function of the file
 * that reaches one of these, which is found by going around the call graph until nothing changes. What runs on a thread
 * of its own (the blocks of `spawn` and spawn_blocking, the call in spawn_blocking(...)) may block.
 * [[asyncc::nonblocking]] on a function says that it doesn't. */
#include "frontend/sema/internal.h"

#include <stdlib.h>
#include <string.h>

/* -- what blocks ----------------------------------------------------------------------------------------- */
enum way { WAY_THREAD, WAY_SLEEP, WAY_NET, WAY_FILE, WAY_FD, WAY_DNS, WAY_PROCESS, WAY_SIGNAL, WAY_INPUT, WAY_POSTGRES, WAY_REDIS, WAY_SQLITE, WAY_HTTP, WAY_LOCK };

static const struct {
	const char *name;
	enum way way;
} known[] = {
	{"sleep", WAY_SLEEP},
	{"usleep", WAY_SLEEP},
	{"nanosleep", WAY_SLEEP},
	{"clock_nanosleep", WAY_SLEEP},
	{"thrd_sleep", WAY_SLEEP},
	{"read", WAY_FILE},
	{"readv", WAY_FILE},
	{"pread", WAY_FILE},
	{"pread64", WAY_FILE},
	{"preadv", WAY_FILE},
	{"write", WAY_FILE},
	{"writev", WAY_FILE},
	{"pwrite", WAY_FILE},
	{"pwrite64", WAY_FILE},
	{"pwritev", WAY_FILE},
	{"fsync", WAY_FILE},
	{"fdatasync", WAY_FILE},
	{"flock", WAY_THREAD},
	{"lockf", WAY_THREAD},
	{"recv", WAY_NET},
	{"recvfrom", WAY_NET},
	{"recvmsg", WAY_NET},
	{"send", WAY_NET},
	{"sendto", WAY_NET},
	{"sendmsg", WAY_NET},
	{"accept", WAY_NET},
	{"accept4", WAY_NET},
	{"connect", WAY_NET},
	{"getaddrinfo", WAY_DNS},
	{"getnameinfo", WAY_DNS},
	{"gethostbyname", WAY_DNS},
	{"gethostbyaddr", WAY_DNS},
	{"poll", WAY_FD},
	{"ppoll", WAY_FD},
	{"select", WAY_FD},
	{"pselect", WAY_FD},
	{"epoll_wait", WAY_FD},
	{"epoll_pwait", WAY_FD},
	{"PQconnectdb", WAY_POSTGRES},
	{"PQconnectdbParams", WAY_POSTGRES},
	{"PQsetdbLogin", WAY_POSTGRES},
	{"PQreset", WAY_POSTGRES},
	{"PQexec", WAY_POSTGRES},
	{"PQexecParams", WAY_POSTGRES},
	{"PQprepare", WAY_POSTGRES},
	{"PQexecPrepared", WAY_POSTGRES},
	{"PQcancel", WAY_POSTGRES},
	{"redisConnect", WAY_REDIS},
	{"redisConnectWithTimeout", WAY_REDIS},
	{"redisConnectUnix", WAY_REDIS},
	{"redisCommand", WAY_REDIS},
	{"redisCommandArgv", WAY_REDIS},
	{"redisGetReply", WAY_REDIS},
	{"sqlite3_open", WAY_SQLITE},
	{"sqlite3_open_v2", WAY_SQLITE},
	{"sqlite3_exec", WAY_SQLITE},
	{"sqlite3_step", WAY_SQLITE},
	{"sqlite3_get_table", WAY_SQLITE},
	{"curl_easy_perform", WAY_HTTP},
	{"curl_multi_wait", WAY_HTTP},
	{"curl_multi_poll", WAY_HTTP},
	{"wait", WAY_PROCESS},
	{"waitpid", WAY_PROCESS},
	{"waitid", WAY_PROCESS},
	{"wait3", WAY_PROCESS},
	{"wait4", WAY_PROCESS},
	{"system", WAY_PROCESS},
	{"pclose", WAY_PROCESS},
	{"pause", WAY_SIGNAL},
	{"sigwait", WAY_SIGNAL},
	{"sigwaitinfo", WAY_SIGNAL},
	{"sigsuspend", WAY_SIGNAL},
	{"fgets", WAY_INPUT},
	{"gets", WAY_INPUT},
	{"fgetc", WAY_INPUT},
	{"getc", WAY_INPUT},
	{"getchar", WAY_INPUT},
	{"getline", WAY_INPUT},
	{"getdelim", WAY_INPUT},
	{"fread", WAY_INPUT},
	{"scanf", WAY_INPUT},
	{"fscanf", WAY_INPUT},
	{"vscanf", WAY_INPUT},
	{"vfscanf", WAY_INPUT},
	{"msgrcv", WAY_THREAD},
	{"mq_receive", WAY_THREAD},
	{"pthread_join", WAY_THREAD},
	{"thrd_join", WAY_THREAD},
	{"pthread_mutex_lock", WAY_LOCK},
	{"pthread_rwlock_rdlock", WAY_LOCK},
	{"pthread_rwlock_wrlock", WAY_LOCK},
	{"mtx_lock", WAY_LOCK},
	{"pthread_cond_wait", WAY_LOCK},
	{"pthread_cond_timedwait", WAY_LOCK},
	{"pthread_barrier_wait", WAY_LOCK},
	{"cnd_wait", WAY_LOCK},
	{"cnd_timedwait", WAY_LOCK},
	{"sem_wait", WAY_LOCK},
	{"sem_timedwait", WAY_LOCK},
	{"semop", WAY_LOCK},
};

static bool has_attribute(const struct symbol *sym, const char *name)
{
	for (unsigned i = 0; i < sym->attrs.len; i++) {
		const struct ast_ATTRIBUTE *a = &sym->attrs.data[i]->u.ATTRIBUTE;

		if (a->ns && !strcmp(a->ns, "asyncc") && !strcmp(a->name, name))
			return true;
	}
	return false;
}

/* Libraries may lie anywhere; nobody else has such names. */
static bool is_of_library(enum way way)
{
	return way >= WAY_POSTGRES && way <= WAY_HTTP;
}

/* The row of a function that a header of the system or of such a library declares, or -1. */
static int find_known(struct sema *s, const struct symbol *sym)
{
	bool is_systems = sym->implicit || source_in_system_header(s->source, sym->loc);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(known[i].name, sym->name))
			return is_systems || is_of_library(known[i].way) ? (int)i : -1;
	return -1;
}

/* -- the call graph -------------------------------------------------------------------------------------- */
/* Why a function blocks: a call, or a nursery, in it. */
struct cause {
	struct node *node;
	struct symbol *callee; /* NULL: block_on, a nursery */
};

struct call {
	struct function *caller;
	struct cause cause;
};

struct graph {
	struct sema *s;
	struct function *f; /* the one walked */
	VEC(struct call) calls;
	struct map causes; /* struct symbol * of an ordinary function -> the struct cause * that makes it block */
};

static void add_call(struct graph *g, struct node *n, struct symbol *callee)
{
	struct call call = {g->f, {n, callee}};

	vec_push(g->s->arena, &g->calls, call);
}

static bool visit(struct node **slot, void *ctx);

static void visit_call(struct graph *g, struct node *n)
{
	const struct call_use *use = n->ann;

	if (use && use->role == CALL_BLOCK_ON)
		add_call(g, n, NULL);
	else if (use && use->role == CALL_C && use->direct)
		add_call(g, n, use->direct);
	if (use && use->op == DO_SPAWN_BLOCKING && n->u.CALL.args.len == 1 &&
	    node_strip(n->u.CALL.args.data[0])->kind == N_CALL)
		n = node_strip(n->u.CALL.args.data[0]); /* its arguments are evaluated here */
	node_each_child(n, visit, g);
}

static bool visit(struct node **slot, void *ctx)
{
	struct node *n = *slot, *base;

	if (n->flags & NF_UNEVALUATED)
		return true;
	switch (n->kind) {
	case N_FUNCTION_DEF:
	case N_ASYNC_BLOCK:
	case N_CLOSURE:
	case N_SPAWN_BLOCK:
		return true; /* functions of their own */
	case N_CALL:
		visit_call(ctx, n);
		return true;
	case N_MEMBER:
		base = node_strip(n->u.MEMBER.base);
		if (base->kind == N_NURSERY && expr_is_await(n)) {
			node_each_child(base, visit, ctx);
			return true;
		}
		break;
	case N_NURSERY:
		if (!n->u.NURSERY.is_async)
			add_call(ctx, n, NULL);
		break;
	default:
		break;
	}
	node_each_child(n, visit, ctx);
	return true;
}

/* Does a call block, as far as is known now? */
static bool blocks(struct graph *g, const struct cause *c)
{
	if (!c->callee)
		return true;
	if (has_attribute(c->callee, "nonblocking"))
		return false;
	return has_attribute(c->callee, "blocking") || find_known(g->s, c->callee) >= 0 ||
	       map_get(&g->causes, c->callee);
}

static bool is_ordinary(const struct function *f)
{
	return f->kind == FN_FUNCTION && !f->is_async;
}

/* Everything that an ordinary function reaches is reached through it. */
static void find_causes(struct graph *g)
{
	bool changed;

	do {
		changed = false;
		for (unsigned i = 0; i < g->calls.len; i++) {
			struct call *call = &g->calls.data[i];

			if (!is_ordinary(call->caller) || map_get(&g->causes, call->caller->symbol) ||
			    !blocks(g, &call->cause))
				continue;
			map_put(&g->causes, call->caller->symbol, &call->cause);
			changed = true;
		}
	} while (changed);
}

/* -- messages -------------------------------------------------------------------------------------------- */
static const char *cause_text(struct sema *s, const struct cause *c)
{
	if (c->callee)
		return arena_printf(s->arena, "'%s'", c->callee->name);
	return c->node->kind == N_NURSERY ? "a nursery of threads" : "'block_on'";
}

static void note_way_out(struct sema *s, const struct cause *c)
{
	static const char *const ways[] = {
		[WAY_SLEEP] = "use 'async_sleep(ms).await'",
		[WAY_NET] = "use the operations of <asyncc/net.h>",
		[WAY_FILE] = "use the operations of <asyncc/file.h> or <asyncc/net.h>",
		[WAY_FD] = "use 'async_fd_wait(fd, ASYNC_READABLE).await' of <asyncc/fd.h>",
		[WAY_DNS] = "use the operations of <asyncc/dns.h>",
		[WAY_PROCESS] = "use the operations of <asyncc/process.h>",
		[WAY_SIGNAL] = "use the streams of <asyncc/signal.h>",
		[WAY_INPUT] = "use 'async_tty_lines' of <asyncc/tty.h>, 'async_file_lines' of <asyncc/file.h> or <asyncc/io.h>",
		[WAY_POSTGRES] = "use the operations of <asyncc/postgres.h>",
		[WAY_REDIS] = "use the operations of <asyncc/redis.h>",
		[WAY_SQLITE] = "use the operations of <asyncc/sqlite.h>",
		[WAY_HTTP] = "use the operations of <asyncc/http_client.h>",
	};
	int row = c->callee ? find_known(s, c->callee) : -1;
	enum way way = row < 0 ? WAY_THREAD : known[row].way;
	const char *call = expr_text(s, c->node);

	if (way == WAY_LOCK)
		diag_note(s->diag, expr_loc(c->node),
			  "what tasks of one thread share needs no lock between two awaits; what has to wait for one goes "
			  "into 'spawn_blocking { ... }'");
	else if (way == WAY_THREAD)
		diag_note(s->diag, expr_loc(c->node), "run it on another thread: 'spawn_blocking(%s).await'", call);
	else
		diag_note(s->diag, expr_loc(c->node), "%s, or another thread: 'spawn_blocking(%s).await'", ways[way],
			  call);
}

static void report(struct graph *g, const struct cause *c)
{
	enum { DEPTH = 4 }; /* of the chain of calls that is told */
	struct sema *s = g->s;
	const struct cause *why = c->callee ? map_get(&g->causes, c->callee) : NULL;

	if (!c->callee) {
		if (c->node->kind == N_NURSERY && diag_warn(s->diag, W_BLOCKING, c->node->loc,
							    "a nursery of threads blocks the thread that waits for it"))
			diag_note(s->diag, c->node->loc, "'.await' behind its '}' waits without blocking");
		return; /* block_on: an error */
	}
	if (!diag_warn(s->diag, W_BLOCKING, expr_loc(c->node), "'%s' blocks the thread, and every task on it",
		       c->callee->name))
		return;
	for (unsigned depth = 0; why && depth < DEPTH; depth++) {
		diag_note(s->diag, expr_loc(why->node), "it reaches %s here", cause_text(s, why));
		why = why->callee ? map_get(&g->causes, why->callee) : NULL;
	}
	note_way_out(s, c);
}

static int by_place(const void *a, const void *b)
{
	loc_t x = ((const struct call *)a)->cause.node->begin, y = ((const struct call *)b)->cause.node->begin;

	return (x > y) - (x < y);
}

void check_blocking(struct sema *s)
{
	struct unit *u = s->unit;
	struct graph g = {.s = s};
	bool any = false;

	for (unsigned i = 0; i < u->function_count && !any; i++)
		any = u->functions[i]->is_async;
	if (!any)
		return;
	map_init(&g.causes, s->arena);
	for (unsigned i = 0; i < u->function_count; i++) {
		struct node *body = u->functions[i]->body;

		g.f = u->functions[i];
		if (body && (g.f->is_async || is_ordinary(g.f)))
			visit(&body, &g);
	}
	if (g.calls.len) /* blocks come before the functions that they stand in */
		qsort(g.calls.data, g.calls.len, sizeof *g.calls.data, by_place);
	find_causes(&g);
	for (unsigned i = 0; i < g.calls.len; i++) {
		const struct call *call = &g.calls.data[i];

		if (call->caller->is_async && !has_attribute(call->caller->symbol, "nonblocking") &&
		    blocks(&g, &call->cause))
			report(&g, &call->cause);
	}
}

/* What the files of the PostgreSQL part share.
 *
 *     IDLE ── send ──▶ BUSY ── collect: all results are there ──▶ IDLE
 *                       └─ cancelled: the server is asked to cancel, collect ──▶ IDLE, or broken
 *
 * libpq has to be asked for the results of a statement until it says that there are no more; only then is the connection
 * free for the next one. So a statement is never left half-way: whoever sends one has `settle` of query.ac in a
 * defer. */
#ifndef ASYNCC_STDLIB_POSTGRES_INTERNAL_H
#define ASYNCC_STDLIB_POSTGRES_INTERNAL_H

#include <asyncc/postgres.h>

#include <libpq-fe.h>

#include <asyncc/lib_abi.h>

struct async_postgres {
	PGconn *pg;
	PGresult *last;	 /* the newest result of the statement that runs or ran; NULL: none */
	int err;	 /* of that statement: its first error */
	char state[6];	 /* its SQLSTATE */
	char *message;	 /* and text, from async__alloc; NULL: none */
	bool is_busy;
	bool is_broken;
	bool is_cancelling; /* the server was asked to cancel the statement */
	unsigned depth;	    /* of transactions and savepoints */
	struct postgres_prepared *prepared;
	async_postgres_pool *pool; /* NULL: of none */
	async_postgres *next;	   /* in the pool's list of idle ones */
	uint64_t idle_since;	   /* async_now */
	void (*on_notice)(void *arg, const char *text);
	void *notice_arg;
};

/* --- error.ac --- */

/* Keeps the first failure of a statement: that of `result`; NULL: that of the connection, which is lost. Its error. */
int async__postgres_fail(async_postgres *c, const PGresult *result);
/* Keeps why a connection could not be made, for async_postgres_error(NULL): the error. NULL: no memory. */
int async__postgres_refused(PGconn *pg);
/* The same for a reason of this library. */
void async__postgres_refuse(const char *text);
/* Forgets the last statement's result and failure. */
void async__postgres_forget(async_postgres *c);

/* --- send.ac --- */

/* Sends a statement, `sql` or (NULL) the prepared one `name`; with `params` NULL and `is_simple` as a simple query, which
 * may hold several. 0: the connection is busy with it; or an error. */
int async__postgres_send(async_postgres *c, const char *sql, const char *name, const async_postgres_param *params,
			 size_t count, bool is_simple);
/* Forgets which statements are prepared. */
void async__postgres_forget_prepared(async_postgres *c);
/* Whether a statement can be sent: 0, ASYNC_EBUSY or ASYNC_ECONNRESET. */
int async__postgres_ready(async_postgres *c);

/* --- query.ac --- */

/* Collects all results: the last good one is in c->last; 0, or the error of the
 * statement. */
async fn async__postgres_finish(async_postgres *c) -> int;
#endif

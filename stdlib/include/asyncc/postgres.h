/* PostgreSQL, over libpq. See async_postgres(3).
 *
 * A connection belongs to the thread that made it, and to one task at a time: what a second one asks of it meanwhile
 * gives ASYNC_EBUSY. Tasks that work at once take a connection each from a pool. SQL, parameters and strings are used
 * until the await ends, and no longer.
 *
 * What the server refuses is an error by its SQLSTATE: ASYNC_EEXIST (unique violation), ASYNC_EAGAIN (serialization
 * failure, deadlock: try the transaction again), ASYNC_EINVAL (syntax, unknown names, bad values), ASYNC_ERANGE,
 * ASYNC_EACCES, ASYNC_EPERM (other constraints), ASYNC_EBUSY (a lock that is not waited for), ASYNC_ETIMEDOUT (the server's
 * own time-outs), ASYNC_EROFS, ASYNC_ENOSPC, ASYNC_EREMOTEIO (all others). ASYNC_ECONNRESET: the connection is lost.
 * async_postgres_error has the text, async_postgres_sqlstate the code.
 *
 * A task that is cancelled in a statement has the server cancel it and waits for that, five seconds at most.
 * ASYNC_ECANCELED means that it did not happen; where it was done before, it has its value. */
#ifndef ASYNCC_POSTGRES_H
#define ASYNCC_POSTGRES_H

#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/args.h>
#include <asyncc/bytes.h>

typedef struct async_postgres async_postgres;	   /* a connection */
typedef struct async_postgres_rows async_postgres_rows; /* what a statement gave */
typedef struct async_postgres_pool async_postgres_pool;

enum {
	ASYNC_POSTGRES_CONNECT_MS = 30000, /* for a connection, where `conninfo` has no connect_timeout */
	ASYNC_POSTGRES_CANCEL_MS = 5000,   /* for the end of a statement that is cancelled */
	ASYNC_POSTGRES_IDLE_MS = 600000,   /* a pool closes what was idle for so long */
	ASYNC_POSTGRES_PARAMS_MAX = 65535
};

/* --- Connections ------------------------------------------------------------------------------------- */

/* A connection as `conninfo` says, "host=/run/postgresql dbname=shop" or "postgresql://user@host/shop"; "": what the
 * environment says (PGHOST, ...). What libpq does for it (reading files, computing keys) runs on the pool of threads. The
 * caller closes it. async_postgres_error(NULL) has the text of a failure. ASYNC_EINVAL: `conninfo` can't be read; ASYNC_ECONNREFUSED,
 * ASYNC_EACCES (password), ASYNC_ENOENT (no such database), ASYNC_EMFILE (too many clients), ASYNC_ETIMEDOUT, ... */
async fn async_postgres_connect(const char *conninfo) -> result(async_postgres *);
/* Closes it without waiting; a transaction that is open is rolled back by the server. A statement that is on its way, a
 * stream that was not closed, must have ended, or the program is aborted. NULL is allowed. Any time, also outside of tasks. */
void async_postgres_close(async_postgres *c);
/* The text of the last error of a connection, "" where there was none; NULL: that of the thread's last
 * async_postgres_connect that failed. Valid until the next statement; the next connect. */
const char *async_postgres_error(const async_postgres *c);
/* The SQLSTATE of the last error, "23505"; "" where the server sent none. */
const char *async_postgres_sqlstate(const async_postgres *c);
/* Whether it can be used no more: the connection is lost. */
bool async_postgres_is_broken(const async_postgres *c);
/* Has notices of the server ("NOTICE: relation exists, skipping") given to fn(arg, text); NULL: to nobody, as at first. */
void async_postgres_on_notice(async_postgres *c, void (*fn)(void *arg, const char *text), void *arg);

/* --- Parameters -------------------------------------------------------------------------------------- */

/* The value of $1, $2, ... in a statement, made by one of these; of a text NULL is SQL's null, bytes are a bytea. */
typedef struct async__value async_postgres_param;
#define async_postgres_null() async__value_null()
#define async_postgres_text(text) async__value_text(text)
#define async_postgres_int(value) async__value_int(value)
#define async_postgres_unsigned(value) async__value_unsigned(value)
#define async_postgres_double(value) async__value_double(value)
#define async_postgres_bool(value) async__value_bool(value)
#define async_postgres_bytes(bytes, len) async__value_bytes(bytes, len)
/* A parameter by the type of `x`: a string, an integer, a double, a bool, or an async_postgres_param. */
#define async_postgres_value(x) ASYNC__VALUE(x)

/* The parameters of a statement, one to sixteen values: async_postgres_query(c, sql, async_postgres_args(id, "anna")); of
 * none, async_postgres_none. They stand for the last two arguments, an array and its length. */
#define async_postgres_args(...) ASYNC__ARGS(__VA_ARGS__)
#define async_postgres_none NULL, 0

/* --- Statements -------------------------------------------------------------------------------------- */

/* One or more statements without parameters, separated by semicolons; they are one transaction unless they say
 * otherwise. The number of rows that the last one selected or changed. */
async fn async_postgres_exec(async_postgres *c, const char *sql) -> int64_t;
/* One statement: all its rows, which the caller frees with async_postgres_free. */
async fn async_postgres_query(async_postgres *c, const char *sql, const async_postgres_param *params, size_t count)
	-> result(async_postgres_rows *);
/* The same, row by row: each value is one row, valid until the next one is asked for, and not to be freed. The connection
 * is busy until the stream ends. A stream that is left early has the rest cancelled. */
async fn async_postgres_stream(async_postgres *c, const char *sql, const async_postgres_param *params, size_t count)
	-> stream(async_postgres_rows *);
/* Has the server parse `sql` once under a name. When this was done for the connection before, with the same text, it is
 * done: call it wherever the statement is needed. ASYNC_EEXIST: the name has another text. */
async fn async_postgres_prepare(async_postgres *c, const char *name, const char *sql) -> int;
/* Runs a prepared statement, like async_postgres_query. */
async fn async_postgres_execute(async_postgres *c, const char *name, const async_postgres_param *params, size_t count)
	-> result(async_postgres_rows *);

/* --- Rows -------------------------------------------------------------------------------------------- */

/* NULL is allowed. */
void async_postgres_free(async_postgres_rows *rows);
/* How many rows; how many columns; how many rows an INSERT, UPDATE, DELETE changed or a SELECT gave. */
int async_postgres_count(const async_postgres_rows *rows);
int async_postgres_columns(const async_postgres_rows *rows);
int64_t async_postgres_affected(const async_postgres_rows *rows);
/* The number of the column with that name, from 0; ASYNC_ENOENT. */
int async_postgres_column(const async_postgres_rows *rows, const char *name);
/* The name of a column; "" where there is none. */
const char *async_postgres_column_name(const async_postgres_rows *rows, int column);
bool async_postgres_is_null(const async_postgres_rows *rows, int row, int column);

/* The value in a row and column, both from 0. Errors: ASYNC_ENOENT: it is null; ASYNC_EINVAL: it isn't of that type, or
 * there is no such row or column; ASYNC_ERANGE: it does not fit. */
result(int64_t) async_postgres_get_int(const async_postgres_rows *rows, int row, int column);
result(double) async_postgres_get_double(const async_postgres_rows *rows, int row, int column);
result(bool) async_postgres_get_bool(const async_postgres_rows *rows, int row, int column);
/* Any type, as PostgreSQL writes it; it lasts as long as `rows`. */
result(const char *) async_postgres_get_text(const async_postgres_rows *rows, int row, int column);
/* A bytea, which the caller frees with free(data). Also ASYNC_ENOMEM. */
result(async_bytes) async_postgres_get_bytes(const async_postgres_rows *rows, int row, int column);

/* --- Transactions ------------------------------------------------------------------------------------ */

/* A transaction, or, inside of one, a savepoint.
 *
 *	async_postgres_transaction t = async_postgres_begin(c).await?;
 *	defer async_postgres_rollback(&t).await;        // what was not committed
 *	...
 *	async_postgres_commit(&t).await?; */
typedef struct async_postgres_transaction {
	async_postgres *c;
	unsigned depth; /* 1: a transaction; more: a savepoint; 0: it has ended */
} async_postgres_transaction;

/* `sql` has room for 80 bytes. */
void async__postgres_rollback_begin(async_postgres_transaction *t, char *sql);
void async__postgres_rollback_end(async_postgres_transaction *t, int64_t rc);

async fn async_postgres_begin(async_postgres *c) -> result(async_postgres_transaction);
/* The same for "begin" with options, "begin isolation level serializable, read only"; not inside of one. */
async fn async_postgres_begin_with(async_postgres *c, const char *sql) -> result(async_postgres_transaction);
/* Ends it, and what was begun inside. ASYNC_EINVAL: it has ended before, or was rolled back now because a
 * statement in it had failed. Where the connection is lost meanwhile, nobody knows. */
async fn async_postgres_commit(async_postgres_transaction *t) -> int;
/* Ends it without effect; nothing to be done where it has ended. A connection on which that fails is broken. */
static inline async fn async_postgres_rollback(async_postgres_transaction *t)
{
	char sql[80];
	int64_t rc = 0;
	async__postgres_rollback_begin(t, sql);
	if (*sql)
		async shield (ASYNC_POSTGRES_CANCEL_MS) {
			rc = async_postgres_exec(t->c, sql).await;
		}
	async__postgres_rollback_end(t, rc);
}

/* --- Pools ------------------------------------------------------------------------------------------- */

bool async__postgres_put_begin(const async_postgres *c);
void async__postgres_put_end(async_postgres *c);

/* Up to `max` connections, `min` of which are opened at once and kept. The caller closes it. ASYNC_EINVAL: `max` is 0, or
 * less than `min`; else as async_postgres_connect. */
async fn async_postgres_pool_open(const char *conninfo, unsigned min, unsigned max) -> result(async_postgres_pool *);
/* Closes the connections that it has. All must have been given back, and nobody wait. NULL is allowed. */
void async_postgres_pool_close(async_postgres_pool *p);
/* A connection: one that is idle, or a new one; where all are in use, it waits for one, first come first served. One that
 * was lost meanwhile is replaced. It is given back with async_postgres_put. */
async fn async_postgres_get(async_postgres_pool *p) -> result(async_postgres *);
/* Gives it back. A transaction that is open is rolled back; a connection that is broken is closed. NULL is allowed. */
static inline async fn async_postgres_put(async_postgres *c)
{
	if (async__postgres_put_begin(c))
		async shield (ASYNC_POSTGRES_CANCEL_MS) {
			(void)async_postgres_exec(c, "rollback").await;
		}
	async__postgres_put_end(c);
}
/* Connections that are open, and those of them in use. */
unsigned async_postgres_pool_size(const async_postgres_pool *p);
unsigned async_postgres_pool_in_use(const async_postgres_pool *p);

/* --- COPY --------------------------------------------------------------------------------------------- */

/* Runs "copy t from stdin" with what `data` gives, in parts of any length: the number of rows. Where `data` ends with an
 * error, that is the value, and no row is kept. */
async fn async_postgres_copy_in(async_postgres *c, const char *sql, stream(async_bytes) data) -> int64_t;
/* Runs "copy t to stdout": a value is a row, with its line feed, and is valid until the next one is asked for. The
 * connection is busy until the stream ends. */
async fn async_postgres_copy_out(async_postgres *c, const char *sql) -> stream(async_bytes);

/* --- Notifications ------------------------------------------------------------------------------------- */

typedef struct async_postgres_notification {
	const char *channel, *payload; /* "" without one */
	int pid;		       /* the server's process that sent it */
} async_postgres_notification;

/* Listens on `channel` and gives what NOTIFY sends there; a value is valid until the next one is asked for. The connection
 * is busy until the stream is closed. It ends with ASYNC_ECONNRESET when the connection is lost. */
async fn async_postgres_listen(async_postgres *c, const char *channel) -> stream(async_postgres_notification);

#endif

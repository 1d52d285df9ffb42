/* SQLite. See async_sqlite(3).
 *
 * The work is done on the pool of threads of spawn_blocking(3), of each connection on one at a time. Any number of tasks of
 * the thread that made it may use a connection: their statements take turns, first come first served. While a task has a
 * transaction or a stream open, the others wait for its end; what the task itself asks for meanwhile is a part of it.
 *
 * Errors of SQLite: ASYNC_EEXIST (unique constraint), ASYNC_EPERM (other constraints), ASYNC_EBUSY (another connection has
 * locked it for longer than async_sqlite_set_busy_timeout says), ASYNC_EINVAL (SQL, names, values), ASYNC_EROFS,
 * ASYNC_EACCES, ASYNC_ENOENT (it can't be opened), ASYNC_EFTYPE (no database), ASYNC_EIO (corrupt as well), ASYNC_ENOSPC,
 * ASYNC_E2BIG, ASYNC_ENOMEM; async_sqlite_error has the text.
 *
 * A statement whose task is cancelled is interrupted: ASYNC_ECANCELED, and it has changed nothing; SQLite rolls the
 * transaction back that it was in. One that was done before has its value. */
#ifndef ASYNCC_SQLITE_H
#define ASYNCC_SQLITE_H

#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/args.h>

typedef struct async_sqlite async_sqlite;	    /* a connection to a database */
typedef struct async_sqlite_rows async_sqlite_rows; /* what a statement gave */

enum {
	ASYNC_SQLITE_BUSY_MS = 5000, /* for locks, where nothing else was said */
	ASYNC_SQLITE_KEPT = 32	     /* prepared statements that a connection keeps */
};

enum async_sqlite_flag {
	ASYNC_SQLITE_READONLY = 1, /* it changes nothing */
	ASYNC_SQLITE_EXISTING = 2, /* ASYNC_ENOENT where there is no such file, instead of an empty database */
	ASYNC_SQLITE_WAL = 4	   /* readers and one writer at a time: PRAGMA journal_mode = wal */
};

/* --- Connections ------------------------------------------------------------------------------------- */

void async__sqlite_close_begin(const async_sqlite *c);
int async__sqlite_close(async_sqlite *c);

/* A connection to the file `path`, or, for ":memory:", to a new database in memory. `flags` are bits of enum
 * async_sqlite_flag. Foreign keys are enforced. The caller closes it. */
async fn async_sqlite_open(const char *path, unsigned flags) -> result(async_sqlite *);
/* Closes it. A transaction that is open is rolled back. No task may use it, and no stream of it be open, or the
 * program is aborted. NULL is allowed. */
static inline async fn async_sqlite_close(async_sqlite *c)
{
	if (!c)
		return;
	async__sqlite_close_begin(c);
	if (spawn_blocking(async__sqlite_close(c)).await < 0)
		async__sqlite_close(c); /* no thread: here */
}
/* The text of the last error, "" where there was none. Valid until the next statement ends. */
const char *async_sqlite_error(const async_sqlite *c);
/* How long a statement waits for a lock of another connection, in milliseconds; 0: not at all. */
void async_sqlite_set_busy_timeout(async_sqlite *c, uint64_t ms);
/* The rowid of the last row that was inserted; 0: none. */
int64_t async_sqlite_last_id(const async_sqlite *c);

/* --- Parameters -------------------------------------------------------------------------------------- */

/* The value of ?, or of ?1, ?2, ..., in a statement, made by one of these; of a text NULL is SQL's null, bytes are a blob. */
typedef struct async__value async_sqlite_param;
#define async_sqlite_null() async__value_null()
#define async_sqlite_text(text) async__value_text(text)
#define async_sqlite_int(value) async__value_int(value)
#define async_sqlite_unsigned(value) async__value_unsigned(value)
#define async_sqlite_double(value) async__value_double(value)
#define async_sqlite_bool(value) async__value_bool(value)
#define async_sqlite_bytes(bytes, len) async__value_bytes(bytes, len)
/* A parameter by the type of `x`: a string, an integer, a double, a bool, or an async_sqlite_param. */
#define async_sqlite_value(x) ASYNC__VALUE(x)

/* The parameters of a statement, one to sixteen values: async_sqlite_query(c, sql, async_sqlite_args(id, "anna")); of
 * none, async_sqlite_none. They stand for the last two arguments, an array and its length. */
#define async_sqlite_args(...) ASYNC__ARGS(__VA_ARGS__)
#define async_sqlite_none NULL, 0

/* --- Statements -------------------------------------------------------------------------------------- */

/* One or more statements without parameters, separated by semicolons; their rows are dropped. The number of rows that they
 * changed. Where one fails, those before it are done, unless they are in a transaction. */
async fn async_sqlite_exec(async_sqlite *c, const char *sql) -> int64_t;
/* One statement: all its rows, which the caller frees with async_sqlite_free. The connection keeps the last 32 statements
 * prepared, by their text. */
async fn async_sqlite_query(async_sqlite *c, const char *sql, const async_sqlite_param *params, size_t count)
	-> result(async_sqlite_rows *);
/* The same, row by row: each value is one row, valid until the next one is asked for, and not to be freed. */
async fn async_sqlite_stream(async_sqlite *c, const char *sql, const async_sqlite_param *params, size_t count)
	-> stream(async_sqlite_rows *);

/* --- Rows -------------------------------------------------------------------------------------------- */

enum async_sqlite_type {
	ASYNC_SQLITE_NULL_TYPE,
	ASYNC_SQLITE_INT_TYPE,
	ASYNC_SQLITE_DOUBLE_TYPE,
	ASYNC_SQLITE_TEXT_TYPE,
	ASYNC_SQLITE_BYTES_TYPE
};

/* NULL is allowed. */
void async_sqlite_free(async_sqlite_rows *rows);
/* How many rows; how many columns; how many rows an INSERT, UPDATE or DELETE changed. */
int async_sqlite_count(const async_sqlite_rows *rows);
int async_sqlite_columns(const async_sqlite_rows *rows);
int64_t async_sqlite_affected(const async_sqlite_rows *rows);
/* The number of the column with that name, from 0; ASYNC_ENOENT. */
int async_sqlite_column(const async_sqlite_rows *rows, const char *name);
/* The name of a column; "" where there is none. */
const char *async_sqlite_column_name(const async_sqlite_rows *rows, int column);
/* What is in a row and column, both from 0; ASYNC_SQLITE_NULL_TYPE where there is none. */
enum async_sqlite_type async_sqlite_type(const async_sqlite_rows *rows, int row, int column);

/* The value in a row and column. Errors: ASYNC_ENOENT: it is null; ASYNC_EINVAL: it isn't of that type, or there is no such
 * row or column. Texts and bytes last as long as `rows`; both have a NUL behind them. */
result(int64_t) async_sqlite_get_int(const async_sqlite_rows *rows, int row, int column);
result(double) async_sqlite_get_double(const async_sqlite_rows *rows, int row, int column); /* of an integer as well */
result(bool) async_sqlite_get_bool(const async_sqlite_rows *rows, int row, int column);     /* an integer that isn't 0 */
result(const char *) async_sqlite_get_text(const async_sqlite_rows *rows, int row, int column);
result(const void *) async_sqlite_get_bytes(const async_sqlite_rows *rows, int row, int column); /* of a text as well */
/* The bytes of a text or blob; 0 of others. */
size_t async_sqlite_len(const async_sqlite_rows *rows, int row, int column);

/* --- Transactions ------------------------------------------------------------------------------------ */

/* A transaction, or, inside of one, a savepoint.
 *
 *	async_sqlite_transaction t = async_sqlite_begin(c).await?;
 *	defer async_sqlite_rollback(&t).await;        // what was not committed
 *	...
 *	async_sqlite_commit(&t).await?; */
typedef struct async_sqlite_transaction {
	async_sqlite *c;
	unsigned depth; /* 1: a transaction; more: a savepoint; 0: it has ended */
} async_sqlite_transaction;

void async__sqlite_rollback_begin(async_sqlite_transaction *t, char *sql); /* room for 80 bytes */
void async__sqlite_rollback_end(async_sqlite_transaction *t, int64_t rc);

/* Begins one that writes (BEGIN IMMEDIATE): it waits for other writers now, and not in its middle. The task has the
 * connection for itself until it has ended. */
async fn async_sqlite_begin(async_sqlite *c) -> result(async_sqlite_transaction);
/* Ends it, and what was begun inside. ASYNC_EINVAL: it has ended before. */
async fn async_sqlite_commit(async_sqlite_transaction *t) -> int;
/* Ends it without effect; nothing to be done where it has ended. */
static inline async fn async_sqlite_rollback(async_sqlite_transaction *t)
{
	char sql[80];
	int64_t rc = 0;
	async__sqlite_rollback_begin(t, sql);
	if (*sql)
		async shield {
			rc = async_sqlite_exec(t->c, sql).await;
		}
	async__sqlite_rollback_end(t, rc);
}

#endif

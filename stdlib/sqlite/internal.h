/* What the files of the SQLite part share.
 *
 *     task ── hold: its turn ──▶ run: a job ──▶ a thread of the pool: job.ac ──▶ rows
 *                                 └─ cancelled: `stop` is set, which SQLite asks for every 1000 steps
 *
 * The thread works on the connection's `db` and `kept`, and on its job; all else is the runtime's thread's. */
#ifndef ASYNCC_STDLIB_SQLITE_INTERNAL_H
#define ASYNCC_STDLIB_SQLITE_INTERNAL_H

#include <asyncc/sqlite.h>

#include <sqlite3.h>

#include <asyncc/lib_abi.h>
#include <asyncc/sync.h>

struct async_sqlite {
	sqlite3 *db;
	struct sqlite_kept *kept; /* prepared statements, the last used first */
	int stop;		  /* atomic: the job is not wanted any more */
	uint64_t busy_ms, busy_until;
	async_mutex turn; /* of a task: for a statement, a transaction, a stream */
	uint64_t owner;	  /* whose turn it is: async_self().id() */
	unsigned holds;	  /* how often it has it */
	async_mutex step; /* of its jobs, one at a time */
	unsigned depth;	  /* of transactions and savepoints */
	int64_t last_id;
	char error[200];
};

/* A value. */
struct sqlite_cell {
	enum async_sqlite_type type;
	union {
		int64_t integer;
		double real;
		struct {
			size_t at, len; /* in `bytes` */
		};
	};
};

struct async_sqlite_rows {
	int columns;
	int first, count; /* of the rows that are there */
	int64_t affected;
	struct sqlite_cell *cells; /* a row of the columns' names, then the rows */
	size_t cell_count, cell_size;
	char *bytes; /* of texts and blobs, each with a NUL */
	size_t byte_count, byte_size;
};

enum sqlite_task { SQLITE_OPEN_FILE, SQLITE_EXEC, SQLITE_QUERY, SQLITE_BATCH, SQLITE_END };

/* What a thread has to do. */
struct sqlite_job {
	async_sqlite *c;
	enum sqlite_task task;
	const char *sql; /* or the path */
	unsigned flags;	 /* of async_sqlite_open */
	const async_sqlite_param *params;
	size_t count;
	struct sqlite_kept *statement; /* of a stream, from batch to batch */
	async_sqlite_rows *rows;       /* appended to */
	bool is_over;		       /* the statement has no more rows */
	int64_t changed, last_id;
	char error[200];
};

/* Does it: 0 or an error. On any thread. */
int async__sqlite_job_run(struct sqlite_job *job);

/* --- kept.ac --- */

/* A prepared statement, from those that are kept or a new one: 0 and *out, or a SQLite code. */
int async__sqlite_kept_take(async_sqlite *c, const char *sql, struct sqlite_kept **out);
sqlite3_stmt *async__sqlite_kept_statement(struct sqlite_kept *k);
/* Gives it back. */
void async__sqlite_kept_put(async_sqlite *c, struct sqlite_kept *k);
void async__sqlite_kept_free(async_sqlite *c);

/* --- rows.ac --- */

/* Without rows; NULL: no memory. Any thread, and the following as well. */
async_sqlite_rows *async__sqlite_rows_new(sqlite3_stmt *s);
/* Appends the row that the statement stands at: 0 or ASYNC_ENOMEM. */
int async__sqlite_rows_add(async_sqlite_rows *rows, sqlite3_stmt *s);

/* --- statement.ac --- */

/* The task's turn, which it may have already; and its end. */
async fn async__sqlite_hold(async_sqlite *c) -> int;
void async__sqlite_release(async_sqlite *c);

#endif

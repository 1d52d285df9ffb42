/* What the files of the Redis part share.
 *
 *     command: words ──▶ c->out, and a slot at the end of c->first ... c->last
 *     some task writes:  c->out ──▶ the server                     (c->is_writing)
 *     some task reads:   the server ──▶ reader ──▶ the first slot   (c->is_reading)
 *
 * There is no task of the connection's own. Of those that wait for a reply, one writes what all have asked for and one
 * reads for all; who has his own reply, or is cancelled, leaves that to another. A slot whose owner was cancelled stays in
 * its place until its reply has come, lest another one gets that. */
#ifndef ASYNCC_STDLIB_REDIS_INTERNAL_H
#define ASYNCC_STDLIB_REDIS_INTERNAL_H

#include <asyncc/redis.h>

#include <hiredis/hiredis.h>

#include <asyncc/io.h>
#include <asyncc/lib_abi.h>
#include <asyncc/sync.h>

struct redis_address {
	char *text;		     /* of the parts; from async__alloc */
	const char *path;	     /* of a Unix socket; NULL: host and port */
	const char *host;
	const char *user, *password; /* NULL: none */
	const char *database;	     /* NULL: the first one */
	uint16_t port;
	bool is_secure; /* rediss:// */
};

struct redis_slot {
	struct redis_slot *next;
	async_redis_reply *reply;
	int err;
	bool is_done;
	bool is_left; /* nobody waits for it: who completes it frees it */
	async_event turn; /* it is done, or may write or read */
};

struct async_redis {
	struct redis_address address;
	struct async_redis_options options;
	async_io *io;	   /* NULL: not connected */
	bool is_ready;	   /* and logged in */
	unsigned generation; /* of the connection: a new one each time */
	redisReader *reader;
	redisReplyObjectFunctions functions; /* its own, with */
	__typeof__(((redisReplyObjectFunctions *)0)->createArray) create_array; /* in bounds */
	size_t reply_len; /* bytes of the reply that is coming */
	bool is_too_long;
	int lost; /* why the last connection was */
	struct redis_slot *first, *last; /* commands without a reply, in order */
	char *out;			 /* what is to be written: out_len bytes, of which out_done are gone */
	size_t out_len, out_size, out_done;
	bool is_held;			 /* the stream may hold back what it was given */
	bool is_writing, is_reading;
	async_mutex connecting;
	uint64_t retry_at; /* async_now: not earlier */
	uint64_t retry_ms;
	int refused; /* why the last attempt failed */
	unsigned users; /* tasks in a function of this connection */
	bool is_closed;
	char error[256];
};

/* --- address.ac --- */

/* 0, ASYNC_EINVAL or ASYNC_ENOMEM. */
int async__redis_address_parse(const char *url, struct redis_address *out);
int async__redis_address_copy(const struct redis_address *from, struct redis_address *out);

/* --- reply.ac --- */

/* The error for an error of the server: by its first word. */
int async__redis_error_of(const char *text);

/* --- words.ac --- */

/* Appends a command to c->out: 0, ASYNC_EINVAL, ASYNC_E2BIG or ASYNC_ENOMEM. */
int async__redis_words_add(async_redis *c, const async_redis_arg *args, size_t count);

/* --- reader.ac --- */

/* A reader for a new connection: 0 or ASYNC_ENOMEM. */
int async__redis_reader_new(async_redis *c);
/* Gives it bytes: 0; ASYNC_EMSGSIZE: the reply is longer than allowed; ASYNC_ENOMEM. */
int async__redis_reader_feed(async_redis *c, const char *bytes, size_t len);
/* The next reply: 0 and *reply, NULL where it isn't complete; ASYNC_EPROTO, ASYNC_EMSGSIZE or ASYNC_ENOMEM. */
int async__redis_reader_next(async_redis *c, void **reply);

/* --- connection.ac --- */

/* Not connected, with those options; NULL: no memory. */
async_redis *async__redis_new(const struct async_redis_options *o);
/* Releases it when it is closed and nobody uses it. */
void async__redis_release(async_redis *c);
/* Gives the connection up: what waits for a reply has `err`. */
void async__redis_lose(async_redis *c, int err, const char *why);
/* Connects if it isn't: 0 or an error. */
async fn async__redis_ready(async_redis *c) -> int;

/* --- command.ac --- */

/* Runs a command on a connection that may not be ready. */
async fn async__redis_run(async_redis *c, const async_redis_arg *args, size_t count) -> result(async_redis_reply *);
/* Waits until the server has sent something, and gives it to the reader. 0, also when the connection is lost; or the error
 * of the wait. */
async fn async__redis_feed(async_redis *c) -> int;
/* Writes c->out. 0, also when the connection is lost; or the error of a wait. */
async fn async__redis_write(async_redis *c) -> int;

#endif

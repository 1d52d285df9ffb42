/* Redis, in the protocol of hiredis. See async_redis(3).
 *
 * Any number of tasks share a connection: their commands go out together and their replies come back in that order, so
 * that nobody waits for the other's round trip. A connection belongs to the thread that made it.
 *
 * What the server refuses is an error: ASYNC_EINVAL (unknown command, wrong arguments, wrong type), ASYNC_EACCES,
 * ASYNC_EROFS, ASYNC_EAGAIN (it is busy or loading), ASYNC_ENOMEM (its memory is full), ASYNC_EREMOTEIO (all others);
 * async_redis_error has the text.
 *
 * When the connection is lost, the commands on their way give ASYNC_ECONNRESET: some may have been done. The next command
 * connects anew. While that fails, commands fail at once for 50, 100, ... 2000 ms (`retry_ms` at most) before
 * the next attempt. */
#ifndef ASYNCC_REDIS_H
#define ASYNCC_REDIS_H

#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/args.h>
#include <asyncc/io.h>

typedef struct async_redis async_redis;		    /* a connection */
typedef struct async_redis_reply async_redis_reply; /* the answer to a command */

enum {
	ASYNC_REDIS_CONNECT_MS = 10000, /* for a connection, with log-in, and */
	ASYNC_REDIS_RETRY_MS = 2000	/* the longest pause between two attempts, where the options say nothing */
};

/* --- Connections ------------------------------------------------------------------------------------- */

/* How it connects. What is 0 or NULL has the value in parentheses. */
struct async_redis_options {
	/* Makes the stream to the server (TCP; for rediss:// TLS over it), each time anew: when a connection was lost, and for
	 * async_redis_subscribe. */
	async fn (*open)(const char *host, uint16_t port, void *data) -> result(async_io *);
	void *data;	     /* for it; without it, for rediss://: an async_tls_context of <asyncc/tls.h>, which stays as long as the
			      * connection (the system's roots are trusted) */
	uint64_t connect_ms; /* for a connection, with log-in (10 s) */
	uint64_t retry_ms;   /* the longest pause between two attempts (2 s) */
	size_t max_reply; /* bytes of a reply, as it is sent: a longer one ends the connection, ASYNC_EMSGSIZE (512 MiB); so does an
			   * array of more than 4,194,304 elements */
};

/* A connection to "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]", the same with rediss:// (TLS), or "unix:PATH"; the port
 * is 6379. The caller closes it. ASYNC_EINVAL: `url` is none of these; ASYNC_EPROTONOSUPPORT: rediss:// where
 * the part tls isn't built;
 * ASYNC_ECONNREFUSED, ASYNC_EACCES, ASYNC_ETIMEDOUT, ... */
async fn async_redis_connect(const char *url) -> result(async_redis *);
/* The same with options, which are copied and may be NULL. */
async fn async_redis_connect_with(const char *url, const struct async_redis_options *options) -> result(async_redis *);
/* Closes it. Commands on their way give ASYNC_ECANCELED. NULL is allowed. Any time, also outside of tasks. */
void async_redis_close(async_redis *c);
/* The text of the last error that the server sent, or that lost the connection; "" where there was none. Valid until the
 * next one, which may come with any await. */
const char *async_redis_error(const async_redis *c);

/* --- Commands ---------------------------------------------------------------------------------------- */

/* A word of a command, made by one of these. */
typedef struct async__value async_redis_arg;
#define async_redis_text(text) async__value_text(text)
#define async_redis_int(value) async__value_int(value)
#define async_redis_unsigned(value) async__value_unsigned(value)
#define async_redis_double(value) async__value_double(value)
#define async_redis_bytes(bytes, len) async__value_bytes(bytes, len)
/* A word by the type of `x`: a string, an integer, a double, or an async_redis_arg. */
#define async_redis_value(x) ASYNC__VALUE(x)

/* The words of a command, one to sixteen: async_redis_command(c, async_redis_args("set", key, 5)). They stand for the last
 * two arguments, an array and its length. */
#define async_redis_args(...) ASYNC__ARGS(__VA_ARGS__)

/* Sends a command and waits for its reply, which the caller frees with async_redis_free. The words are used until it is
 * sent. Commands of several tasks go out together. A command that is cancelled before it is sent is not done
 * (ASYNC_ECANCELED); one that was sent may be done all the same, and its reply is dropped. Commands that change what the
 * connection is for (SUBSCRIBE, MONITOR) give ASYNC_ENOTSUP; MULTI and WATCH need a connection that nobody shares, and
 * commands that wait in the server (BLPOP) should have one: what comes behind them waits as well. */
async fn async_redis_command(async_redis *c, const async_redis_arg *args, size_t count) -> result(async_redis_reply *);

/* A command for async_redis_exec: async_redis_line("incr", key). */
typedef struct async_redis_words {
	const async_redis_arg *args;
	size_t count;
} async_redis_words;
#define async_redis_line(...) ((async_redis_words){async_redis_args(__VA_ARGS__)})

/* Runs `count` commands with nobody else's in between (MULTI ... EXEC): an array of their replies, errors among them. Where
 * the server refuses one before it begins, none is done: ASYNC_EINVAL. */
async fn async_redis_exec(async_redis *c, const async_redis_words *commands, size_t count) -> result(async_redis_reply *);

/* --- Replies ----------------------------------------------------------------------------------------- */

enum async_redis_kind {
	ASYNC_REDIS_NIL,
	ASYNC_REDIS_STATUS, /* "OK" */
	ASYNC_REDIS_NUMBER,
	ASYNC_REDIS_STRING,
	ASYNC_REDIS_ARRAY,
	ASYNC_REDIS_ERROR /* inside of an array */
};

/* NULL is allowed. */
void async_redis_free(async_redis_reply *r);
enum async_redis_kind async_redis_kind(const async_redis_reply *r);
/* The length of a string, a status or an error in bytes, of an array in elements; 0 of others. */
size_t async_redis_len(const async_redis_reply *r);
/* An element of an array, from 0, which lasts as long as `r`; NULL where there is none. All these functions take NULL as a
 * reply that is nil. */
const async_redis_reply *async_redis_at(const async_redis_reply *r, size_t i);
/* The number; also of a string that is one. ASYNC_ENOENT: it is nil; ASYNC_EINVAL: it is none; ASYNC_ERANGE. */
result(int64_t) async_redis_get_int(const async_redis_reply *r);
result(double) async_redis_get_double(const async_redis_reply *r);
/* The bytes of a string, a status or an error, and a NUL behind them; they last as long as `r`. ASYNC_ENOENT: it is nil;
 * ASYNC_EINVAL: it is another one. */
result(const char *) async_redis_get_text(const async_redis_reply *r);

/* --- Publish and subscribe ----------------------------------------------------------------------------- */

typedef struct async_redis_message {
	const char *channel, *data; /* NUL-terminated */
	size_t len;		    /* of the data */
} async_redis_message;

/* What is published on `channel`, or, where that has one of *, ? and [, on all channels that match. It has a connection of
 * its own, to the server of `c`. A message is valid until the next one is asked for. It ends with ASYNC_ECONNRESET when
 * the connection is lost. */
async fn async_redis_subscribe(async_redis *c, const char *channel) -> stream(async_redis_message);

#endif

/* Streams of bytes: what TLS, buffered readers, copying and protocols stand on, whatever carries the bytes. See
 * async_io(3).
 *
 * A kind of stream is a class: a few functions that try, and async ones that wait. A stream is an object that begins with
 * a pointer to its class. It belongs to one thread. One task may read while another writes.
 *
 * Everything returns errors as negative ints. What is cancelled has moved nothing, or gives the number of bytes that it
 * has moved. Buffers are used until the await ends, and no longer. */
#ifndef ASYNCC_IO_H
#define ASYNCC_IO_H

#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/net.h>

struct iovec; /* of <sys/uio.h> */

typedef struct async_io async_io;

/* What a kind of stream can do. Functions that may be missing are NULL. */
struct async_io_class {
	/* Reads or writes what can be at once: the number of bytes, at least one of `len`; reading, 0 at the end of the
	 * stream; ASYNC_EAGAIN where nothing can be, then the next try is after a wait; or an error, which the next try
	 * gives again. `len` isn't 0. */
	ptrdiff_t (*try_read)(async_io *io, void *buf, size_t len);
	ptrdiff_t (*try_write)(async_io *io, const void *buf, size_t len);
	/* The same of several parts, of which none is empty; may be missing. */
	ptrdiff_t (*try_readv)(async_io *io, const struct iovec *parts, size_t count);
	ptrdiff_t (*try_writev)(async_io *io, const struct iovec *parts, size_t count);
	/* Passes on what was written and is still held here: 0, ASYNC_EAGAIN, or an error. Missing: nothing is held. */
	int (*try_flush)(async_io *io);
	/* Wait until a try is worth it, an end or error included, whether or not one was made before; writing, also a flush. 0, ASYNC_ECANCELED, ASYNC_EBUSY
	 * where a task waits for the same already, or an error. */
	async fn (*wait_readable)(async_io *io) -> int;
	async fn (*wait_writable)(async_io *io) -> int;
	/* Ends the stream towards the peer, behind all that was written; reading goes on. 0 or an error. */
	async fn (*shutdown)(async_io *io) -> int;
	/* Closes and releases it, at once. Nobody waits then, or the wait gives ASYNC_ECANCELED. */
	void (*close)(async_io *io);
};

struct async_io {
	const struct async_io_class *class;
};

/* --- Reading and writing ---------------------------------------------------------------------- */

/* Reads what is there, at least one byte and at most `len`: the number of bytes; 0 at the end of the stream, and where `len`
 * is 0; or an error. */
static inline async fn async_io_read(async_io *io, void *buf, size_t len) -> ptrdiff_t
{
	for (;;) {
		int err = async_check_cancelled();
		ptrdiff_t n = err || !len ? err : io->class->try_read(io, buf, len);
		if (n != ASYNC_EAGAIN) {
			(void)async_cooperate().await; /* behind the work, not before it: somebody may close `io` meanwhile */
			return n;
		}
		io->class->wait_readable(io).await?;
	}
}

/* Tries to read into the parts: the number of bytes; 0 at the end, and where they have none; or an error. */
ptrdiff_t async__io_try_read_parts(async_io *io, const struct iovec *parts, size_t count);

/* Reads what is there into `count` parts, one filled behind the other, like async_io_read: the number of bytes. Uses the array
 * until the await ends. */
static inline async fn async_io_readv(async_io *io, const struct iovec *parts, size_t count) -> ptrdiff_t
{
	for (;;) {
		int err = async_check_cancelled();
		ptrdiff_t n = err ? err : async__io_try_read_parts(io, parts, count);
		if (n != ASYNC_EAGAIN) {
			(void)async_cooperate().await;
			return n;
		}
		io->class->wait_readable(io).await?;
	}
}

/* Reads all `len` bytes: `len`, or an error if it read none. Fewer than `len`, 0 included, when the end of the stream, an
 * error or a cancellation came before; it shows at the next operation. */
static inline async fn async_io_read_exact(async_io *io, void *buf, size_t len) -> ptrdiff_t
{
	size_t done = 0;
	while (done < len) {
		ptrdiff_t n = async_io_read(io, (char *)buf + done, len - done).await;
		if (n < 0 && !done)
			return n;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ptrdiff_t)done;
}

/* Has what was written passed on, to the system or the peer. 0 or an error. (Writing does it, too.) */
static inline async fn async_io_flush(async_io *io) -> int
{
	while (io->class->try_flush) {
		int err = async_check_cancelled();
		if (!err)
			err = io->class->try_flush(io);
		if (err != ASYNC_EAGAIN) {
			(void)async_cooperate().await;
			return err;
		}
		io->class->wait_writable(io).await?;
	}
	return 0;
}

/* The end of a write that has moved `done` bytes and may have met an error: has them passed on, else gives way. Its value. */
static inline async fn async__io_written(async_io *io, size_t done, int err) -> ptrdiff_t
{
	if (!err && io->class->try_flush) {
		err = async_io_flush(io).await;
		if (err && err != ASYNC_ECANCELED)
			return err; /* nobody knows what has arrived */
	} else {
		(void)async_cooperate().await;
	}
	return done ? (ptrdiff_t)done : err;
}

/* Writes all `len` bytes, and ends when the system, or the peer, has them: `len`, or an error if it wrote none. Fewer than
 * `len` when an error or a cancellation came between; it shows at the next operation. An error of a stream that holds
 * back what is written (TLS, files) is the value, however much it had taken. */
static inline async fn async_io_write(async_io *io, const void *buf, size_t len) -> ptrdiff_t
{
	size_t done = 0;
	int err = 0;
	while (done < len) {
		err = async_check_cancelled();
		if (err)
			break;
		ptrdiff_t n = io->class->try_write(io, (const char *)buf + done, len - done);
		if (n >= 0)
			done += (size_t)n;
		else
			err = n == ASYNC_EAGAIN ? io->class->wait_writable(io).await : (int)n;
		if (err)
			break;
	}
	return async__io_written(io, done, err).await;
}

/* Tries to write the parts without their first `done` bytes: the number of bytes; 0 where nothing is left. */
ptrdiff_t async__io_try_parts(async_io *io, const struct iovec *parts, size_t count, size_t done);

/* Writes `count` parts one behind the other, like async_io_write: the number of bytes. Uses the array until the await
 * ends. */
static inline async fn async_io_writev(async_io *io, const struct iovec *parts, size_t count) -> ptrdiff_t
{
	size_t done = 0;
	int err;
	for (;;) {
		err = async_check_cancelled();
		if (err)
			break;
		ptrdiff_t n = async__io_try_parts(io, parts, count, done);
		if (n == 0)
			break;
		if (n > 0)
			done += (size_t)n;
		else
			err = n == ASYNC_EAGAIN ? io->class->wait_writable(io).await : (int)n;
		if (err)
			break;
	}
	return async__io_written(io, done, err).await;
}

/* Ends the stream towards the peer, whose reads give 0 once they have had everything. Reading goes on. 0, ASYNC_ENOTSUP
 * where the stream can't be ended by halves, or another error. */
static inline async fn async_io_shutdown(async_io *io) -> int
{
	if (!io->class->shutdown)
		return ASYNC_ENOTSUP;
	return io->class->shutdown(io).await;
}

/* Closes the stream, and what it stands on, and releases it. Waits for nothing: what is held back is lost. Operations that
 * wait give ASYNC_ECANCELED. NULL is allowed. Also outside of tasks. */
static inline void async_io_close(async_io *io)
{
	if (io)
		io->class->close(io);
}

/* Copies until `from` ends: 0, or the first error of either. *copied, which may be NULL, counts the bytes that were
 * written as they are. Holds no memory while it waits for `from`; at most 32 KiB while it waits for `to`. Ends neither
 * stream. Who wants it to end earlier cancels it; the streams are not closed before it has ended. */
async fn async_io_copy(async_io *from, async_io *to, uint64_t *copied) -> int;
/* Copies both ways, ends each stream towards its peer when the other has ended, and gives 0 when both have; or the first
 * error. Closes neither. */
async fn async_io_relay(async_io *a, async_io *b) -> int;

/* --- Kinds of streams ------------------------------------------------------------------------- */

/* The stream of a TCP connection or a Unix socket. It lies in the connection: nothing is allocated, and to close it is to
 * close the connection. */
async_io *async_tcp_io(async_tcp *s);
typedef struct async_tcp async_unix;
static inline async_io *async_unix_io(async_unix *s)
{
	return async_tcp_io(s);
}

/* The stream of a descriptor: a pipe, a terminal, a socket, a device. Regular files are always ready, and block the thread
 * while the disk works. Whether the descriptor is non-blocking is left as it is, and either will do (others may share
 * it: standard input, for one). `owned`: it is closed with the stream; also when this fails. */
result(async_io *) async_fd_io(int fd, bool owned);
/* A pipe: what is written to ends[1] is read from ends[0]. The caller closes both. 0 or an error. */
int async_pipe(async_io *ends[2]);
/* Two streams in memory: what is written to one is read from the other, at most `capacity` bytes ahead (at least 1). Both
 * belong to this thread; the caller closes both. After a close the other end reads the rest, then the end; its writes give
 * ASYNC_EPIPE. For tests, and for protocols between tasks. 0 or ASYNC_ENOMEM. */
int async_io_pair(async_io *ends[2], size_t capacity);

/* --- Buffered reading ------------------------------------------------------------------------- */

/* Reads in blocks, gives out pieces. A reader that has given out everything holds no memory while it waits. */
struct async_reader {
	async_io *io;
	char *data;	   /* NULL: holds nothing */
	size_t start, end; /* what is there of data */
	size_t size;	   /* of data */
	size_t limit;	   /* that size is grown to */
};

enum {
	ASYNC_READER_LIMIT = 64 * 1024 /* where the program names none */
};

/* A reader of `io`, which stays the caller's. It holds at most `limit` bytes, the longest line that can be read; 0 stands
 * for ASYNC_READER_LIMIT. */
void async_reader_init(struct async_reader *r, async_io *io, size_t limit);
/* Releases what it holds. */
void async_reader_free(struct async_reader *r);
/* What is there, unread: async_reader_len bytes; they may be changed; until the reader's next operation. */
static inline char *async_reader_data(struct async_reader *r)
{
	return r->data + r->start;
}
static inline size_t async_reader_len(const struct async_reader *r)
{
	return r->end - r->start;
}
/* They have been read, or the first `n` of them. */
static inline void async_reader_consume(struct async_reader *r, size_t n)
{
	r->start += n;
}
/* Waits until `least` bytes are there, without reading them: the number of bytes that are; fewer at the end of the stream.
 * ASYNC_EMSGSIZE where that is more than the limit; or another error, then what is there stays. */
async fn async_reader_peek(struct async_reader *r, size_t least) -> ptrdiff_t;
/* As async_io_read and async_io_read_exact, with what is there first. */
async fn async_reader_read(struct async_reader *r, void *buf, size_t len) -> ptrdiff_t;
async fn async_reader_read_exact(struct async_reader *r, void *buf, size_t len) -> ptrdiff_t;
/* Reads up to and with the byte `delimiter`: *piece points to it until the reader's next operation; its length, or 0 at the
 * end of the stream. What stands behind the last delimiter is a piece, too. ASYNC_EMSGSIZE: there is no delimiter within
 * the limit; nothing was read. */
async fn async_reader_read_until(struct async_reader *r, char delimiter, char **piece) -> ptrdiff_t;
/* Reads a line: *line points to it, with a NUL in place of its "\n" or "\r\n", until the reader's next operation; its
 * length. ASYNC_EOF at the end of the stream; a last line needs no "\n". ASYNC_EMSGSIZE as above. */
async fn async_reader_read_line(struct async_reader *r, char **line) -> ptrdiff_t;
/* The lines, each valid until the next one. The reader must live as long. */
async fn async_reader_lines(struct async_reader *r) -> stream(char *);
/* The lines of a stream, with a reader of its own and the limit ASYNC_READER_LIMIT. */
async fn async_io_lines(async_io *io) -> stream(char *);

/* --- Buffered writing ------------------------------------------------------------------------- */

/* Gathers small pieces, writes blocks. */
struct async_writer {
	async_io *io;
	char *data; /* NULL: holds nothing */
	size_t len, size;
	size_t block; /* from so many bytes on it writes them */
	int err;      /* of a plain function */
};

enum {
	ASYNC_WRITER_BLOCK = 16 * 1024 /* where the program names none */
};

/* A writer to `io`, which stays the caller's. It writes when it holds `block` bytes; 0 stands for ASYNC_WRITER_BLOCK. */
void async_writer_init(struct async_writer *w, async_io *io, size_t block);
/* Releases what it holds; what was not flushed is lost. */
void async_writer_free(struct async_writer *w);
/* Appends bytes, or a text as printf makes it, and writes nothing: for short things between two flushes. 0; or
 * ASYNC_ENOMEM, which the next flush gives, too. */
int async_writer_put(struct async_writer *w, const void *data, size_t len);
int async_writer_printf(struct async_writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Appends bytes; writes, when a block is full. 0 or an error. */
async fn async_writer_write(struct async_writer *w, const void *data, size_t len) -> int;
/* Writes everything. 0 or an error; what was not written stays, and the next flush goes on with it. */
async fn async_writer_flush(struct async_writer *w) -> int;

#endif

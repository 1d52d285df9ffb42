/* Files. See asyncc-runtime(7).
 *
 * The system calls are made on a pool of threads, so that a slow disk stops the task that waits for it alone. A file
 * belongs to the thread that opened it; one operation on it at a time, a second one gives ASYNC_EBUSY. An operation
 * that is cancelled after it has begun goes on to its end, and gives its result. */
#ifndef ASYNCC_FILE_H
#define ASYNCC_FILE_H

#include "asyncc.h"
#include "asyncc/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

struct async__job; /* a system call in flight */
struct stat;       /* of <sys/stat.h> */

typedef struct async_file async_file;

#ifndef ASYNC_RESULT_async_file__ptr
#define ASYNC_RESULT_async_file__ptr
struct async_result_async_file__ptr {
	int err;
	async_file *value;
};
#endif

struct async_file_open__frame {
	struct async__frame base;
	struct async_result_async_file__ptr value;
	const char *path;
	int flags;
	unsigned mode;
	struct async__job *job;
};

struct async_file_read__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_file *f;
	void *buf;
	size_t len;
	struct async__job *job;
};

struct async_file_write__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_file *f;
	const void *buf;
	size_t len;
	struct async__job *job;
};

struct async_file_close__frame {
	struct async__frame base;
	int value;
	async_file *f;
	struct async__job *job;
};

struct async_file_load__frame {
	struct async__frame base;
	struct async_result_async_bytes value;
	const char *path;
	struct async__job *job;
};

struct async_file_stat__frame {
	struct async__frame base;
	int value;
	const char *path;
	struct stat *st;
	struct async__job *job;
};

#ifdef __ASYNCC_PARSE__

/* Opens `path` with the flags of open(2) and, for a file that is created, the permissions `mode`. The caller closes
 * it. */
[[asyncc::frame(struct async_file_open__frame)]]
async fn async_file_open(const char *path, int flags, unsigned mode) -> result(async_file *);
/* Reads at most `len` bytes at the file's position, which moves: the number of bytes; 0 at the end of the file; or
 * an error. */
[[asyncc::frame(struct async_file_read__frame)]]
async fn async_file_read(async_file *f, void *buf, size_t len) -> ptrdiff_t;
/* Writes all `len` bytes at the file's position, which moves: `len`, fewer when an error came between, or the error
 * if it wrote none. */
[[asyncc::frame(struct async_file_write__frame)]]
async fn async_file_write(async_file *f, const void *buf, size_t len) -> ptrdiff_t;
/* Closes and releases the file, also when the task is cancelled: 0 or an error, of which ASYNC_EBUSY alone means that
 * it is still open. NULL is allowed. */
[[asyncc::frame(struct async_file_close__frame)]]
async fn async_file_close(async_file *f) -> int;
/* Reads a whole file, of any kind, to its end. The caller frees the bytes. */
[[asyncc::frame(struct async_file_load__frame)]]
async fn async_file_load(const char *path) -> result(async_bytes);
/* What stat(2) says about `path`, links followed: 0 and *st, or an error. */
[[asyncc::frame(struct async_file_stat__frame)]]
async fn async_file_stat(const char *path, struct stat *st) -> int;

#else

async_future async_file_open(const char *path, int flags, unsigned mode);
struct async_result_async_file__ptr async_file_open__block_on(const char *path, int flags, unsigned mode);
async__poll_fn async_file_open__poll;
extern const struct async__fn async_file_open__fn;

async_future async_file_read(async_file *f, void *buf, size_t len);
ptrdiff_t async_file_read__block_on(async_file *f, void *buf, size_t len);
async__poll_fn async_file_read__poll;
extern const struct async__fn async_file_read__fn;

async_future async_file_write(async_file *f, const void *buf, size_t len);
ptrdiff_t async_file_write__block_on(async_file *f, const void *buf, size_t len);
async__poll_fn async_file_write__poll;
extern const struct async__fn async_file_write__fn;

async_future async_file_close(async_file *f);
int async_file_close__block_on(async_file *f);
async__poll_fn async_file_close__poll;
extern const struct async__fn async_file_close__fn;

async_future async_file_load(const char *path);
struct async_result_async_bytes async_file_load__block_on(const char *path);
async__poll_fn async_file_load__poll;
extern const struct async__fn async_file_load__fn;

async_future async_file_stat(const char *path, struct stat *st);
int async_file_stat__block_on(const char *path, struct stat *st);
async__poll_fn async_file_stat__poll;
extern const struct async__fn async_file_stat__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif

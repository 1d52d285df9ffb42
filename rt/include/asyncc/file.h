/* Files. See async_file(3), async_file_path(3), async_file_watch(3).
 *
 * The system calls are made on a pool of threads, so that a slow disk stops the task that waits for it alone. A file
 * belongs to the thread that opened it; one operation at its position at a time, a second one gives ASYNC_EBUSY; those
 * with an offset of their own, and those that have none, may run beside it. An operation that is cancelled after it has
 * begun goes on to its end, and gives its result. */
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

/* An entry of a directory. */
typedef struct async_file_entry {
	const char *name;   /* until the stream is asked for the next one */
	unsigned char type; /* DT_REG, DT_DIR, ... of <dirent.h>; DT_UNKNOWN where the file system does not say */
} async_file_entry;

enum async_file_change_kind {
	ASYNC_FILE_RENAMED = 1, /* it came, went, or changed its name */
	ASYNC_FILE_CHANGED = 2, /* its contents or attributes did */
	ASYNC_FILE_LOST = 4	/* more happened than was kept: look at all of it again. It has no name */
};

/* What happened to a watched file, or in a watched directory. */
typedef struct async_file_change {
	const char *name; /* of the entry, without the directory; until the next one is asked for. NULL: not known */
	unsigned kinds;	  /* bits of enum async_file_change_kind */
} async_file_change;

#ifndef ASYNC_RESULT_async_file_change
#define ASYNC_RESULT_async_file_change
struct async_result_async_file_change {
	int err;
	async_file_change value;
};
#endif

typedef struct async__watcher async_file_watcher;
typedef struct async_io async_io; /* of <asyncc/io.h> */

#ifndef ASYNC_RESULT_async_io__ptr
#define ASYNC_RESULT_async_io__ptr
struct async_result_async_io__ptr {
	int err;
	async_io *value;
};
#endif

#ifndef ASYNC_RESULT_async_file_watcher__ptr
#define ASYNC_RESULT_async_file_watcher__ptr
struct async_result_async_file_watcher__ptr {
	int err;
	async_file_watcher *value;
};
#endif

enum async_file_copy_flag {
	ASYNC_FILE_EXCLUSIVE = 1 /* ASYNC_EEXIST where the target exists */
};

/* Its descriptor, for fcntl(2) and the like; not to be closed. */
int async_file_fd(const async_file *f);
/* Moves the file's position as lseek(2) does: the new one, or an error. ASYNC_EBUSY while a read or write is running. */
int64_t async_file_seek(async_file *f, int64_t offset, int whence);
/* Ends the watching. A task must not be waiting. NULL is allowed. */
void async_file_watch_close(async_file_watcher *w);

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
	int stops; /* the job is asked to end */
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
/* Reads a whole file, of any kind, to its end. The caller frees the bytes. Cancelled, it ends soon, and has read nothing. */
[[asyncc::frame(struct async_file_load__frame)]]
async fn async_file_load(const char *path) -> result(async_bytes);
/* What stat(2) says about `path`, links followed: 0 and *st, or an error. */
[[asyncc::frame(struct async_file_stat__frame)]]
async fn async_file_stat(const char *path, struct stat *st) -> int;
/* The same of a symbolic link itself, and of an open file. */
async fn async_file_lstat(const char *path, struct stat *st) -> int;
async fn async_file_fstat(async_file *f, struct stat *st) -> int;

/* Reads at most `len` bytes from `offset` on; writes all of them there. The position does not move; several tasks may do
 * so at once. Values as those of async_file_read and async_file_write. */
async fn async_file_pread(async_file *f, void *buf, size_t len, int64_t offset) -> ptrdiff_t;
async fn async_file_pwrite(async_file *f, const void *buf, size_t len, int64_t offset) -> ptrdiff_t;
/* Returns when the disk has what was written; the second one leaves out times and the like. 0 or an error. */
async fn async_file_sync(async_file *f) -> int;
async fn async_file_datasync(async_file *f) -> int;
/* Makes the file `size` bytes long, with zeroes where it grows. 0 or an error. */
async fn async_file_truncate(async_file *f, int64_t size) -> int;

/* The file as a stream of bytes, which reads and writes at the file's position, at most 64 KiB ahead; to close it is to
 * close the file. */
result(async_io *) async_file_io(async_file *f);
/* The lines of a file, without "\n" or "\r\n", each valid until the next one; at most 64 KiB long (ASYNC_EMSGSIZE). */
async fn async_file_lines(const char *path) -> stream(char *);

/* The entries of a directory, without "." and "..", in the order of the file system. */
async fn async_file_list(const char *path) -> stream(async_file_entry);
/* As rename(2), unlink(2), rmdir(2), chmod(2), link(2), symlink(2), mkdir(2): 0 or an error. */
async fn async_file_rename(const char *from, const char *to) -> int;
async fn async_file_unlink(const char *path) -> int;
async fn async_file_rmdir(const char *path) -> int;
async fn async_file_chmod(const char *path, unsigned mode) -> int;
async fn async_file_link(const char *target, const char *path) -> int;
async fn async_file_symlink(const char *target, const char *path) -> int;
async fn async_file_mkdir(const char *path, unsigned mode) -> int;
/* The directory and all above it that are missing; that it exists is no error. 0 or an error. */
async fn async_file_mkdirs(const char *path, unsigned mode) -> int;
/* Removes `path`, and what lies below it; a symbolic link, not what it leads to. 0; or an error or a cancellation, which
 * end it where it is. */
async fn async_file_remove_tree(const char *path) -> int;
/* The absolute path without symbolic links; what a symbolic link holds. The caller frees it. */
async fn async_file_realpath(const char *path) -> result(char *);
async fn async_file_readlink(const char *path) -> result(char *);
/* Makes `to` a copy of the contents and permissions of the regular file `from`, with bits of enum async_file_copy_flag. 0
 * or an error, after which `to` may be a part of the copy. */
async fn async_file_copy(const char *from, const char *to, unsigned flags) -> int;
/* Gives the file `path` new contents at once: whoever opens it sees the old ones or the new ones, also when the system
 * fails meanwhile. (They are written to a new file beside it, which takes its name when the disk has them.) It gets the
 * permissions `mode`, unless it exists; then it keeps its own. 0 or an error, which leaves the old one. */
async fn async_file_store(const char *path, const void *data, size_t len, unsigned mode) -> int;
/* A new file for reading and writing, or a directory, for this user alone; the name's end in `path`, "XXXXXX", is replaced
 * by one that is free. The caller closes the file, and removes them. */
async fn async_file_temp(char *path) -> result(async_file *);
async fn async_file_temp_dir(char *path) -> int;

/* Watches a file, or the entries of a directory (those of directories in it are not), from now on. The caller closes
 * it. */
result(async_file_watcher *) async_file_watch_open(const char *path);
/* Waits for the next change. Of several tasks that wait each change reaches one. */
async fn async_file_watch_next(async_file_watcher *w) -> result(async_file_change);
/* The same as a stream, which watches from when it is asked for the first one. */
async fn async_file_watch(const char *path) -> stream(async_file_change);

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

/* Those of the part std. */
async_future async_file_lstat(const char *path, struct stat *st);
async_future async_file_fstat(async_file *f, struct stat *st);
async_future async_file_pread(async_file *f, void *buf, size_t len, int64_t offset);
async_future async_file_pwrite(async_file *f, const void *buf, size_t len, int64_t offset);
async_future async_file_sync(async_file *f);
async_future async_file_datasync(async_file *f);
async_future async_file_truncate(async_file *f, int64_t size);
struct async_result_async_io__ptr async_file_io(async_file *f);
async_stream async_file_lines(const char *path);
async_stream async_file_list(const char *path);
async_future async_file_rename(const char *from, const char *to);
async_future async_file_unlink(const char *path);
async_future async_file_rmdir(const char *path);
async_future async_file_chmod(const char *path, unsigned mode);
async_future async_file_link(const char *target, const char *path);
async_future async_file_symlink(const char *target, const char *path);
async_future async_file_mkdir(const char *path, unsigned mode);
async_future async_file_mkdirs(const char *path, unsigned mode);
async_future async_file_remove_tree(const char *path);
async_future async_file_realpath(const char *path);
async_future async_file_readlink(const char *path);
async_future async_file_copy(const char *from, const char *to, unsigned flags);
async_future async_file_store(const char *path, const void *data, size_t len, unsigned mode);
async_future async_file_temp(char *path);
async_future async_file_temp_dir(char *path);
struct async_result_async_file_watcher__ptr async_file_watch_open(const char *path);
async_future async_file_watch_next(async_file_watcher *w);
async_stream async_file_watch(const char *path);

#endif

#ifdef __cplusplus
}
#endif

#endif

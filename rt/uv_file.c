/* Files by jobs: the functions of <asyncc/file.h>. */
#include "asyncc/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asyncc/os_abi.h"
#include "rt/op.h"
#include "rt/uv_handle.h"


/* read(2) and write(2) move at most this much at once on Linux; more is an error elsewhere. */
static size_t transfer_size(size_t len)
{
	return len < INT_MAX ? len : INT_MAX;
}

static ssize_t read_some(int fd, void *buf, size_t len)
{
	ssize_t n;
	do
		n = read(fd, buf, transfer_size(len));
	while (n < 0 && errno == EINTR);
	return n < 0 ? async__last_error() : n;
}

static int descriptor_close(int fd)
{
	return close(fd) && errno != EINTR && errno != EINPROGRESS ? async__last_error() : 0; /* those two have closed it */
}

async_file *async__file_new(int fd)
{
	async_file *file = async__alloc(sizeof *file);
	if (file)
		*file = (async_file){.fd = fd};
	return file;
}

/* --- open ------------------------------------------------------------------------------------- */

static void open_fail(struct async__frame *f, int err)
{
	((struct async_file_open__frame *)f)->value = (struct async_result_async_file__ptr){.err = err};
}

static void open_run(struct async__frame *self)
{
	struct async_file_open__frame *f = (struct async_file_open__frame *)self;
	int fd;
	do
		fd = open(f->path, f->flags | O_CLOEXEC, f->mode);
	while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		open_fail(self, async__last_error());
		return;
	}
	async_file *file = async__file_new(fd);
	if (!file) {
		close(fd);
		open_fail(self, ASYNC_ENOMEM);
		return;
	}
	f->value = (struct async_result_async_file__ptr){.value = file};
}

static void open_cancelled(struct async__frame *f)
{
	open_fail(f, ASYNC_ECANCELED);
}

static void open_undo(struct async__context *cx, struct async__frame *self)
{
	async_file *file = ((struct async_file_open__frame *)self)->value.value;
	if (!async__gives_back(cx, open_undo))
		return;
	if (file)
		descriptor_close(file->fd);
	async__free(file);
}

static void open_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__job_cancel(((struct async_file_open__frame *)leaf)->job);
}

enum async__poll async_file_open__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	static const struct async__job_op op = {open_run, open_cancelled, NULL, open_undo};
	struct async_file_open__frame *f = (struct async_file_open__frame *)self;
	if (async__is_cancelled(cx)) {
		open_fail(self, ASYNC_ECANCELED);
		return async__yield(cx);
	}
	f->job = async__job_start(cx, self, &op);
	if (f->job)
		return async__op_wait(cx, open_interrupt);
	open_fail(self, ASYNC_ENOMEM);
	return async__op_done(cx);
}

OP_DESCRIPTOR(async_file_open, "asyncc/file.h");

async_future async_file_open(const char *path, int flags, unsigned mode)
{
	return async__op_box(&async_file_open__fn,
			     &(struct async_file_open__frame){.path = path, .flags = flags, .mode = mode});
}

struct async_result_async_file__ptr async_file_open__block_on(const char *path, int flags, unsigned mode)
{
	struct async_file_open__frame f = {.path = path, .flags = flags, .mode = mode};
	int err = async__op_block_on(&async_file_open__fn, &f.base);
	if (err)
		open_fail(&f.base, err);
	return f.value;
}

/* --- read and write --------------------------------------------------------------------------- */

static enum async__poll transfer_start(struct async__frame *self, struct async__context *cx, async_file *file,
				       ptrdiff_t *value, struct async__job **job, const struct async__job_op *op,
				       void (*interrupt)(struct async__context *, struct async__frame *))
{
	if (async__is_cancelled(cx)) {
		*value = ASYNC_ECANCELED;
		return async__yield(cx);
	}
	*value = ASYNC_EBUSY;
	if (file->busy)
		return async__op_done(cx);
	*value = ASYNC_ENOMEM;
	*job = async__job_start(cx, self, op);
	if (!*job)
		return async__op_done(cx);
	file->busy = true;
	return async__op_wait(cx, interrupt);
}

static void read_run(struct async__frame *self)
{
	struct async_file_read__frame *f = (struct async_file_read__frame *)self;
	f->value = read_some(f->f->fd, f->buf, f->len);
}

static void read_cancelled(struct async__frame *self)
{
	((struct async_file_read__frame *)self)->value = ASYNC_ECANCELED;
}

static void read_ended(struct async__frame *self)
{
	((struct async_file_read__frame *)self)->f->busy = false;
}

static void read_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__job_cancel(((struct async_file_read__frame *)leaf)->job);
}

enum async__poll async_file_read__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	static const struct async__job_op op = {read_run, read_cancelled, read_ended, NULL};
	struct async_file_read__frame *f = (struct async_file_read__frame *)self;
	return transfer_start(self, cx, f->f, &f->value, &f->job, &op, read_interrupt);
}

static void write_run(struct async__frame *self)
{
	struct async_file_write__frame *f = (struct async_file_write__frame *)self;
	size_t done = 0;
	int err = 0;
	while (done < f->len && !err) {
		ssize_t n = write(f->f->fd, (const char *)f->buf + done, transfer_size(f->len - done));
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			err = async__last_error();
	}
	f->value = done ? (ptrdiff_t)done : err;
}

static void write_cancelled(struct async__frame *self)
{
	((struct async_file_write__frame *)self)->value = ASYNC_ECANCELED;
}

static void write_ended(struct async__frame *self)
{
	((struct async_file_write__frame *)self)->f->busy = false;
}

static void write_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__job_cancel(((struct async_file_write__frame *)leaf)->job);
}

enum async__poll async_file_write__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	static const struct async__job_op op = {write_run, write_cancelled, write_ended, NULL};
	struct async_file_write__frame *f = (struct async_file_write__frame *)self;
	return transfer_start(self, cx, f->f, &f->value, &f->job, &op, write_interrupt);
}

OP_DESCRIPTOR(async_file_read, "asyncc/file.h");
OP_DESCRIPTOR(async_file_write, "asyncc/file.h");

async_future async_file_read(async_file *file, void *buf, size_t len)
{
	return async__op_box(&async_file_read__fn, &(struct async_file_read__frame){.f = file, .buf = buf, .len = len});
}

ptrdiff_t async_file_read__block_on(async_file *file, void *buf, size_t len)
{
	struct async_file_read__frame f = {.f = file, .buf = buf, .len = len};
	int err = async__op_block_on(&async_file_read__fn, &f.base);
	return err ? err : f.value;
}

async_future async_file_write(async_file *file, const void *buf, size_t len)
{
	return async__op_box(&async_file_write__fn,
			     &(struct async_file_write__frame){.f = file, .buf = buf, .len = len});
}

ptrdiff_t async_file_write__block_on(async_file *file, const void *buf, size_t len)
{
	struct async_file_write__frame f = {.f = file, .buf = buf, .len = len};
	int err = async__op_block_on(&async_file_write__fn, &f.base);
	return err ? err : f.value;
}

/* --- close: happens in every case, if need be on the runtime's own thread --------------------- */

static void close_run(struct async__frame *self)
{
	struct async_file_close__frame *f = (struct async_file_close__frame *)self;
	f->value = descriptor_close(f->f->fd);
	async__free(f->f);
}

enum async__poll async_file_close__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	static const struct async__job_op op = {close_run, close_run, NULL, NULL};
	struct async_file_close__frame *f = (struct async_file_close__frame *)self;
	f->value = 0;
	if (!f->f)
		return async__op_done(cx);
	if (f->f->busy || f->f->positional) {
		f->value = ASYNC_EBUSY;
		return async__op_done(cx);
	}
	f->job = async__job_start(cx, self, &op);
	if (f->job)
		return async__op_wait(cx, NULL);
	close_run(self);
	return async__op_done(cx);
}

INTEGER_OPERATION(async_file_close, "asyncc/file.h", int, (async_file *file), .f = file)

/* --- load: a whole file in one job ------------------------------------------------------------ */

enum {
	LOAD_STEP = 16 << 20, /* bytes, and */
	LOAD_WAIT_MS = 50     /* of waiting for a pipe, after which a cancellation is seen */
};

static void load_fail(struct async__frame *f, int err)
{
	((struct async_file_load__frame *)f)->value = (struct async_result_async_bytes){.err = err};
}

/* The first size to read with: one byte more than the file says that it has shows its end without a second buffer. */
static size_t load_capacity(const struct stat *st)
{
	bool sized = S_ISREG(st->st_mode) && st->st_size > 0 && (uintmax_t)st->st_size < PTRDIFF_MAX / 2;
	return sized ? (size_t)st->st_size + 2 : 4096;
}

/* As read_some; or ASYNC_ECANCELED. What `waits` was opened without blocking, which it does here: a pipe without a writer would seem to
 * be at its end. */
static ssize_t load_some(const struct async_file_load__frame *f, int fd, bool waits, void *buf, size_t len)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		if (__atomic_load_n(&f->stops, __ATOMIC_RELAXED))
			return ASYNC_ECANCELED;
		if (waits && poll(&p, 1, LOAD_WAIT_MS) == 0)
			continue;
		ssize_t n = read_some(fd, buf, len < LOAD_STEP ? len : LOAD_STEP);
		if (n != ASYNC_EAGAIN)
			return n;
	}
}

/* Reads `fd` to its end into *bytes: 0, or an error, when nothing is left allocated. */
static int load_descriptor(const struct async_file_load__frame *f, int fd, async_bytes *bytes)
{
	struct stat st;
	if (fstat(fd, &st))
		return async__last_error();
	bool waits = !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
	size_t capacity = load_capacity(&st), len = 0;
	char *data = async__malloc(capacity);
	if (!data)
		return ASYNC_ENOMEM;
	for (;;) {
		ssize_t n = load_some(f, fd, waits, data + len, capacity - len - 1);
		if (n <= 0) {
			if (n < 0) {
				free(data);
				return (int)n;
			}
			data[len] = '\0';
			*bytes = (async_bytes){data, len};
			return 0;
		}
		len += (size_t)n;
		if (len < capacity - 1)
			continue;
		char *larger = capacity <= PTRDIFF_MAX / 2 ? realloc(data, capacity * 2) : NULL;
		if (!larger) {
			free(data);
			return ASYNC_ENOMEM;
		}
		data = larger;
		capacity *= 2;
	}
}

static void load_run(struct async__frame *self)
{
	struct async_file_load__frame *f = (struct async_file_load__frame *)self;
	int fd;
	do
		fd = open(f->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		load_fail(self, async__last_error());
		return;
	}
	load_fail(self, 0);
	f->value.err = load_descriptor(f, fd, &f->value.value);
	close(fd);
}

static void load_cancelled(struct async__frame *f)
{
	load_fail(f, ASYNC_ECANCELED);
}

static void load_undo(struct async__context *cx, struct async__frame *self)
{
	if (async__gives_back(cx, load_undo))
		free(((struct async_file_load__frame *)self)->value.value.data);
}

static void load_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async_file_load__frame *f = (struct async_file_load__frame *)leaf;
	__atomic_store_n(&f->stops, 1, __ATOMIC_RELAXED);
	async__job_cancel(f->job);
}

enum async__poll async_file_load__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	static const struct async__job_op op = {load_run, load_cancelled, NULL, load_undo};
	struct async_file_load__frame *f = (struct async_file_load__frame *)self;
	if (async__is_cancelled(cx)) {
		load_fail(self, ASYNC_ECANCELED);
		return async__yield(cx);
	}
	f->stops = 0;
	f->job = async__job_start(cx, self, &op);
	if (f->job)
		return async__op_wait(cx, load_interrupt);
	load_fail(self, ASYNC_ENOMEM);
	return async__op_done(cx);
}

RESULT_OPERATION(async_file_load, "asyncc/file.h", load_fail, struct async_result_async_bytes, (const char *path),
		 .path = path)

/* --- stat ------------------------------------------------------------------------------------- */

static void stat_run(struct async__frame *self)
{
	struct async_file_stat__frame *f = (struct async_file_stat__frame *)self;
	f->value = stat(f->path, f->st) ? async__last_error() : 0;
}

static void stat_cancelled(struct async__frame *self)
{
	((struct async_file_stat__frame *)self)->value = ASYNC_ECANCELED;
}

static void stat_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	async__job_cancel(((struct async_file_stat__frame *)leaf)->job);
}

enum async__poll async_file_stat__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	static const struct async__job_op op = {stat_run, stat_cancelled, NULL, NULL};
	struct async_file_stat__frame *f = (struct async_file_stat__frame *)self;
	if (async__is_cancelled(cx)) {
		f->value = ASYNC_ECANCELED;
		return async__yield(cx);
	}
	f->job = async__job_start(cx, self, &op);
	if (f->job)
		return async__op_wait(cx, stat_interrupt);
	f->value = ASYNC_ENOMEM;
	return async__op_done(cx);
}

INTEGER_OPERATION(async_file_stat, "asyncc/file.h", int, (const char *path, struct stat *st), .path = path, .st = st)

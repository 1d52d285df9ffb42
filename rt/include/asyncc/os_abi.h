/* What the library's parts that are written in the dialect (stdlib/) need of the operating system and libuv: leaf operations and
 * plain functions on which files, names, processes and signals are made. Not for programs.
 *
 * What libuv calls back for sets an async_event of <asyncc/sync.h> in an object; the part waits for that. An object counts
 * as something that the loop can complete while it is open. All of it belongs to the thread that made it. */
#ifndef ASYNCC_OS_ABI_H
#define ASYNCC_OS_ABI_H

#include "asyncc.h"
#include "asyncc/sync.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Calls on the pool of threads of files ------------------------------------------------------- */

struct async__job; /* a call in flight */

struct async__job_run__frame {
	struct async__frame base;
	ptrdiff_t value;
	ptrdiff_t (*run)(void *arg);
	void *arg;
	struct async__job *job;
};

#ifdef __ASYNCC_PARSE__

/* Runs run(arg) on libuv's pool: its value; ASYNC_ECANCELED when it was cancelled before it began; ASYNC_ENOMEM. */
[[asyncc::frame(struct async__job_run__frame)]]
async fn async__job_run(ptrdiff_t (*run)(void *arg), void *arg) -> ptrdiff_t;

#else

async_future async__job_run(ptrdiff_t (*run)(void *arg), void *arg);
ptrdiff_t async__job_run__block_on(ptrdiff_t (*run)(void *arg), void *arg);
async__poll_fn async__job_run__poll;
extern const struct async__fn async__job_run__fn;

#endif

/* errno after a system call that failed, as an error. */
int async__last_error(void);

/* --- Files: what async_file is -------------------------------------------------------------------- */

struct async_file {
	int fd;
	bool busy;	      /* an operation at the file's position is in flight */
	unsigned positional; /* so many of the others are */
};

/* A file that owns `fd`; NULL: no memory. Freed by async_file_close. */
struct async_file *async__file_new(int fd);

/* --- Names ---------------------------------------------------------------------------------------- */

struct async__dns {
	async_event done;
	void (*told)(struct async__dns *q); /* called in place of setting `done` when the answer comes later; may free it */
	void *data;			    /* for it */
	int err;			    /* 0 or ASYNC_EAI_... */
	struct addrinfo *addresses;	    /* as of getaddrinfo(3) */
	const char *host;		    /* as of getnameinfo(3) */
	/* The resolver's. */
	void (*addresses_free)(struct addrinfo *list);
	void *resolver_data;
	bool is_left; /* nobody waits for it */
};

/* A request under way, or answered already: `family` is AF_UNSPEC, AF_INET or AF_INET6; or the name of a numeric address. NULL
 * and *err. */
struct async__dns *async__dns_lookup(const char *name, int family, int *err);
struct async__dns *async__dns_reverse(const char *address, int *err);
/* Gives it back, with its results; one that is still under way is cancelled, or its result dropped when it comes. */
void async__dns_free(struct async__dns *q);

struct sockaddr;

/* Who answers in place of libuv. Each question that it has begun with (0) is answered once, by async__dns_answer, at once or
 * later, also one that is left. ASYNC_ENOTSUP: libuv has to be asked; or another error. */
struct async__resolver {
	int (*lookup)(struct async__dns *q, const char *name, int family);
	int (*reverse)(struct async__dns *q, const struct sockaddr *address);
	void (*left)(struct async__dns *q);
};
/* While no question is under way; NULL: libuv. */
void async__resolver_set(const struct async__resolver *r);
/* q->addresses and q->addresses_free have been set; or `host`, which is copied; or neither, with an error. */
void async__dns_answer(struct async__dns *q, int err, const char *host);

/* --- Signals -------------------------------------------------------------------------------------- */

struct async__signals {
	async_event arrived; /* set while `pending` is not 0 */
	uint64_t pending;    /* bit n - 1: signal n came */
};

/* Subscribes to the signals of `mask`; NULL and *err. */
struct async__signals *async__signals_open(uint64_t mask, int *err);
void async__signals_close(struct async__signals *s);

/* --- Changes of files ----------------------------------------------------------------------------- */

enum {
	ASYNC__CHANGES_MOST = 4096 /* bytes of the names of changes that nobody asked for yet: more are dropped */
};

struct async__watcher {
	async_event arrived; /* set while there is something to take */
	int err;	     /* that ended it */
	bool lost;	     /* changes were dropped */
	size_t used;	     /* bytes of `queue`: of each change a byte with its kinds, the name, a NUL */
	size_t newest;	     /* where the last of them begins; `used`: nowhere */
	char name[256];	     /* of the one that was taken last */
	char queue[ASYNC__CHANGES_MOST];
};

struct async__watcher *async__watcher_open(const char *path, int *err);

/* --- Processes ------------------------------------------------------------------------------------ */

struct async__child {
	async_event ended;
	int pid;
	int signalled;	  /* whom its signals are for, as kill(2) has it: pid, or -pid, the group that it leads */
	int code, signal; /* when it has ended */
};

struct async__child_options {
	const char *const *args, *const *env;
	const char *cwd, *file;
	int fds[3];
	bool detached;
	unsigned uid, gid; /* 0: this process's */
};

struct async__child *async__child_spawn(const struct async__child_options *o, int *err);
/* Ends the interest in it. One that runs is killed first where `kills`; it is reaped in both cases. */
void async__child_free(struct async__child *c, bool kills);

#ifdef __cplusplus
}
#endif

#endif

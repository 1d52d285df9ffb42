/* asyncc: what every program in the dialect may use. See asyncc-dialect(7) for the language, asyncc-runtime(7) for
 * these functions.
 *
 * The header serves two readers. asyncc reads the dialect prototypes (__ASYNCC_PARSE__ is defined); the C compiler
 * reads what they are lowered to, which plain C11 and C++17 may include as well. It declares `async_...` names and
 * `future_drop` alone, and includes nothing but <stddef.h>, <stdint.h> and <stdbool.h>.
 *
 * Errors are negative ints. An operation of the library is an async function whose frame is visible: awaiting it
 * allocates nothing. Unless it says otherwise, it gives ASYNC_ECANCELED when the task that awaits it is cancelled,
 * which means that it did not happen. */
#ifndef ASYNCC_H
#define ASYNCC_H

#if defined __STRICT_ANSI__ && !defined __cplusplus && (!defined __STDC_VERSION__ || __STDC_VERSION__ < 199901L)
#error "<asyncc.h> is no C90: compile with -std=gnu89, -std=c99 or later"
#endif

#ifndef ASYNC__BARE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#include "asyncc/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Errors: libuv's numbers, which are -errno where errno knows the error. */
enum async_error {
	ASYNC_E2BIG = -7, ASYNC_EACCES = -13, ASYNC_EADDRINUSE = -98, ASYNC_EADDRNOTAVAIL = -99,
	ASYNC_EAFNOSUPPORT = -97, ASYNC_EAGAIN = -11, ASYNC_EAI_ADDRFAMILY = -3000, ASYNC_EAI_AGAIN = -3001,
	ASYNC_EAI_BADFLAGS = -3002, ASYNC_EAI_BADHINTS = -3013, ASYNC_EAI_CANCELED = -3003, ASYNC_EAI_FAIL = -3004,
	ASYNC_EAI_FAMILY = -3005, ASYNC_EAI_MEMORY = -3006, ASYNC_EAI_NODATA = -3007, ASYNC_EAI_NONAME = -3008,
	ASYNC_EAI_OVERFLOW = -3009, ASYNC_EAI_PROTOCOL = -3014, ASYNC_EAI_SERVICE = -3010,
	ASYNC_EAI_SOCKTYPE = -3011, ASYNC_EALREADY = -114, ASYNC_EBADF = -9, ASYNC_EBUSY = -16,
	ASYNC_ECANCELED = -125, ASYNC_ECHARSET = -4080, ASYNC_ECONNABORTED = -103, ASYNC_ECONNREFUSED = -111,
	ASYNC_ECONNRESET = -104, ASYNC_EDESTADDRREQ = -89, ASYNC_EEXIST = -17, ASYNC_EFAULT = -14, ASYNC_EFBIG = -27,
	ASYNC_EFTYPE = -4028, ASYNC_EHOSTDOWN = -112, ASYNC_EHOSTUNREACH = -113, ASYNC_EILSEQ = -84,
	ASYNC_EINTR = -4, ASYNC_EINVAL = -22, ASYNC_EIO = -5, ASYNC_EISCONN = -106, ASYNC_EISDIR = -21,
	ASYNC_ELOOP = -40, ASYNC_EMFILE = -24, ASYNC_EMLINK = -31, ASYNC_EMSGSIZE = -90, ASYNC_ENAMETOOLONG = -36,
	ASYNC_ENETDOWN = -100, ASYNC_ENETUNREACH = -101, ASYNC_ENFILE = -23, ASYNC_ENOBUFS = -105,
	ASYNC_ENODEV = -19, ASYNC_ENOENT = -2, ASYNC_ENOMEM = -12, ASYNC_ENONET = -64, ASYNC_ENOPROTOOPT = -92,
	ASYNC_ENOSPC = -28, ASYNC_ENOSYS = -38, ASYNC_ENOTCONN = -107, ASYNC_ENOTDIR = -20, ASYNC_ENOTEMPTY = -39,
	ASYNC_ENOTSOCK = -88, ASYNC_ENOTSUP = -95, ASYNC_ENOTTY = -25, ASYNC_ENXIO = -6, ASYNC_EOF = -4095,
	ASYNC_EOVERFLOW = -75, ASYNC_EPERM = -1, ASYNC_EPIPE = -32, ASYNC_EPROTO = -71, ASYNC_EPROTONOSUPPORT = -93,
	ASYNC_EPROTOTYPE = -91, ASYNC_ERANGE = -34, ASYNC_EREMOTEIO = -121, ASYNC_EROFS = -30,
	ASYNC_ESHUTDOWN = -108, ASYNC_ESOCKTNOSUPPORT = -94, ASYNC_ESPIPE = -29, ASYNC_ESRCH = -3,
	ASYNC_ETIMEDOUT = -110, ASYNC_ETXTBSY = -26, ASYNC_EXDEV = -18, ASYNC_UNKNOWN = -4094
};

/* The text of an error, "end of file"; "success" for 0; "unknown error" for what is none. A constant string. Any thread. */
const char *async_strerror(int err);
/* The name of an error without its prefix, "EOF"; "OK" for 0; "UNKNOWN" for what is none. A constant string. Any thread. */
const char *async_err_name(int err);

/* Nanoseconds of the monotonic clock; only differences mean something. Any thread. */
uint64_t async_now(void);

/* --- Giving way and sleeping ------------------------------------------------------------------ */

struct async_yield_now__frame {
	struct async__frame base;
	int value;
};

struct async_cooperate__frame {
	struct async__frame base;
	int value;
};

struct async_sleep__frame {
	struct async__frame base;
	union {
		int value;
		struct async__context *cx; /* while it waits */
	};
	union {
		uint64_t ms;
		struct async__timer timer;
	};
};

struct async_sleep_until__frame {
	struct async__frame base;
	union {
		int value;
		struct async__context *cx;
	};
	union {
		uint64_t ns;
		struct async__timer timer;
	};
};

/* --- Tasks and cancellation -------------------------------------------------------------------- */

/* Whether the running task, or the part of it that runs, was asked to end; 0 in shields and defers, and outside of
 * tasks. */
bool async_is_cancelled(void);
/* A point at which a long computation can be cancelled: 0 or ASYNC_ECANCELED. */
int async_check_cancelled(void);

#ifdef __ASYNCC_PARSE__

/* Lets every task that is ready now run before this one goes on. 0 or ASYNC_ECANCELED. */
[[asyncc::frame(struct async_yield_now__frame)]]
async fn async_yield_now(void) -> int;
/* For loops of ordinary calls that could go on for long: usually gives 0 at once; one time in 128, as an operation that
 * need not wait, it lets the tasks run first that are ready. 0 or ASYNC_ECANCELED. */
[[asyncc::frame(struct async_cooperate__frame)]]
async fn async_cooperate(void) -> int;
/* Sleeps for `ms` milliseconds, never less; 0 gives way like async_yield_now. 0 or ASYNC_ECANCELED. */
[[asyncc::frame(struct async_sleep__frame)]]
async fn async_sleep(uint64_t ms) -> int;
/* Sleeps until async_now() is `ns`, never less. 0 or ASYNC_ECANCELED. */
[[asyncc::frame(struct async_sleep_until__frame)]]
async fn async_sleep_until(uint64_t ns) -> int;

/* A channel that delivers one message, the time of async_now() then, when `ms` milliseconds are over, and is closed by
 * that. The caller frees it. NULL when memory is exhausted. */
_Chan(uint64_t) async_timeout_channel(uint64_t ms);

#else

async_future async_yield_now(void);
int async_yield_now__block_on(void);
extern const struct async__fn async_yield_now__fn;

static inline enum async__poll async_yield_now__poll(struct async__frame *self, struct async__context *cx,
						     unsigned state)
{
	(void)state;
	((struct async_yield_now__frame *)self)->value = async__refusal(cx);
	return async__yield(cx);
}

async_future async_cooperate(void);
int async_cooperate__block_on(void);
async__poll_fn async_cooperate__poll;
extern const struct async__fn async_cooperate__fn;

async_future async_sleep(uint64_t ms);
int async_sleep__block_on(uint64_t ms);
async__poll_fn async_sleep__poll;
extern const struct async__fn async_sleep__fn;

async_future async_sleep_until(uint64_t ns);
int async_sleep_until__block_on(uint64_t ns);
async__poll_fn async_sleep_until__poll;
extern const struct async__fn async_sleep_until__fn;

/* The running task; aborts outside of one. In the dialect, async_self() is a task's handle that is not consumed. */
struct async__task *async_self(void);

#endif

#ifdef __cplusplus
}
#endif

#endif

/* The ends that a program's mistakes come to: a message that names the place, then the program's hook or abort. */
#include "asyncc/runtime.h"
#include "rt/internal.h"

#include <stdarg.h>
#include <stdlib.h>

static void (*abort_hook)(const char *message); /* atomic */

void async_set_abort_hook(void (*hook)(const char *message))
{
	__atomic_store_n(&abort_hook, hook, __ATOMIC_RELEASE);
}

void async__mistake(const char *message)
{
	void (*hook)(const char *message) = __atomic_load_n(&abort_hook, __ATOMIC_ACQUIRE);
	if (hook) {
		hook(message);
		abort();
	}
	fflush(stdout);
	fprintf(stderr, "asyncc: %s\n", message);
}

void async__misuse(const char *format, ...)
{
	va_list args;
	char message[1024];
	va_start(args, format);
	vsnprintf(message, sizeof message, format, args);
	va_end(args);
	async__mistake(message);
	abort();
}

void async__no_memory_for_array(const char *name, const char *file, unsigned line)
{
	async__misuse("%s:%u: no memory for the array `%s`", file, line, name);
}

void async__no_memory(const char *what, const char *file, unsigned line)
{
	async__misuse("%s:%u: no memory for the frame of `%s`, whose type carries no error", file, line, what);
}

void async__not_an_error(long long value)
{
	async__misuse("err(%lld): an error is a negative int", value);
}

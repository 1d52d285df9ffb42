/* The ends that a program's mistakes come to: a message that names the place, then abort. */
#include "rt/internal.h"

#include <stdarg.h>
#include <stdlib.h>

void async__misuse(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fflush(stdout);
	fputs("asyncc: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

void async__no_memory(const char *what, const char *file, unsigned line)
{
	async__misuse("%s:%u: no memory for the frame of `%s`, whose type carries no error", file, line, what);
}

void async__not_an_error(long long value)
{
	async__misuse("err(%lld): an error is a negative int", value);
}

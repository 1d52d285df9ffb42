/* C library functions that use the pointers they are given only while they run.
 *
 * Passing the address of a local to one of them does not make the local escape: its storage may be given to another after its last use. A letter for
 * each argument: r the pointee is read, w (some of) it is written, b both, - no pointer of interest; `*` repeats the letter before it.
 * A leading `=`: the result is, or points into, the first argument; where the result is used, the pointer may be kept. */
#include <stdlib.h>

#include "lower/analyze/internal.h"

static const struct effect {
	const char *name, *arguments;
} effects[] = {
	{ "abort", "" },
	{ "access", "r-" },
	{ "async__put", "b-" },
	{ "async__take", "b--" },
	{ "atof", "r" },
	{ "atoi", "r" },
	{ "atol", "r" },
	{ "atoll", "r" },
	{ "bcmp", "rr-" },
	{ "bzero", "w-" },
	{ "clock_gettime", "-w" },
	{ "fgets", "=w--" },
	{ "fopen", "rr" },
	{ "fprintf", "-rr*" },
	{ "fputs", "r-" },
	{ "fread", "w---" },
	{ "fstat", "-w" },
	{ "fwrite", "r---" },
	{ "getenv", "r" },
	{ "getpeername", "-wb" },
	{ "getsockname", "-wb" },
	{ "getsockopt", "---wb" },
	{ "gettimeofday", "ww" },
	{ "inet_ntop", "-rw-" },
	{ "inet_pton", "-rw" },
	{ "lstat", "rw" },
	{ "memchr", "=r--" },
	{ "memcmp", "rr-" },
	{ "memcpy", "=wr-" },
	{ "memmove", "=wr-" },
	{ "mempcpy", "=wr-" },
	{ "memset", "=w--" },
	{ "mkdir", "r-" },
	{ "nanosleep", "rw" },
	{ "open", "r--" },
	{ "perror", "r" },
	{ "pipe", "w" },
	{ "pread", "-w--" },
	{ "printf", "rr*" },
	{ "puts", "r" },
	{ "pwrite", "-r--" },
	{ "read", "-w-" },
	{ "recv", "-w--" },
	{ "remove", "r" },
	{ "rename", "rr" },
	{ "rmdir", "r" },
	{ "send", "-r--" },
	{ "setsockopt", "---r-" },
	{ "snprintf", "w-rr*" },
	{ "socketpair", "---w" },
	{ "sprintf", "wrr*" },
	{ "sscanf", "rrw*" },
	{ "stat", "rw" },
	{ "stpcpy", "=wr" },
	{ "strcasecmp", "rr" },
	{ "strcat", "=br" },
	{ "strchr", "=r-" },
	{ "strcmp", "rr" },
	{ "strcpy", "=wr" },
	{ "strcspn", "rr" },
	{ "strdup", "r" },
	{ "strlen", "r" },
	{ "strncasecmp", "rr-" },
	{ "strncat", "=br-" },
	{ "strncmp", "rr-" },
	{ "strncpy", "=wr-" },
	{ "strndup", "r-" },
	{ "strnlen", "r-" },
	{ "strrchr", "=r-" },
	{ "strspn", "rr" },
	{ "strstr", "=rr" },
	{ "time", "w" },
	{ "uname", "w" },
	{ "unlink", "r" },
	{ "write", "-r-" },
};

static int effect_compare(const void *key, const void *element)
{
	return strcmp(key, ((const struct effect *)element)->name);
}

char effect_of_argument(const char *name, unsigned arg, bool *returns_it)
{
	*returns_it = false;
	if (!strncmp(name, "__builtin_", 10))
		name += 10;
	const struct effect *e = bsearch(name, effects, sizeof effects / sizeof *effects, sizeof *effects, effect_compare);
	if (!e)
		return 0;
	const char *p = e->arguments;
	if (*p == '=') {
		*returns_it = true;
		p++;
	}
	for (unsigned i = 0; *p; p++, i++) {
		if (p[1] == '*')
			return *p;
		if (i == arg)
			return *p;
	}
	return 0;
}

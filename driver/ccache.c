/* Compiler caches. In: the C compiler's words and an object's name. Out: under ccache, where generated C lies so that the next run finds it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/link.h"
#include "driver/temp.h"

static bool is_cache(const char *path)
{
	const char *base = path_base(path);
	return !strcmp(base, "ccache") || !strcmp(base, "sccache");
}

/* True for ccache itself, and for a name of a compiler that is a link to it (/usr/lib/ccache/gcc). */
static bool leads_to_cache(const char *program)
{
	if (is_cache(program))
		return true;
	const char *path = getenv("PATH");
	if (strchr(program, '/') || !path)
		path = "";
	for (;;) {
		size_t len = strcspn(path, ":");
		const char *file = len ? text_printf("%.*s/%s", (int)len, path, program) : program;
		if (access(file, X_OK) == 0) {
			char *real = realpath(file, NULL);
			bool found = real && is_cache(real);
			free(real);
			return found;
		}
		if (!path[len])
			return false;
		path += len + 1;
	}
}

/* A cache knows a compilation by its file's name too, and a name in the temporary directory never comes again: beside the object it does. */
const char *cached_path(const struct options *o, const char *object)
{
	if (o->mode != MODE_COMPILE || o->dry_run || !object || is_stdin(object) || !o->cc.len || !leads_to_cache(o->cc.data[0]))
		return NULL;
	const char *path = text_printf("%s/.%s.c", path_directory(object), path_base(object));
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return NULL;
	temp_add(path);
	close(fd);
	return path;
}

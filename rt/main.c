/* What the `main` that the compiler emits for `async fn main` calls. */
#include "rt/internal.h"

#include <string.h>

int async__main_failed(const char *argv0, int err)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *name = slash ? slash + 1 : argv0 ? argv0 : "main";
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", name, async_strerror(err));
	return 1;
}

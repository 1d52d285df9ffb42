/* A binary search in the table of names. */
#include <stdlib.h>
#include <string.h>

#include "frontend/base/library_names.h"

static const struct library_name {
	const char *name, *header;
} names[] = {
#include "frontend/base/library_names.def"
};

static int compare(const void *name, const void *entry)
{
	return strcmp(name, ((const struct library_name *)entry)->name);
}

const char *library_header(const char *name)
{
	const struct library_name *found = bsearch(name, names, sizeof names / sizeof *names, sizeof *names, compare);
	return found ? found->header : NULL;
}

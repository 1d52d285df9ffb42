/* Removing a directory tree, in steps. */
#ifndef ASYNCC_STDLIB_TREE_H
#define ASYNCC_STDLIB_TREE_H

#include <stddef.h>

struct tree {
	const char *path;
	struct level *levels;
	size_t depth, room;
};

/* Removes some of what `arg`, a struct tree that begins with nothing but its path, describes: 1 while there is more, 0 when
 * all of it is gone, or an error. */
ptrdiff_t async__tree_remove(void *arg);
/* Gives back what it holds. */
void async__tree_end(struct tree *t);

#endif

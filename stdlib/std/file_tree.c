/* Removing a directory tree, in steps. Directories are opened relative to the one above, and never through a symbolic link, so
 * that nobody who moves things about meanwhile leads it elsewhere. The innermost directories stay open; those above are
 * opened anew by ".." on the way back, and have to be the same ones. */
#include "stdlib/std/file_tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asyncc/os_abi.h>

enum {
	STEP = 256,	/* entries */
	OPEN_MOST = 16, /* directories open at a time */
};

struct level {
	DIR *dir; /* NULL: closed on the way down */
	dev_t device;
	ino_t inode;
	char *name; /* in the level above; NULL: outermost */
};

static ptrdiff_t level_open(struct level *l, int fd)
{
	struct stat st;
	ptrdiff_t err = 0;
	if (fd < 0)
		return async__last_error();
	if (fstat(fd, &st) || !(l->dir = fdopendir(fd))) {
		err = async__last_error();
		close(fd);
		return err;
	}
	l->device = st.st_dev;
	l->inode = st.st_ino;
	return 0;
}

/* Goes down into the directory `name`. */
static ptrdiff_t tree_enter(struct tree *t, const char *name)
{
	if (t->depth == t->room) {
		size_t room = t->room ? 2 * t->room : 16;
		struct level *levels = async__alloc(room * sizeof *levels);
		if (!levels)
			return ASYNC_ENOMEM;
		if (t->depth)
			memcpy(levels, t->levels, t->depth * sizeof *levels);
		async__free(t->levels);
		t->levels = levels;
		t->room = room;
	}
	int above = t->depth ? dirfd(t->levels[t->depth - 1].dir) : AT_FDCWD;
	struct level l = {0};
	if (t->depth) {
		l.name = async__alloc(strlen(name) + 1);
		if (!l.name)
			return ASYNC_ENOMEM;
		strcpy(l.name, name);
	}
	ptrdiff_t err = level_open(&l, openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (err) {
		async__free(l.name);
		return err;
	}
	t->levels[t->depth++] = l;
	if (t->depth > OPEN_MOST && t->levels[t->depth - 1 - OPEN_MOST].dir) {
		closedir(t->levels[t->depth - 1 - OPEN_MOST].dir);
		t->levels[t->depth - 1 - OPEN_MOST].dir = NULL;
	}
	return 0;
}

/* Makes sure that the level above the innermost one is open. */
static ptrdiff_t above_open(struct tree *t)
{
	struct level *l = &t->levels[t->depth - 2], found = {0};
	if (l->dir)
		return 0;
	ptrdiff_t err = level_open(&found, openat(dirfd(t->levels[t->depth - 1].dir), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (err)
		return err;
	if (found.device != l->device || found.inode != l->inode) { /* it was moved */
		closedir(found.dir);
		return ASYNC_ENOENT;
	}
	l->dir = found.dir;
	return 0;
}

/* The innermost directory is empty: removes it, and goes up. */
static ptrdiff_t tree_leave(struct tree *t)
{
	struct level *l = &t->levels[t->depth - 1];
	ptrdiff_t err = l->name ? above_open(t) : 0;
	if (err)
		return err;
	closedir(l->dir);
	t->depth--;
	if (l->name)
		err = unlinkat(dirfd(l[-1].dir), l->name, AT_REMOVEDIR) ? async__last_error() : 0;
	else
		err = rmdir(t->path) ? async__last_error() : 0;
	async__free(l->name);
	return err;
}

/* Removes what is in the innermost directory, or goes down once more. */
static ptrdiff_t entry_remove(struct tree *t)
{
	DIR *dir = t->levels[t->depth - 1].dir;
	errno = 0;
	const struct dirent *entry = readdir(dir);
	if (!entry)
		return errno ? async__last_error() : tree_leave(t);
	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return 0;
	if (entry->d_type == DT_DIR)
		return tree_enter(t, entry->d_name);
	if (!unlinkat(dirfd(dir), entry->d_name, 0) || errno == ENOENT)
		return 0;
	if (errno == EISDIR || errno == EPERM) { /* the file system does not tell types */
		int err = async__last_error();
		struct stat st;
		if (!fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode))
			return tree_enter(t, entry->d_name);
		return err;
	}
	return async__last_error();
}

static ptrdiff_t tree_begin(struct tree *t)
{
	ptrdiff_t err = tree_enter(t, t->path);
	if (err == ASYNC_ENOTDIR || err == ASYNC_ELOOP) /* no directory */
		return unlink(t->path) ? async__last_error() : 0;
	return err;
}

ptrdiff_t async__tree_remove(void *arg)
{
	struct tree *t = arg;
	ptrdiff_t err = t->depth ? 0 : tree_begin(t);
	for (int i = 0; i < STEP && !err && t->depth; i++)
		err = entry_remove(t);
	return err ? err : t->depth > 0;
}

void async__tree_end(struct tree *t)
{
	while (t->depth) {
		struct level *l = &t->levels[--t->depth];
		if (l->dir)
			closedir(l->dir);
		async__free(l->name);
	}
	async__free(t->levels);
}

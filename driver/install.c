/* Where the headers and the runtime are: in the tree that this asyncc was built in, or under the prefix that it was installed to. */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "driver/options.h"
#include "driver/parts.h"

/* The directory of this program's file. */
static const char *own_directory(void)
{
	static const char *directory;
	if (directory)
		return directory;
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	path[n < 0 ? 0 : n] = '\0';
	if (n < 0 && !realpath((const char *)getauxval(AT_EXECFN), path)) /* no /proc, as in a chroot: what it was started as */
		path[0] = '\0';
	return directory = path_directory(path);
}

/* The first of the places that exists, as a clean absolute path; else the second, for the message of who looks there. */
static const char *find(const char *in_tree, const char *installed, const char *debian)
{
	const char *const places[] = {in_tree, installed, debian};
	for (int i = 0; i < 3; i++) {
		char *real = realpath(text_printf("%s/%s", own_directory(), places[i]), NULL);
		if (!real)
			continue;
		const char *path = text_printf("%s", real);
		free(real);
		return path;
	}
	return text_printf("%s/%s", own_directory(), installed);
}

const char *include_directory(void)
{
	return path_directory(find("../../rt/include/asyncc.h", "../include/asyncc.h", "../include/asyncc.h"));
}

const char *library_include_directory(void)
{
	return path_directory(find("../../stdlib/include/asyncc", "../include/asyncc", "../include/asyncc"));
}

const char *runtime_library(void)
{
	return find("libasyncc.a", "../lib/libasyncc.a", "../lib/" ASYNCC_MULTIARCH "/libasyncc.a");
}

const char *makefile_rules(void)
{
	return find("../../cmake/asyncc.mk", "../share/asyncc/asyncc.mk", "../share/asyncc/asyncc.mk");
}

const char *shared_runtime_library(void)
{
	return find("libasyncc.so", "../lib/libasyncc.so", "../lib/" ASYNCC_MULTIARCH "/libasyncc.so");
}

void runtime_dependencies(struct args *a, bool is_static)
{
	/* As pkg-config said when asyncc was built. */
	const char *libraries = is_static ? ASYNCC_UV_STATIC_LIBS : ASYNCC_UV_LIBS;
	for (size_t len; (len = strcspn(libraries, " ")) || *libraries; libraries += len + (libraries[len] == ' '))
		if (len)
			args_push(a, text_printf("%.*s", (int)len, libraries));
}

/* A word for a shell's command line or a Makefile. */
static void print_word(const char *word)
{
	for (; *word; word++) {
		if (strchr(" \t\"'\\$`&|;<>()*?[]#~", *word))
			putchar('\\');
		putchar(*word);
	}
}

void print_cflags(void)
{
	printf("-I");
	print_word(include_directory());
	if (strcmp(library_include_directory(), include_directory()) != 0) {
		printf(" -I");
		print_word(library_include_directory());
	}
	printf(" -D__ASYNCC__=1\n");
}

void print_libs(parts_set set)
{
	struct args names = {0}, libraries = {0}, dependencies = {0};
	parts_names(&names, set);
	parts_libraries(&libraries, set);
	runtime_dependencies(&dependencies, false);
	printf("-L");
	print_word(path_directory(runtime_library()));
	/* The shared runtime, which may be beside it, is found at run time only where ld.so looks. */
	printf(" -Wl,--push-state,-Bstatic");
	if (names.len)
		printf(" -Wl,--start-group");
	for (unsigned i = 0; i < names.len; i++)
		printf(" -lasyncc_%s", names.data[i]);
	printf(" -lasyncc%s -Wl,--pop-state", names.len ? " -Wl,--end-group" : "");
	if (libraries.len)
		printf(" -Wl,--push-state,--as-needed");
	for (unsigned i = 0; i < libraries.len; i++)
		printf(" %s", libraries.data[i]);
	if (libraries.len)
		printf(" -Wl,--pop-state");
	for (unsigned i = 0; i < dependencies.len; i++)
		printf(" %s", dependencies.data[i]);
	putchar('\n');
}

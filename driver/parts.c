/* The library's parts: see parts.h. */
#define _GNU_SOURCE
#include "driver/parts.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "frontend/base/vec.h"

static const struct part {
	const char *name;
	bool built;            /* where this asyncc was built */
	const char *libraries; /* as linker options */
	const char *package;   /* of Debian's, that has the library; "": it needs none */
	const char *parts;     /* that it stands on */
	const char *words;     /* how the names of its functions begin: tells that a program wants a part that isn't there */
	const char *title;
} parts[] = {
#define PART(...) {__VA_ARGS__},
#include "driver/parts.def"
#undef PART
};

enum { PART_COUNT = sizeof parts / sizeof *parts };
_Static_assert(PART_COUNT <= 8 * sizeof(parts_set), "a set has a bit for each part");

/* Whether `words`, separated by blanks, has `word` of that length. */
static bool has_word(const char *words, const char *word, size_t len)
{
	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		if (n == len && !memcmp(at, word, len))
			return true;
		at += n;
	}
	return false;
}

static int find_part(const char *name, size_t len)
{
	for (int i = 0; i < PART_COUNT; i++)
		if (strlen(parts[i].name) == len && !memcmp(parts[i].name, name, len))
			return i;
	return -1;
}

static const char *archive(const struct part *p)
{
	return text_printf("%s/libasyncc_%s.a", path_directory(runtime_library()), p->name);
}

static bool is_there(const struct part *p)
{
	static signed char known[PART_COUNT]; /* 1: it is, -1: it isn't */
	signed char *there = &known[p - parts];
	if (!*there)
		*there = p->built && !access(archive(p), R_OK) ? 1 : -1;
	return *there > 0;
}

/* True where one of the part's words begins the text. */
static bool begins_with_word(const struct part *p, const char *text, size_t size)
{
	for (const char *at = p->words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");
		if (n <= size && !memcmp(at, text, n))
			return true;
		at += n;
	}
	return false;
}

/* --- the names that archives define ------------------------------------------------------------ */

struct name {
	const char *text;
	int part;
};

struct names {
	struct name *data;
	unsigned len, cap;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Adds the names of an archive's index, its first member "/": a count, as many offsets, and the names, each with a NUL. */
static void names_add(struct names *names, const char *text, size_t size, int part)
{
	enum { MAGIC = 8, HEADER = 60, SIZE_AT = 48 };
	char digits[11] = "";
	if (size < MAGIC + HEADER + 4 || memcmp(text, "!<arch>\n/ ", 10) != 0)
		return;
	memcpy(digits, text + MAGIC + SIZE_AT, 10);
	const char *index = text + MAGIC + HEADER, *end = index + strtoul(digits, NULL, 10);
	uint32_t count = big_endian((const unsigned char *)index);
	if (end > text + size || count > (size_t)(end - index) / 4)
		return;
	const char *at = index + 4 + 4 * (size_t)count;
	for (uint32_t i = 0; i < count && at < end; i++) {
		size_t len = strnlen(at, (size_t)(end - at));
		array_push(driver_arena(), names->data, names->len, names->cap, (struct name){arena_strndup(driver_arena(), at, len), part});
		at += len + 1;
	}
}

/* Those of all parts that are there but the one that is linked always, sorted. */
static const struct names *names_all(void)
{
	static struct names names;
	static bool read;
	if (read)
		return &names;
	read = true;
	for (int i = 1; i < PART_COUNT; i++) {
		struct stat st;
		int fd = is_there(&parts[i]) ? open(archive(&parts[i]), O_RDONLY | O_CLOEXEC) : -1;
		void *text = fd >= 0 && !fstat(fd, &st) ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
		if (text != MAP_FAILED) {
			names_add(&names, text, (size_t)st.st_size, i);
			munmap(text, (size_t)st.st_size);
		}
		if (fd >= 0)
			close(fd);
	}
	if (names.len)
		qsort(names.data, names.len, sizeof *names.data, compare_names);
	return &names;
}

parts_set parts_named(const char *data, size_t size)
{
	static const char prefix[] = "async_";
	const char *end = data + size;
	const struct names *names = names_all();
	parts_set set = 0;
	for (const char *at = data; (at = memmem(at, (size_t)(end - at), prefix, strlen(prefix))); at++) {
		char text[128];
		size_t len = 0;
		while (at + len < end && len < sizeof text - 1 && (isalnum((unsigned char)at[len]) || at[len] == '_'))
			len++;
		memcpy(text, at, len);
		text[len] = 0;
		const struct name *found = names->len ? bsearch(&(struct name){.text = text}, names->data, names->len, sizeof *names->data, compare_names) : NULL;
		if (found)
			set |= 1U << found->part;
		for (int i = 1; i < PART_COUNT && !found; i++)
			if (!(set & 1U << i) && !is_there(&parts[i]) && begins_with_word(&parts[i], at, len))
				set |= 1U << i;
	}
	return set;
}

bool parts_parse(const char *list, parts_set *set)
{
	for (*set = 0; *list; list += *list == ',') {
		size_t len = strcspn(list, ",");
		int i = find_part(list, len);
		if (i >= 0 && !is_there(&parts[i])) {
			parts_explain_missing(1U << i);
			return false;
		}
		if (i < 0 && (len != 3 || memcmp(list, "all", 3) != 0)) {
			usage_error("the library has no part '%.*s'; see 'asyncc --features'", (int)len, list);
			return false;
		}
		*set |= i < 0 ? ~0U : 1U << i;
		list += len;
	}
	return true;
}

parts_set parts_closure(parts_set set)
{
	parts_set before;
	set |= 1;
	do {
		before = set;
		for (int i = 0; i < PART_COUNT; i++)
			for (int k = 0; k < PART_COUNT && before & 1U << i; k++)
				if (has_word(parts[i].parts, parts[k].name, strlen(parts[k].name)))
					set |= 1U << k;
	} while (set != before);
	for (int i = 0; i < PART_COUNT; i++)
		if (!is_there(&parts[i]))
			set &= ~(1U << i);
	return set;
}

void parts_archives(struct args *a, parts_set set)
{
	for (int i = PART_COUNT; i-- > 0;)
		if (set & 1U << i)
			args_push(a, archive(&parts[i]));
}

void parts_names(struct args *a, parts_set set)
{
	for (int i = PART_COUNT; i-- > 0;)
		if (set & 1U << i)
			args_push(a, parts[i].name);
}

void parts_libraries(struct args *a, parts_set set)
{
	for (int i = 0; i < PART_COUNT; i++) {
		if (!(set & 1U << i))
			continue;
		for (const char *at = parts[i].libraries; *at; at += strspn(at, " ")) {
			size_t n = strcspn(at, " ");
			args_push(a, text_printf("%.*s", (int)n, at));
			at += n;
		}
	}
}

void parts_explain_missing(parts_set set)
{
	for (int i = 0; i < PART_COUNT; i++) {
		const struct part *p = &parts[i];
		if (!(set & 1U << i) || is_there(p))
			continue;
		fprintf(stderr, "asyncc: note: this asyncc was built without the library's part '%s', %s", p->name, p->title);
		fprintf(stderr, *p->package ? "; it needs the package %s, and asyncc to be built again\n" : "\n", p->package);
	}
}

void print_features(void)
{
	for (int i = 0; i < PART_COUNT; i++) {
		const struct part *p = &parts[i];
		printf("%-10s %-4s %s", p->name, is_there(p) ? "yes" : "no", p->title);
		if (!is_there(p) && *p->package)
			printf("; not built: it needs the package %s when asyncc is built", p->package);
		putchar('\n');
	}
}

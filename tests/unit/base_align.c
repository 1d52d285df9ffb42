/* Positions: line markers, and the way from a preprocessed token back to its place in the original file. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "frontend/base/align.h"
#include "frontend/base/buf.h"
#include "tests/unit/suite.h"

static struct arena *arena;
static struct source source;
static const char *const compilers[] = {"gcc", "clang"};

/* Writes a file, preprocesses it, and makes `source` of it. False if there is no such compiler. */
static bool prepare(const char *compiler, const char *text)
{
	char command[200];
	struct buf out = {0};
	char block[4096];
	FILE *f = fopen("align-test.c", "w");
	fputs(text, f);
	fclose(f);
	snprintf(command, sizeof command, "command -v %s >/dev/null && %s -E -dD align-test.c", compiler, compiler);
	f = popen(command, "r");
	for (size_t n; (n = fread(block, 1, sizeof block, f));)
		buf_write(&out, block, n);
	if (pclose(f) != 0 || !out.len)
		return false;
	buf_write(&out, "\0\0", 2);
	arena = arena_new();
	char *copy = arena_strndup(arena, out.data, out.len);
	source_init(&source, arena, "align-test.c", copy, out.len - 2);
	buf_free(&out);
	return true;
}

static void finish(void)
{
	arena_free(arena);
	unlink("align-test.c");
}

/* Position of the n-th occurrence (from 1) of `text` in the main file's part of the preprocessed text, #define lines left out. */
static loc_t find(const char *text, int n)
{
	for (const char *p = source.text; (p = strstr(p, text)); p++) {
		loc_t loc = (loc_t)(p - source.text) + 1;
		const char *line = p;
		while (line > source.text && line[-1] != '\n')
			line--;
		if (*line != '#' && source_in_main(&source, loc) && --n == 0)
			return loc;
	}
	ck_abort_msg("'%s' is not in the text", text);
	return 0;
}

static void expect(const char *text, int n, uint32_t line, uint32_t column, bool from_macro)
{
	struct place p = source_locate(&source, find(text, n));
	ck_assert_str_eq(p.file, "align-test.c");
	ck_assert_msg(p.line == line && p.column == column && p.from_macro == from_macro, "'%s': %u:%u%s, expected %u:%u", text, p.line, p.column, p.from_macro ? " (macro)" : "", line, column);
}

START_TEST(blanks_and_comments)
{
	if (!prepare(compilers[_i], "int   a;\t/* x */ int\tbb ; // y\n\n\n  int /* one\n two */ cc;\nint d\\\nd;\n"))
		return;
	expect("a;", 1, 1, 7, false);
	expect("bb", 1, 1, 22, false);
	expect("cc", 1, 5, 9, false);
	expect("dd", 1, 6, 5, false);
	finish();
}
END_TEST

START_TEST(macros)
{
	if (!prepare(compilers[_i], "#define MAX(a, b) ((a) > (b) ? (a) : (b))\n#define EMPTY\n#define SEMI ;\nint x = 1 + MAX(first, second) EMPTY + last SEMI\nint y = MAX(\n\tlong_one,\n"
				    "\tother) + after;\nEMPTY int z;\n"))
		return;
	expect("1 +", 1, 4, 9, false);
	expect("(", 1, 4, 13, true);
	expect("?", 1, 4, 13, true);
	expect("first", 1, 4, 17, true);
	expect("second", 1, 4, 24, true);
	expect("last", 1, 4, 40, false);
	expect(";", 1, 4, 45, true);
	expect("long_one", 1, 6, 2, true);
	expect("other", 1, 7, 2, true);
	expect("after", 1, 7, 11, false);
	expect("z;", 1, 8, 11, false);
	finish();
	/* In `((in))` the macro gave the inner ones. */
	prepare(compilers[_i], "#define ONE(n) n\n#define PAREN (in)\nint x = ONE(3) + (PAREN)(4);\n");
	expect("((in", 1, 3, 18, false);
	expect("(in", 1, 3, 19, true);
	expect("in", 2, 3, 19, true);
	finish();
}
END_TEST

START_TEST(conditionals_and_lines)
{
	if (!prepare(compilers[_i], "#if 0\nint skipped(\n#else\nint kept;\n#endif\n#line 500 \"align-test.c\"\nint far;\n  int away;\n"))
		return;
	expect("kept", 1, 4, 5, false);
	expect("far", 1, 500, 5, false);
	expect("away", 1, 501, 7, false);
	finish();
}
END_TEST

START_TEST(ranges)
{
	if (!prepare(compilers[_i], "#define DECLARE(n) int n; int n##2;\n#define OPEN int f(void) {\n/* a */ int g(void)\n{ return 1; } /* b */\nDECLARE(pair)\nOPEN return 2; }\n"))
		return;
	struct align *a = align_of(&source, 0);
	size_t len;
	const char *text = align_text(a, &len);
	uint32_t begin, end;
	loc_t from = find("int g", 1), to = find("}", 1) + 1;
	ck_assert_int_eq(align_range(a, from, to, &begin, &end), ALIGN_EXACT);
	ck_assert_int_eq(strncmp(text + begin, "int g(void)\n{ return 1; } /*", 28), 0);
	ck_assert_uint_eq(end - begin, 25);
	from = find("int pair;", 1);
	ck_assert_int_eq(align_range(a, from, from + 9, &begin, &end), ALIGN_SHARED);
	from = find("int f", 1);
	to = find("}", 2) + 1;
	ck_assert_int_eq(align_range(a, from, to, &begin, &end), ALIGN_EXACT);
	ck_assert_int_eq(strncmp(text + begin, "OPEN return 2; }", end - begin), 0);
	finish();
}
END_TEST

START_TEST(markers)
{
	static const char text[] = "# 0 \"m.c\"\n# 0 \"<built-in>\"\n#define X 1\n# 1 \"m.c\"\nint a;\n# 1 \"dir/h \\\"q\\\".h\" 1\nint b;\n# 1 \"/sys.h\" 1 3 4\n\nint c;\n# 3 \"dir/h \\\"q\\\".h\" 2\nint d;\n# 7 \"m.c\" 2\nint e;\n"
				   "# 1 \"dir/h \\\"q\\\".h\" 1\nint f;\n# 9 \"m.c\" 2\nint g;\n\0";
	arena = arena_new();
	char *copy = arena_strndup(arena, text, sizeof text);
	source_init(&source, arena, "m.c", copy, sizeof text - 2);
	static const struct {
		const char *text;
		const char *file;
		uint32_t line, instance;
		bool main, system;
	} expected[] = {{"int a", "m.c", 1, 0, true, false},	       {"int b", "dir/h \"q\".h", 1, 1, false, false}, {"int c", "/sys.h", 2, 2, false, true},
			{"int d", "dir/h \"q\".h", 3, 1, false, false}, {"int e", "m.c", 7, 0, true, false},	       {"int f", "dir/h \"q\".h", 1, 3, false, false},
			{"int g", "m.c", 9, 0, true, false}};
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
		loc_t loc = (loc_t)(strstr(source.text, expected[i].text) - source.text) + 1;
		const struct line_run *run = source_run(&source, loc);
		ck_assert_str_eq(run->file, expected[i].file);
		ck_assert_uint_eq(source_line(&source, loc), expected[i].line);
		ck_assert_uint_eq(run->file_instance, expected[i].instance);
		ck_assert_int_eq(source_in_main(&source, loc), expected[i].main);
		ck_assert_int_eq(source_in_system_header(&source, loc), expected[i].system);
	}
	ck_assert(!source_in_main(&source, (loc_t)(strstr(source.text, "#define") - source.text) + 1));
	arena_free(arena);
}
END_TEST

int main(void)
{
	char directory[] = "/tmp/asyncc-align-XXXXXX";
	if (!mkdtemp(directory) || chdir(directory) < 0)
		return 1;
	Suite *suite = suite_create("align");
	TCase *cases = tcase_create("align");
	tcase_add_loop_test(cases, blanks_and_comments, 0, 2);
	tcase_add_loop_test(cases, macros, 0, 2);
	tcase_add_loop_test(cases, conditionals_and_lines, 0, 2);
	tcase_add_loop_test(cases, ranges, 0, 2);
	tcase_add_test(cases, markers);
	suite_add_tcase(suite, cases);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	unlink("align-test.c");
	rmdir(directory);
	return failed != 0;
}

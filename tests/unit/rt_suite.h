/* What the unit tests of the runtime share. Each rt_*.c is a program of its own: one suite, exit status 0 when it
 * passes. */
#ifndef ASYNCC_TESTS_RT_SUITE_H
#define ASYNCC_TESTS_RT_SUITE_H

#include <check.h>
#include <string.h>
#include <stdlib.h>

/* Runs the test functions in `tests`, `count` of them, as suite `name`. */
static inline int suite_run(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, 120);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define SUITE_MAIN(name, ...)                                                                                          \
	int main(void)                                                                                                 \
	{                                                                                                              \
		const TTest *const tests[] = {__VA_ARGS__};                                                            \
		return suite_run(name, tests, sizeof tests / sizeof *tests);                                           \
	}

#endif

/* What the unit tests share. Each file is a program of its own: one suite, exit status 0 when it passes. */
#ifndef ASYNCC_TESTS_SUITE_H
#define ASYNCC_TESTS_SUITE_H

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Runs `tests`, and `aborts`, which have to end with abort(), as suite `name`. Both lists end in NULL. */
static inline int suite_run(const char *name, const TTest *const *tests, const TTest *const *aborts)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, 120);
	while (*tests)
		tcase_add_test(tcase, *tests++);
	while (*aborts)
		tcase_add_test_raise_signal(tcase, *aborts++, SIGABRT);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* main: SUITE_MAIN("name", a, b), or SUITE_MAIN_ABORTS("name", SUITE_TESTS(a, b), SUITE_TESTS(c_aborts)). */
#define SUITE_TESTS(...) {__VA_ARGS__, NULL}
#define SUITE_MAIN(name, ...) SUITE_MAIN_ABORTS(name, SUITE_TESTS(__VA_ARGS__), {NULL})
#define SUITE_MAIN_ABORTS(name, those_that_end, those_that_abort)                                                      \
	int main(void)                                                                                                 \
	{                                                                                                              \
		const TTest *const tests[] = those_that_end, *const aborts[] = those_that_abort;                       \
		return suite_run(name, tests, aborts);                                                                 \
	}

#endif

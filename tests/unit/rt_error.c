/* Error names and texts are libuv's, for every error that it knows. */
#include <uv.h>

#include "asyncc.h"
#include "tests/unit/suite.h"

START_TEST(errors_are_those_of_libuv)
{
	static const int errors[] = {
#define XX(name, text) UV_##name,
		UV_ERRNO_MAP(XX)
#undef XX
	};
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
		ck_assert_str_eq(async_strerror(errors[i]), uv_strerror(errors[i]));
		ck_assert_str_eq(async_err_name(errors[i]), uv_err_name(errors[i]));
	}
}
END_TEST

START_TEST(other_numbers_are_unknown)
{
	static const int numbers[] = {1, 12, -100000};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		ck_assert_str_eq(async_strerror(numbers[i]), "unknown error");
		ck_assert_str_eq(async_err_name(numbers[i]), "UNKNOWN");
	}
}
END_TEST

START_TEST(no_error_is_success)
{
	ck_assert_str_eq(async_strerror(0), "success");
}
END_TEST

SUITE_MAIN("errors", no_error_is_success, errors_are_those_of_libuv, other_numbers_are_unknown)

/* Nurseries: children, errors, cancellation, limits, aborts. */
#include "tests/unit/rt_script.h"

static const struct step quick[] = {LOG("quick"), END};
static const struct step slow[] = {SLEEP(10), LOG("slow"), END};
static const struct step sleeper[] = {SLEEP(100000), LOG("sleeper"), END};
static const struct step failing[] = {YIELD(1), LOG("failing"), RETURN(ASYNC_ENOENT)};
static const struct step failing_later[] = {SLEEP(5), LOG("later"), RETURN(ASYNC_EIO)};

START_TEST(waits_for_all)
{
	static const struct step s[] = {NURSERY, SPAWN(slow), SPAWN(quick), LOG("body"), WAIT, LOG("end"), END};
	CHECK(s, "body quick slow end ", 0);
}
END_TEST

START_TEST(starts_in_order_after_the_spawner)
{
	static const struct step a[] = {LOG("a"), END}, b[] = {LOG("b"), END}, c[] = {LOG("c"), END};
	static const struct step s[] = {NURSERY, SPAWN(a), SPAWN(b), LOG("x"), YIELD(1), LOG("y"), SPAWN(c), WAIT, END};
	CHECK(s, "x a b y c ", 0);
}
END_TEST

START_TEST(empty_one)
{
	static const struct step s[] = {NURSERY, WAIT, LOG("end"), END};
	CHECK(s, "end ", 0);
}
END_TEST

START_TEST(first_error_cancels_the_rest)
{
	static const struct step s[] = {NURSERY, SPAWN(sleeper), SPAWN(failing), SPAWN(sleeper), WAIT, LOG("end"), END};
	CHECK(s, "failing sleeper!ECANCELED sleeper!ECANCELED end!ENOENT ", ASYNC_ENOENT);
}
END_TEST

START_TEST(error_reaches_the_body)
{
	static const struct step s[] = {NURSERY, SPAWN(failing), SLEEP(100000), LOG("body"), TRY, LOG("not"), WAIT, END};
	CHECK(s, "failing body!ECANCELED ", ASYNC_ENOENT); /* the `?` reports the child's error */
}
END_TEST

START_TEST(failing_body_cancels_the_children)
{
	static const struct step body[] = {RETURN(ASYNC_EACCES)};
	static const struct step s[] = {NURSERY, SPAWN(sleeper), YIELD(1), CALL(body), TRY, WAIT, END};
	CHECK(s, "sleeper!ECANCELED ", ASYNC_EACCES);
}
END_TEST

START_TEST(returning_waits)
{
	static const struct step s[] = {NURSERY, SPAWN(slow), YIELD(1), RETURN(7)};
	CHECK(s, "slow ", 7);
}
END_TEST

START_TEST(collect_goes_on)
{
	static const struct step s[] = {NURSERY, COLLECT, SPAWN(failing), SPAWN(failing_later), SPAWN(slow), WAIT, LOG("end"), END};
	CHECK(s, "failing later slow end!ENOENT ", ASYNC_ENOENT);
}
END_TEST

START_TEST(cancel_is_no_error)
{
	static const struct step s[] = {NURSERY, SPAWN(sleeper), YIELD(1), CANCEL_NURSERY, YIELD(1), LOG("body"),
					SPAWN(sleeper), WAIT,	 LOG("end"),	 YIELD(1),	 LOG("after"), END};
	CHECK(s, "sleeper!ECANCELED body!ECANCELED sleeper!ECANCELED end after ", 0);
}
END_TEST

START_TEST(cancelled_parent)
{
	static const struct step parent[] = {NURSERY, SPAWN(sleeper), SPAWN(sleeper), WAIT, LOG("parent"), END};
	static const struct step s[] = {GO(0, parent), YIELD(2), CANCEL(0), AWAIT(0), LOG("end"), END};
	CHECK(s, "sleeper!ECANCELED sleeper!ECANCELED parent!ECANCELED end!ECANCELED ", ASYNC_ECANCELED);
}
END_TEST

START_TEST(cancelled_parent_without_interrupted_child)
{
	static const struct step shielded[] = {SHIELD, SLEEP(5), LEAVE, LOG("shielded"), END};
	static const struct step parent[] = {NURSERY, SPAWN(shielded), WAIT, LOG("parent"), END};
	static const struct step s[] = {GO(0, parent), YIELD(2), CANCEL(0), AWAIT(0), LOG("end"), END};
	CHECK(s, "shielded parent end ", 0);
}
END_TEST

START_TEST(children_of_a_cancelled_one_start)
{
	static const struct step s[] = {NURSERY, CANCEL_NURSERY, SPAWN(sleeper), SPAWN(quick), WAIT, END};
	CHECK(s, "quick sleeper!ECANCELED ", 0);
}
END_TEST

START_TEST(limit_queues)
{
	static const struct step a[] = {LOG("a"), YIELD(2), LOG("A"), END}, b[] = {LOG("b"), YIELD(2), LOG("B"), END},
				 c[] = {LOG("c"), YIELD(2), LOG("C"), END};
	static const struct step s[] = {NURSERY, LIMIT(2), SPAWN(a), SPAWN(b), SPAWN(c), WAIT, END};
	CHECK(s, "a b A B c C ", 0);
	static const struct step one[] = {NURSERY, LIMIT(1), SPAWN(a), SPAWN(b), SPAWN(c), YIELD(1), LIMIT(3), WAIT, END};
	CHECK(one, "a b c A B C ", 0);
}
END_TEST

START_TEST(limit_and_cancellation)
{
	static const struct step s[] = {NURSERY, LIMIT(1), SPAWN(failing), SPAWN(sleeper), SPAWN(sleeper), WAIT, LOG("end"), END};
	CHECK(s, "failing sleeper!ECANCELED sleeper!ECANCELED end!ENOENT ", ASYNC_ENOENT);
}
END_TEST

START_TEST(queued_child_is_aborted)
{
	static const struct step s[] = {NURSERY, LIMIT(1), SPAWN(slow), SPAWN_AS(0, sleeper), YIELD(1), ABORT(0),
					WAIT,	 LOG("end"), AWAIT(0), LOG("task"), RETURN(0)};
	CHECK(s, "slow end task!ECANCELED ", 0);
}
END_TEST

START_TEST(abort_takes_the_children_first)
{
	static const struct step child[] = {SLEEP(100000), LOG("not"), END};
	static const struct step parent[] = {NURSERY, SPAWN(child), SPAWN(child), WAIT, LOG("not"), END};
	static const struct step s[] = {GO(0, parent), YIELD(3), ABORT(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "~ ~ ~ end!ECANCELED ", 0);
}
END_TEST

START_TEST(abort_in_the_body)
{
	static const struct step child[] = {SHIELD, SLEEP(5), LEAVE, LOG("not"), END};
	static const struct step parent[] = {NURSERY, SPAWN(child), SLEEP(100000), LOG("not"), WAIT, END};
	static const struct step s[] = {GO(0, parent), YIELD(3), ABORT(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "~ end!ECANCELED ", 0); /* the child's abort ends it at the end of its shield, which traces nothing */
}
END_TEST

START_TEST(abort_of_the_running_one)
{
	static const struct step parent[] = {NURSERY, SPAWN(sleeper), YIELD(1), ABORT(0), WAIT, LOG("not"), END};
	static const struct step s[] = {GO(0, parent), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "~ ~ end!ECANCELED ", 0);
}
END_TEST

START_TEST(aborted_child_is_no_error)
{
	static const struct step s[] = {NURSERY, SPAWN_AS(0, sleeper), SPAWN(slow), YIELD(1), ABORT(0), WAIT, LOG("end"), DROP(0), END};
	CHECK(s, "~ slow end ", 0);
}
END_TEST

START_TEST(nested_nurseries)
{
	static const struct step inner[] = {NURSERY, SPAWN(sleeper), SPAWN(slow), WAIT, LOG("inner"), END};
	static const struct step s[] = {NURSERY, SPAWN(inner), SPAWN(failing_later), SPAWN(inner), WAIT, LOG("outer"), END};
	CHECK(s, "later sleeper!ECANCELED slow!ECANCELED sleeper!ECANCELED slow!ECANCELED inner!ECANCELED inner!ECANCELED outer!EIO ",
	      ASYNC_EIO);
}
END_TEST

/* A chain of tasks, each in the nursery of the one before. */
static struct step chain[] = {NURSERY, SPAWN(NULL), WAIT, TRY, END};
static const struct step chain_end[] = {PENDING, END};

START_TEST(deep_chains_end)
{
	enum { DEPTH = 300000 };
	for (int aborts = 0; aborts < 2; aborts++) {
		chain[1].script[0] = chain;
		struct async__task *outermost = script_spawn(NULL, chain);
		for (int i = 0; i < DEPTH; i++)
			ck_assert_int_eq(async_yield_now__block_on(), 0);
		chain[1].script[0] = chain_end;
		run_for(5);
		if (aborts)
			async__task_abort(outermost);
		else
			async__task_cancel(outermost);
		run_for(200);
		ck_assert(async__task_is_finished(outermost));
		async__task_drop(outermost);
		check_empty();
	}
}
END_TEST

SUITE_MAIN("nurseries", waits_for_all, starts_in_order_after_the_spawner, empty_one, first_error_cancels_the_rest,
	   error_reaches_the_body, failing_body_cancels_the_children, returning_waits, collect_goes_on, cancel_is_no_error,
	   cancelled_parent, cancelled_parent_without_interrupted_child, children_of_a_cancelled_one_start, limit_queues,
	   limit_and_cancellation, queued_child_is_aborted, abort_takes_the_children_first, abort_in_the_body,
	   abort_of_the_running_one, aborted_child_is_no_error, nested_nurseries, deep_chains_end)

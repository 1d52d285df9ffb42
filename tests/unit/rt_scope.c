/* Cancellation: levels, shields, deadlines, aborts, the runaway rule. */

#include "tests/unit/rt_script.h"

static const struct step sleeper[] = {SLEEP(100000), LOG("sleeper"), END};

START_TEST(every_operation_is_refused)
{
	static const struct step task[] = {PENDING, LOG("a"), YIELD(1), LOG("b"), SLEEP(5), LOG("c"), SLEEP(0), LOG("d"), CALL(sleeper), END};
	static const struct step s[] = {GO(0, task), YIELD(2), CANCEL(0), CANCEL(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "a!ECANCELED b!ECANCELED c!ECANCELED d!ECANCELED sleeper!ECANCELED end!ECANCELED ", 0);
}
END_TEST

START_TEST(cancelled_operations_give_way)
{
	static const struct step task[] = {YIELD(1), LOG("a"), YIELD(1), LOG("b"), YIELD(1), LOG("c"), END};
	static const struct step other[] = {LOG("1"), YIELD(1), LOG("2"), YIELD(1), LOG("3"), END};
	static const struct step s[] = {GO(0, task), CANCEL(0), GO(1, other), AWAIT(0), AWAIT(1), RETURN(0)};
	CHECK(s, "1 a!ECANCELED 2 b!ECANCELED 3 c!ECANCELED ", 0);
}
END_TEST

START_TEST(done_before_the_cancellation_reached_it)
{
	static const struct step task[] = {SLEEP(2), LOG("sleep"), SLEEP(2), LOG("next"), END};
	struct async__task *t = script_spawn(NULL, task);
	trace_clear();
	ck_assert_int_eq(async_yield_now__block_on(), 0);
	while (t->strand.interrupt) { /* until it has been completed, but not seen */
		async__time_jump(async__tick_now() + 1);
		async__wheel_advance(&runtime()->wheel, async__tick_now());
	}
	async__task_cancel(t);
	run_for(1);
	ck_assert_str_eq(trace, "sleep next!ECANCELED ");
	async__task_drop(t);
	check_empty();
}
END_TEST

START_TEST(shield_hides_it)
{
	static const struct step task[] = {SHIELD, SLEEP(5), LOG("in"), SHIELD, YIELD(1), LEAVE, LOG("still"), LEAVE, YIELD(1), LOG("out"), END};
	static const struct step s[] = {GO(0, task), YIELD(2), CANCEL(0), AWAIT(0), RETURN(0)};
	CHECK(s, "in still out!ECANCELED ", 0);
}
END_TEST

START_TEST(shield_of_a_cancelled_one)
{
	static const struct step task[] = {PENDING, LOG("a"), SHIELD, SLEEP(1), LOG("b"), LEAVE, SLEEP(1), LOG("c"), END};
	static const struct step s[] = {GO(0, task), YIELD(2), CANCEL(0), AWAIT(0), RETURN(0)};
	CHECK(s, "a!ECANCELED b c!ECANCELED ", 0);
}
END_TEST

START_TEST(shield_for_a_time)
{
	static const struct step task[] = {SHIELD_FOR(10), SLEEP(3), LOG("in"), SLEEP(100000), LOG("late"), LEAVE, YIELD(1), LOG("out"), END};
	static const struct step s[] = {GO(0, task), YIELD(2), CANCEL(0), AWAIT(0), RETURN(0)};
	CHECK(s, "in late!ECANCELED out!ECANCELED ", 0);
	static const struct step quiet[] = {SHIELD_FOR(3), SLEEP(10), LOG("in"), LEAVE, LOG("out"), END};
	CHECK(quiet, "in out ", 0); /* nothing was asked: its end changes nothing */
}
END_TEST

START_TEST(shield_for_a_time_and_what_runs_in_it)
{
	static const struct step branch[] = {PENDING, LOG("branch"), RETURN(0)};
	static const struct step task[] = {SHIELD_FOR(10), NURSERY, SPAWN(sleeper), JOIN(branch, branch), WAIT, LOG("in"), LEAVE, END};
	static const struct step s[] = {GO(0, task), YIELD(3), CANCEL(0), SLEEP(2), LOG("x"), AWAIT(0), RETURN(0)};
	CHECK(s, "x branch!ECANCELED branch!ECANCELED sleeper!ECANCELED in!ECANCELED ", 0);
}
END_TEST

START_TEST(abort_of_a_shield_for_a_time)
{
	static const struct step task[] = {SHIELD_FOR(10), SLEEP(100000), LOG("not"), LEAVE, END};
	static const struct step s[] = {GO(0, task), YIELD(2), ABORT(0), SLEEP(2), LOG("x"), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "x ~ end!ECANCELED ", 0);
}
END_TEST

START_TEST(deadline_expires)
{
	static const struct step s[] = {DEADLINE(5), SLEEP(100000), LOG("in"), LEAVE, LOG("out"), SLEEP(1), LOG("after"), END};
	CHECK(s, "in!ECANCELED out!ETIMEDOUT after ", 0);
}
END_TEST

START_TEST(deadline_is_kept)
{
	static const struct step s[] = {DEADLINE(100000), SLEEP(1), LOG("in"), LEAVE, LOG("out"), END};
	CHECK(s, "in out ", 0);
}
END_TEST

START_TEST(deadline_of_nothing)
{
	static const struct step s[] = {DEADLINE(0), SLEEP(1), LOG("in"), LEAVE, LOG("out"), YIELD(1), LOG("after"), END};
	CHECK(s, "in!ECANCELED out!ETIMEDOUT after ", 0);
}
END_TEST

START_TEST(nested_deadlines)
{
	static const struct step outer_first[] = {DEADLINE(5), DEADLINE(100000), SLEEP(100000), LOG("a"), LEAVE, LOG("b"), LEAVE, LOG("c"), END};
	CHECK(outer_first, "a!ECANCELED b!ECANCELED c!ETIMEDOUT ", ASYNC_ETIMEDOUT);
	static const struct step inner_first[] = {DEADLINE(100000), DEADLINE(5), SLEEP(100000), LOG("a"), LEAVE, LOG("b"), SLEEP(1), LOG("c"), LEAVE, LOG("d"), END};
	CHECK(inner_first, "a!ECANCELED b!ETIMEDOUT c d ", 0);
}
END_TEST

START_TEST(deadline_and_shield)
{
	static const struct step s[] = {DEADLINE(3), SHIELD, SLEEP(10), LOG("shielded"), LEAVE, YIELD(1), LOG("in"), LEAVE, LOG("out"), YIELD(1), LOG("after"), END};
	CHECK(s, "shielded in!ECANCELED out!ETIMEDOUT after ", 0);
}
END_TEST

START_TEST(deadline_around_concurrency)
{
	static const struct step branch[] = {PENDING, LOG("branch"), RETURN(0)};
	static const struct step s[] = {DEADLINE(5), NURSERY, SPAWN(sleeper), JOIN(branch, branch), WAIT, LOG("in"), LEAVE, LOG("out"), RETURN(0)};
	CHECK(s, "branch!ECANCELED branch!ECANCELED sleeper!ECANCELED in!ECANCELED out!ETIMEDOUT ", 0);
}
END_TEST

START_TEST(cancelled_deadline_reports_no_timeout)
{
	static const struct step task[] = {DEADLINE(100000), PENDING, LEAVE, LOG("out"), YIELD(1), LOG("after"), END};
	static const struct step s[] = {GO(0, task), YIELD(2), CANCEL(0), AWAIT(0), RETURN(0)};
	CHECK(s, "out!ECANCELED after!ECANCELED ", 0);
}
END_TEST

START_TEST(aborted_deadline_leaves_no_timer)
{
	static const struct step task[] = {DEADLINE(100000), PENDING, LEAVE, END};
	static const struct step s[] = {GO(0, task), YIELD(2), ABORT(0), AWAIT(0), RETURN(0)};
	CHECK(s, "~ ", 0);
}
END_TEST

START_TEST(abort_waits_for_the_shield)
{
	static const struct step task[] = {SHIELD, SLEEP(3), LOG("a"), SHIELD, SLEEP(1), LEAVE, LOG("b"), LEAVE, LOG("not"), END};
	static const struct step s[] = {GO(0, task), YIELD(2), ABORT(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "a b end!ECANCELED ", 0);
}
END_TEST

START_TEST(abort_of_itself)
{
	static const struct step task[] = {ABORT(0), LOG("a"), SLEEP(100000), LOG("not"), END};
	static const struct step s[] = {GO(0, task), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "a ~ end!ECANCELED ", 0);
	static const struct step ends[] = {ABORT(0), LOG("a"), RETURN(3)};
	static const struct step t[] = {GO(0, ends), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(t, "a end:3 ", 0);
}
END_TEST

START_TEST(abort_of_itself_in_front_of_a_shield)
{
	static const struct step task[] = {ABORT(0), SHIELD, SLEEP(2), LOG("shielded"), LEAVE, LOG("not"), END};
	static const struct step s[] = {GO(0, task), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "shielded end!ECANCELED ", 0);
}
END_TEST

START_TEST(abort_of_itself_in_front_of_a_join)
{
	static const struct step task[] = {ABORT(0), JOIN(sleeper, sleeper), LOG("not"), END};
	static const struct step s[] = {GO(0, task), AWAIT(0), LOG("end"), RETURN(0)};
	run(s);
	ck_assert_ptr_null(strstr(trace, "not"));
	ck_assert_ptr_nonnull(strstr(trace, "end!ECANCELED "));
	check_empty();
}
END_TEST

/* --- the runaway rule ------------------------------------------------------------------------- */

START_TEST(runaway_is_aborted)
{
	static const struct step task[] = {PENDING, SPIN(5000), LOG("not"), END};
	static const struct step s[] = {GO(0, task), YIELD(2), CANCEL(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "~ end!ECANCELED ", 0);
}
END_TEST

START_TEST(runaway_branch_takes_its_task_along)
{
	static const struct step branch[] = {PENDING, SPIN(5000), LOG("not"), END};
	static const struct step task[] = {JOIN(branch, sleeper), LOG("not"), END};
	static const struct step s[] = {GO(0, task), YIELD(2), CANCEL(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "sleeper!ECANCELED ~ ~ end!ECANCELED ", 0);
}
END_TEST

START_TEST(runaway_branch_of_a_select)
{
	static const struct step loser[] = {PENDING, SPIN(5000), LOG("not"), END};
	static const struct step winner[] = {SLEEP(1), LOG("winner"), END};
	static const struct step s[] = {SELECT(loser, winner), LOG("won"), RETURN(0)};
	CHECK(s, "winner ~ won:1 ", 0);
}
END_TEST

START_TEST(few_refusals_are_no_runaway)
{
	static const struct step task[] = {PENDING, SPIN(900), SHIELD, SPIN(5000), LEAVE, LOG("task"), END};
	static const struct step s[] = {GO(0, task), YIELD(2), CANCEL(0), AWAIT(0), RETURN(0)};
	CHECK(s, "task ", 0);
}
END_TEST

START_TEST(many_timeouts_are_no_runaway)
{
	static const struct step one[] = {DEADLINE(0), YIELD(1), SPIN(10), LEAVE, TRY, END};
	for (int i = 0; i < 500; i++)
		ck_assert_int_eq(run(one), ASYNC_ETIMEDOUT);
	static struct step many[1501];
	for (int i = 0; i < 500; i++) {
		many[3 * i] = (struct step)DEADLINE(0);
		many[3 * i + 1] = (struct step)SPIN(10);
		many[3 * i + 2] = (struct step)LEAVE;
	}
	many[1500] = (struct step)RETURN(5);
	CHECK(many, "", 5);
}
END_TEST

SUITE_MAIN("scopes", every_operation_is_refused, cancelled_operations_give_way, done_before_the_cancellation_reached_it,
	   shield_hides_it, shield_of_a_cancelled_one, shield_for_a_time, shield_for_a_time_and_what_runs_in_it,
	   abort_of_a_shield_for_a_time, deadline_expires, deadline_is_kept, deadline_of_nothing, nested_deadlines,
	   deadline_and_shield, deadline_around_concurrency, cancelled_deadline_reports_no_timeout,
	   aborted_deadline_leaves_no_timer, abort_waits_for_the_shield, abort_of_itself,
	   abort_of_itself_in_front_of_a_shield, abort_of_itself_in_front_of_a_join, runaway_is_aborted,
	   runaway_branch_takes_its_task_along, runaway_branch_of_a_select, few_refusals_are_no_runaway,
	   many_timeouts_are_no_runaway)

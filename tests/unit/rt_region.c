/* Regions: join, select; who wins, what is cancelled, what is not lost. */
#include "tests/unit/rt_script.h"

static const struct step now[] = {LOG("now"), END};
static const struct step turn[] = {YIELD(1), LOG("turn"), END};
static const struct step slow[] = {SLEEP(10), LOG("slow"), END};
static const struct step sleeper[] = {SLEEP(100000), LOG("sleeper"), END};
static const struct step fails_1[] = {YIELD(1), LOG("fails1"), RETURN(ASYNC_ENOENT)};
static const struct step fails_2[] = {YIELD(2), LOG("fails2"), RETURN(ASYNC_EIO)};
static const struct step fails_now[] = {LOG("fails"), RETURN(ASYNC_EACCES)};

START_TEST(join_waits_for_all)
{
	static const struct step s[] = {JOIN(slow, turn, now), LOG("end"), END};
	CHECK(s, "now turn slow end ", 0);
}
END_TEST

START_TEST(join_that_never_waits)
{
	static const struct step s[] = {JOIN(now, now), LOG("end"), END};
	CHECK(s, "now now end ", 0);
}
END_TEST

START_TEST(join_left_by_one_branch)
{
	static const struct step s[] = {JOIN(sleeper, fails_1, slow), LOG("not"), END};
	CHECK(s, "fails1 sleeper!ECANCELED slow!ECANCELED ", ASYNC_ENOENT);
}
END_TEST

START_TEST(join_left_at_once)
{
	static const struct step s[] = {JOIN(turn, fails_now, now), LOG("not"), END};
	CHECK(s, "fails now turn ", ASYNC_EACCES);
}
END_TEST

START_TEST(first_in_the_text_counts_in_one_turn)
{
	static const struct step a[] = {YIELD(2), RETURN(ASYNC_EIO)}, b[] = {YIELD(1), YIELD(1), RETURN(ASYNC_ENOENT)};
	static const struct step s[] = {JOIN(a, b), END}, t[] = {JOIN(b, a), END};
	CHECK(s, "", ASYNC_EIO);
	CHECK(t, "", ASYNC_ENOENT);
	/* The second one runs first in the turn in which both leave. */
	static const struct step one[] = {SLEEP(3), RETURN(ASYNC_EIO)}, other[] = {SLEEP(3), RETURN(ASYNC_ENOENT)};
	static const struct step u[] = {JOIN(one, other), END};
	CHECK(u, "", ASYNC_EIO);
}
END_TEST

START_TEST(interrupted_branch_does_not_win)
{
	static const struct step victim[] = {PENDING, TRY, END};
	static const struct step s[] = {JOIN(victim, fails_1), END}, t[] = {JOIN(victim, victim, fails_2, victim), END};
	CHECK(s, "fails1 ", ASYNC_ENOENT);
	CHECK(t, "fails2 ", ASYNC_EIO);
}
END_TEST

START_TEST(cancelled_join)
{
	static const struct step parent[] = {JOIN(sleeper, slow), LOG("parent"), SLEEP(1), LOG("next"), END};
	static const struct step s[] = {GO(0, parent), YIELD(2), CANCEL(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "sleeper!ECANCELED slow!ECANCELED end!ECANCELED ", 0);
}
END_TEST

START_TEST(aborted_join)
{
	static const struct step forever[] = {PENDING, LOG("not"), END};
	static const struct step branch[] = {CALL(forever), LOG("not"), END};
	static const struct step parent[] = {JOIN(branch, forever), LOG("not"), END};
	static const struct step s[] = {GO(0, parent), YIELD(2), ABORT(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "~ ~ ~ ~ end!ECANCELED ", 0);
}
END_TEST

START_TEST(aborted_branch_in_a_shield)
{
	static const struct step shielded[] = {SHIELD, SLEEP(5), LOG("shielded"), LEAVE, LOG("not"), END};
	static const struct step forever[] = {PENDING, LOG("not"), END};
	static const struct step parent[] = {JOIN(shielded, forever), LOG("not"), END};
	static const struct step s[] = {GO(0, parent), YIELD(2), ABORT(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "~ shielded ~ end!ECANCELED ", 0);
}
END_TEST

START_TEST(shielded_join)
{
	static const struct step parent[] = {SHIELD, JOIN(slow, turn), LEAVE, LOG("joined"), SLEEP(1), LOG("next"), END};
	static const struct step s[] = {GO(0, parent), YIELD(2), CANCEL(0), AWAIT(0), RETURN(0)};
	CHECK(s, "turn slow joined next!ECANCELED ", 0);
}
END_TEST

START_TEST(select_takes_the_first)
{
	static const struct step s[] = {SELECT(sleeper, slow, sleeper), LOG("won"), RETURN(0)};
	CHECK(s, "slow sleeper!ECANCELED sleeper!ECANCELED won:1 ", 0);
}
END_TEST

START_TEST(select_of_what_is_ready_rotates)
{
	static const struct step arm[] = {END};
	static const struct step s[] = {SELECT(arm, arm, arm), END};
	int won[3] = {0};
	for (int i = 0; i < 300; i++)
		won[run(s)]++;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(won[i], 100);
}
END_TEST

START_TEST(select_with_default)
{
	static const struct step s[] = {SELECT_DEFAULT(sleeper, slow), LOG("won"), RETURN(0)};
	CHECK(s, "sleeper!ECANCELED slow!ECANCELED won:100 ", 0);
	static const struct step t[] = {SELECT_DEFAULT(sleeper, now), LOG("won"), RETURN(0)};
	for (int i = 0; i < 4; i++) { /* the arms start in an order that rotates */
		run(t);
		ck_assert(!strcmp(trace, "now won:1 ") || !strcmp(trace, "now sleeper!ECANCELED won:1 "));
		check_empty();
	}
}
END_TEST

START_TEST(cancelled_select)
{
	static const struct step parent[] = {SELECT(sleeper, slow), LOG("won"), SLEEP(1), LOG("next"), END};
	static const struct step s[] = {GO(0, parent), YIELD(2), CANCEL(0), AWAIT(0), RETURN(0)};
	run(s);
	ck_assert_ptr_nonnull(strstr(trace, "next!ECANCELED"));
	check_empty();
}
END_TEST

/* --- no arm loses data ------------------------------------------------------------------------ */

static struct async__chan *left, *right, *both;

static void chans_open(size_t capacity)
{
	left = async__chan_new(sizeof(int), capacity, ASYNC__CHAN_QUEUE);
	right = async__chan_new(sizeof(int), capacity, ASYNC__CHAN_QUEUE);
	both = async__chan_new(sizeof(int), capacity, ASYNC__CHAN_QUEUE);
}

static void chans_free(void)
{
	async__chan_free(left);
	async__chan_free(right);
	async__chan_free(both);
}

static const struct step recv_left[] = {RECV(left), END}, recv_right[] = {RECV(right), END};
static const struct step recv_both[] = {RECV(both), LOG("both"), END};
static const struct step call_left[] = {CALL(recv_left), END};

/* What is in the channels. */
static int waiting_in(struct async__chan *c)
{
	return (int)async__chan_len(c);
}

START_TEST(two_messages_in_one_turn)
{
	static const struct step receiver[] = {SELECT(call_left, recv_right), LOG("won"), END};
	static const struct step sender[] = {SEND(left, 1), SEND(right, 2), END};
	static const struct step rightwards[] = {SEND(right, 1), SEND(left, 2), END};
	static const struct step s[] = {GO(0, receiver), YIELD(2), CALL(sender), AWAIT(0), RETURN(0)};
	static const struct step t[] = {GO(0, receiver), YIELD(2), CALL(rightwards), AWAIT(0), RETURN(0)};
	chans_open(SIZE_MAX);
	CHECK(s, "won ", 0);
	ck_assert_int_eq(waiting_in(left), 0);
	ck_assert_int_eq(waiting_in(right), 1);
	int message;
	ck_assert_int_eq(async__chan_try_recv(right, &message), 0);
	CHECK(t, "won:1 ", 0);
	ck_assert_int_eq(waiting_in(left), 1);
	ck_assert_int_eq(waiting_in(right), 0);
	chans_free();
}
END_TEST

START_TEST(nested_selects_decide_together)
{
	static const struct step inner[] = {SELECT(recv_left, sleeper), END};
	static const struct step receiver[] = {SELECT(inner, recv_right), LOG("won"), END};
	static const struct step sender[] = {SEND(left, 1), SEND(right, 2), END};
	static const struct step s[] = {GO(0, receiver), YIELD(2), CALL(sender), AWAIT(0), RETURN(0)};
	chans_open(SIZE_MAX);
	run(s);
	ck_assert_ptr_nonnull(strstr(trace, "won "));
	ck_assert_int_eq(waiting_in(left), 0);
	ck_assert_int_eq(waiting_in(right), 1);
	check_empty();
	chans_free();
}
END_TEST

START_TEST(arms_that_meet_each_other)
{
	static const struct step send_both[] = {SEND(both, 5), END};
	static const struct step s[] = {SELECT(recv_both, send_both), END};
	for (int i = 0; i < 4; i++) {
		chans_open(0);
		run(s);
		/* Either it was sent and received, or not sent. */
		ck_assert_str_eq(trace, "both:5 ");
		check_empty();
		chans_free();
	}
}
END_TEST

START_TEST(cancelled_arm_has_taken_nothing)
{
	static const struct step s[] = {SELECT(recv_left, slow), LOG("won"), RETURN(0)};
	chans_open(SIZE_MAX);
	CHECK(s, "slow won:1 ", 0);
	int message = 3;
	ck_assert_int_eq(async__chan_try_send(left, &message), 0);
	ck_assert_int_eq(waiting_in(left), 1);
	chans_free();
}
END_TEST

START_TEST(messages_survive_the_abort_of_who_was_handed_them)
{
	static const struct step receiver[] = {RECV(left), LOG("not"), END};
	static const struct step s[] = {GO(0, receiver), YIELD(2), SEND(left, 4), ABORT(0), AWAIT(0), RETURN(0)};
	chans_open(SIZE_MAX);
	CHECK(s, "~ ", 0);
	ck_assert_int_eq(waiting_in(left), 1);
	chans_free();
}
END_TEST

START_TEST(select_on_a_task)
{
	static const struct step task[] = {SLEEP(5), RETURN(9)};
	static const struct step await[] = {AWAIT(0), LOG("await"), END};
	static const struct step s[] = {GO(0, task), SELECT(await, sleeper), LOG("won"), RETURN(0)};
	CHECK(s, "await:9 sleeper!ECANCELED won ", 0);
	static const struct step soon[] = {SLEEP(1), END};
	static const struct step t[] = {GO(0, task), SELECT(await, soon), LOG("won"), AWAIT(0), LOG("task"), RETURN(0)};
	CHECK(t, "await!ECANCELED won:1 task:9 ", 0); /* the handle remains valid */
}
END_TEST

/* --- depth ------------------------------------------------------------------------------------ */

START_TEST(deep_recursion_through_joins)
{
	enum { DEPTH = 12 };
	static struct step levels[DEPTH + 1][3];
	for (int i = 0; i < DEPTH; i++) {
		levels[i][0] = (struct step)JOIN(levels[i + 1], levels[i + 1]);
		levels[i][1] = (struct step)END;
	}
	levels[DEPTH][0] = (struct step)YIELD(1);
	levels[DEPTH][1] = (struct step)END;
	CHECK(levels[0], "", 0);
}
END_TEST

START_TEST(starts_that_are_put_off)
{
	enum { DEPTH = 3000 };
	static struct step levels[DEPTH + 1][3];
	for (int i = 0; i < DEPTH; i++) {
		levels[i][0] = (struct step)JOIN(levels[i + 1], turn, levels[DEPTH]);
		levels[i][1] = (struct step)END;
	}
	levels[DEPTH][0] = (struct step)YIELD(1);
	levels[DEPTH][1] = (struct step)END;
	ck_assert_int_eq(run(levels[0]), 0);
	check_empty();
}
END_TEST

SUITE_MAIN("regions", join_waits_for_all, join_that_never_waits, join_left_by_one_branch, join_left_at_once,
	   first_in_the_text_counts_in_one_turn, interrupted_branch_does_not_win, cancelled_join, aborted_join,
	   aborted_branch_in_a_shield, shielded_join, select_takes_the_first, select_of_what_is_ready_rotates,
	   select_with_default, cancelled_select, two_messages_in_one_turn, nested_selects_decide_together,
	   arms_that_meet_each_other, cancelled_arm_has_taken_nothing, messages_survive_the_abort_of_who_was_handed_them,
	   select_on_a_task, deep_recursion_through_joins, starts_that_are_put_off)

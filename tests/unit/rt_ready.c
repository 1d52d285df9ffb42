/* The ready queue against a plain array. */
#include "rt/queue.h"
#include "tests/unit/suite.h"

enum { STRANDS = 100 };

static struct async__context strands[STRANDS];

START_TEST(queue_is_first_in_first_out)
{
	struct async__queue q;
	async__queue_init(&q);
	ck_assert(async__queue_is_empty(&q));
	ck_assert_ptr_null(async__queue_pop(&q));
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < STRANDS; i++)
			async__queue_push(&q, &strands[i]);
		for (int i = 0; i < STRANDS; i++)
			ck_assert_ptr_eq(async__queue_pop(&q), &strands[i]);
		ck_assert(async__queue_is_empty(&q));
		ck_assert_ptr_null(async__queue_pop(&q));
	}
}
END_TEST

START_TEST(queue_agrees_with_model)
{
	struct async__queue q;
	async__queue_init(&q);
	struct async__context *model[2 * STRANDS * 100];
	size_t first = STRANDS * 100, end = first;
	bool queued[STRANDS] = {false};
	srand(1);
	for (int step = 0; step < STRANDS * 90; step++) {
		int i = rand() % STRANDS;
		switch (rand() % 3) {
		case 0:
			if (!queued[i]) {
				async__queue_push(&q, &strands[i]);
				model[end++] = &strands[i];
				queued[i] = true;
			}
			break;
		case 1:
			if (!queued[i]) {
				async__queue_push_front(&q, &strands[i]);
				model[--first] = &strands[i];
				queued[i] = true;
			}
			break;
		default: {
			struct async__context *cx = async__queue_pop(&q);
			ck_assert_ptr_eq(cx, first < end ? model[first] : NULL);
			if (cx) {
				first++;
				queued[cx - strands] = false;
			}
		}
		}
		ck_assert_int_eq(async__queue_is_empty(&q), first == end);
	}
}
END_TEST

SUITE_MAIN("ready queue", queue_is_first_in_first_out, queue_agrees_with_model)

/* Sockets and files under cancellation, closing and abort, with operations awaited by a state machine written by hand.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "asyncc/file.h"
#include "asyncc/net.h"
#include "asyncc/os_abi.h"
#include "rt/internal.h"
#include "rt/uv_handle.h"
#include "tests/unit/suite.h"

/* async fn probe(): awaits one operation, whose frame was filled by the test. */
struct probe__frame {
	struct async__frame base;
	async__poll_fn *poll;
	bool done, aborted;
	union {
		struct async__frame any;
		struct async_tcp_accept__frame accept;
		struct async_tcp_connect__frame connect;
		struct async_tcp_read__frame read;
		struct async_tcp_recv__frame recv;
		struct async_tcp_wait_readable__frame wait_readable;
		struct async_tcp_wait_writable__frame wait_writable;
		struct async_tcp_write__frame write;
		struct async_file_load__frame load;
		struct async_file_open__frame open;
		struct async_file_read__frame file_read;
		struct async__job_run__frame run;
	} op;
};

static async__poll_fn probe__poll;
static const struct async__fn probe__fn = {
	"probe", "t.ac", 1, _Alignof(struct probe__frame), sizeof(struct probe__frame), probe__poll, NULL, 0, 0, 0, .ended = ASYNC__ENDED};
static const struct async__site probe__site = {
	probe__poll, 2, offsetof(struct probe__frame, op), &probe__fn, 2, 2, "op", NULL, 0, 0};

static enum async__poll probe__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct probe__frame *f = (struct probe__frame *)self;
	if (state == 3) {
		f->aborted = true;
		return ASYNC__ABORTED;
	}
	if (state == 0 && f->poll(&f->op.any, cx, 0) == ASYNC__PENDING)
		return async__suspend(cx, self, &probe__site);
	f->done = true;
	return ASYNC__READY;
}

static struct async_runtime *runtime(void)
{
	int err;
	return async__runtime_get(&err);
}

/* A strand for a probe; both are the test's. */
static void probe_start(struct async__outer_task *task, struct probe__frame *f, async__poll_fn *poll)
{
	f->poll = poll;
	async__task_init(task, runtime(), &f->base, &probe__fn);
	async__task_start(&task->task);
}

static void run_for(uint64_t ms)
{
	ck_assert_int_eq(async_sleep__block_on(ms), 0);
}

/* Until that has come about; what doesn't, fails after a while. */
#define run_until(condition)                                                                                           \
	do {                                                                                                           \
		bool is_so = condition;                                                                                \
		for (int turn = 0; turn < 30000 && !is_so; turn++, is_so = condition)                                  \
			run_for(1);                                                                                    \
		ck_assert_msg(is_so, #condition);                                                                      \
	} while (0)

struct pair {
	async_listener *listener;
	async_tcp *client, *server;
};

static struct pair pair_open(void)
{
	struct pair p = {.listener = async_tcp_listen("127.0.0.1", 0, 8).value};
	ck_assert_ptr_nonnull(p.listener);
	p.client = async_tcp_connect__block_on("127.0.0.1", async_listener_port(p.listener)).value;
	p.server = async_tcp_accept__block_on(p.listener).value;
	ck_assert_ptr_nonnull(p.client);
	ck_assert_ptr_nonnull(p.server);
	return p;
}

static void pair_close(struct pair *p)
{
	async_tcp_close(p->client);
	async_tcp_close(p->server);
	async_listener_close(p->listener);
	run_until(runtime()->io_count == 0);
}

START_TEST(cancelled_read_has_read_nothing)
{
	struct pair p = pair_open();
	char buf[8] = "";
	struct async__outer_task task;
	struct probe__frame f = {.op.read = {.s = p.server, .buf = buf, .len = sizeof buf}};
	probe_start(&task, &f, async_tcp_read__poll);
	run_for(1);
	ck_assert(!f.done);
	async__strand_cancel(&task.task.strand);
	run_until(f.done && task.task.done);
	ck_assert_int_eq(f.op.read.value, ASYNC_ECANCELED);
	ck_assert_int_eq(async_tcp_write__block_on(p.client, "abc", 3), 3);
	ck_assert_int_eq(async_tcp_read__block_on(p.server, buf, sizeof buf), 3);
	pair_close(&p);
}
END_TEST

START_TEST(cancel_after_completion_keeps_the_result)
{
	struct pair p = pair_open();
	char buf[8] = "";
	struct async__outer_task task;
	struct probe__frame f = {.op.read = {.s = p.server, .buf = buf, .len = sizeof buf}};
	probe_start(&task, &f, async_tcp_read__poll);
	run_for(1);
	ck_assert_int_eq(async_tcp_write__block_on(p.client, "abc", 3), 3);
	while (!task.task.strand.next && task.task.strand.interrupt) /* until the read has been completed, but not seen */
		async__loop_poll(runtime());
	async__strand_cancel(&task.task.strand);
	run_until(f.done);
	ck_assert_int_eq(f.op.read.value, 3);
	pair_close(&p);
}
END_TEST

START_TEST(aborted_read_unwinds)
{
	struct pair p = pair_open();
	char buf[8];
	struct async__outer_task task;
	struct probe__frame f = {.op.read = {.s = p.server, .buf = buf, .len = sizeof buf}};
	probe_start(&task, &f, async_tcp_read__poll);
	run_for(1);
	async__strand_abort(&task.task.strand);
	run_until(f.aborted && !f.done && task.task.aborted);
	pair_close(&p);
}
END_TEST

/* Lets the loop complete what the strand waits for, without running it. */
static void complete(struct async__outer_task *task)
{
	struct async_runtime *rt = runtime();
	for (int i = 0; i < 30000 && async__queue_is_empty(&rt->ready); i++) {
		usleep(1000);
		async__loop_poll(rt);
	}
	ck_assert_ptr_eq(rt->ready.first, &task->task.strand);
}

START_TEST(aborted_recv_gives_back_what_it_got)
{
	struct pair p = pair_open();
	struct async__outer_task task;
	struct probe__frame f = {.op.recv = {.s = p.server}};
	probe_start(&task, &f, async_tcp_recv__poll);
	run_for(1);
	ck_assert_int_eq(async_tcp_try_write(p.client, "abc", 3), 3);
	complete(&task);
	async__strand_abort(&task.task.strand);
	run_until(f.aborted);
	pair_close(&p);
}
END_TEST

START_TEST(aborted_accept_closes_what_it_got)
{
	struct pair p = pair_open();
	struct async__outer_task task;
	struct probe__frame f = {.op.accept = {.l = p.listener}};
	char c;
	probe_start(&task, &f, async_tcp_accept__poll);
	run_for(1);
	async_tcp_close(p.client);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in a = {.sin_family = AF_INET,
				.sin_port = htons(async_listener_port(p.listener)),
				.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	complete(&task);
	async__strand_abort(&task.task.strand);
	run_until(f.aborted);
	ck_assert_int_eq(read(fd, &c, 1), 0); /* closed */
	close(fd);
	p.client = NULL;
	pair_close(&p);
}
END_TEST

/* A reader and a writer of one socket, either of them cancelled first. */
START_TEST(both_sides_wait)
{
	static char data[8 << 20];
	for (int first = 0; first < 4; first++) {
		struct pair p = pair_open();
		struct async__outer_task tasks[2];
		struct probe__frame r = {.op.wait_readable = {.s = p.server}},
				    w = {.op.write = {.s = p.server, .buf = data, .len = sizeof data}};
		struct probe__frame *f[2] = {&r, &w};
		probe_start(&tasks[0], first & 1 ? &w : &r, first & 1 ? async_tcp_write__poll : async_tcp_wait_readable__poll);
		run_for(1);
		probe_start(&tasks[1], first & 1 ? &r : &w, first & 1 ? async_tcp_wait_readable__poll : async_tcp_write__poll);
		run_for(10);
		ck_assert(!r.done && !w.done);
		ck_assert_uint_eq(runtime()->io_count, 2);
		int cancelled = first >> 1;
		async__strand_cancel(&tasks[cancelled ^ (first & 1)].task.strand);
		run_until(f[cancelled]->done && !f[!cancelled]->done);
		if (cancelled == 1) { /* the reader still waits, and hears */
			ck_assert_int_gt(w.op.write.value, 0);
			ck_assert_int_eq(async_tcp_write__block_on(p.client, "x", 1), 1);
			run_until(r.done);
			ck_assert_int_eq(r.op.wait_readable.value, 0);
		} else {
			ck_assert_int_eq(r.op.wait_readable.value, ASYNC_ECANCELED);
			for (ptrdiff_t left = sizeof data, n; left; left -= n) {
				static char sink[1 << 20];
				n = async_tcp_read__block_on(p.client, sink, sizeof sink);
				ck_assert_int_gt(n, 0);
			}
			run_until(w.done);
			ck_assert_int_eq(w.op.write.value, sizeof data);
		}
		pair_close(&p);
	}
}
END_TEST

START_TEST(close_ends_both_sides)
{
	static char data[8 << 20];
	struct pair p = pair_open();
	struct async__outer_task tasks[2];
	struct probe__frame r = {.op.recv = {.s = p.server}},
			    w = {.op.write = {.s = p.server, .buf = data, .len = sizeof data}};
	probe_start(&tasks[0], &r, async_tcp_recv__poll);
	probe_start(&tasks[1], &w, async_tcp_write__poll);
	run_for(10);
	async_tcp_close(p.server);
	p.server = NULL;
	run_until(r.done && w.done);
	ck_assert_int_eq(r.op.recv.value.err, ASYNC_ECANCELED);
	ck_assert_int_gt(w.op.write.value, 0);
	pair_close(&p);
}
END_TEST

/* What a peer sends and nobody reads does not keep the loop turning. */
START_TEST(unread_data_disarms)
{
	struct pair p = pair_open();
	char c;
	struct async__outer_task task;
	struct probe__frame f = {.op.read = {.s = p.server, .buf = &c, .len = 1}};
	probe_start(&task, &f, async_tcp_read__poll);
	run_for(1);
	ck_assert_int_eq(async_tcp_write__block_on(p.client, "abcdef", 6), 6);
	struct async__watch *w = (struct async__watch *)p.server;
	run_until(f.done && !w->armed);
	ck_assert_int_eq(async_tcp_try_read(p.server, &c, 1), 1);
	ck_assert_int_eq(c, 'b');
	ck_assert_int_eq(async_tcp_wait_readable__block_on(p.server), 0);
	ck_assert_int_eq(async_tcp_read__block_on(p.server, &c, 1), 1);
	ck_assert_int_eq(c, 'c');
	pair_close(&p);
}
END_TEST

START_TEST(close_ends_what_waits)
{
	struct pair p = pair_open();
	char buf[8];
	struct async__outer_task tasks[2];
	struct probe__frame f = {.op.read = {.s = p.server, .buf = buf, .len = sizeof buf}},
			    g = {.op.accept = {.l = p.listener}};
	probe_start(&tasks[0], &f, async_tcp_read__poll);
	probe_start(&tasks[1], &g, async_tcp_accept__poll);
	run_for(1);
	async_tcp_close(p.server);
	async_listener_close(p.listener);
	p.server = NULL;
	p.listener = NULL;
	run_until(f.done && g.done);
	ck_assert_int_eq(f.op.read.value, ASYNC_ECANCELED);
	ck_assert_int_eq(g.op.accept.value.err, ASYNC_ECANCELED);
	pair_close(&p);
}
END_TEST

START_TEST(second_reader_is_refused)
{
	struct pair p = pair_open();
	char buf[8];
	struct async__outer_task task;
	struct probe__frame f = {.op.read = {.s = p.server, .buf = buf, .len = sizeof buf}};
	probe_start(&task, &f, async_tcp_read__poll);
	run_for(1);
	ck_assert_int_eq(async_tcp_read__block_on(p.server, buf, sizeof buf), ASYNC_EBUSY);
	ck_assert_int_eq(async_tcp_write__block_on(p.server, "x", 1), 1);
	ck_assert_int_eq(async_tcp_write__block_on(p.client, "ab", 2), 2);
	run_until(f.done);
	ck_assert_int_eq(f.op.read.value, 2);
	pair_close(&p);
}
END_TEST

START_TEST(cancelled_write_reports_what_it_moved)
{
	enum { TOTAL = 64 << 20 };
	struct pair p = pair_open();
	char *data = calloc(1, TOTAL), *buf = malloc(1 << 20);
	struct async__outer_task task;
	struct probe__frame f = {.op.write = {.s = p.client, .buf = data, .len = TOTAL}};
	probe_start(&task, &f, async_tcp_write__poll);
	run_for(20);
	ck_assert(!f.done);
	async__strand_cancel(&task.task.strand);
	run_until(f.done);
	ptrdiff_t moved = f.op.write.value;
	ck_assert_int_gt(moved, 0);
	ck_assert_int_lt(moved, TOTAL);
	ck_assert_int_eq(async_tcp_shutdown(p.client), 0);
	ptrdiff_t n;
	while ((n = async_tcp_read__block_on(p.server, buf, 1 << 20)) > 0)
		moved -= n;
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(moved, 0);
	free(data);
	free(buf);
	pair_close(&p);
}
END_TEST

START_TEST(cancelled_connect_leaves_nothing)
{
	/* A full backlog leaves further connections unanswered. */
	async_listener *l = async_tcp_listen("127.0.0.1", 0, 0).value;
	struct async__outer_task tasks[8];
	struct probe__frame f[8];
	int waiting = 0;
	for (int i = 0; i < 8; i++) {
		f[i] = (struct probe__frame){.op.connect = {.host = "127.0.0.1", .port = async_listener_port(l)}};
		probe_start(&tasks[i], &f[i], async_tcp_connect__poll);
	}
	run_for(50);
	for (int i = 0; i < 8; i++) {
		waiting += !f[i].done;
		async__strand_cancel(&tasks[i].task.strand);
	}
	run_for(1);
	ck_assert_int_gt(waiting, 0);
	for (int i = 0; i < 8; i++) {
		ck_assert(f[i].done);
		ck_assert(f[i].op.connect.value.err == ASYNC_ECANCELED ? !f[i].op.connect.value.value
								       : !f[i].op.connect.value.err);
		async_tcp_close(f[i].op.connect.value.value);
	}
	async_listener_close(l);
	run_until(runtime()->io_count == 0);
}
END_TEST

START_TEST(one_task_cannot_starve_the_others)
{
	struct pair p = pair_open();
	struct async__outer_task task;
	char buf[8];
	struct probe__frame f = {.op.read = {.s = p.server, .buf = buf, .len = sizeof buf}};
	probe_start(&task, &f, async_tcp_read__poll);
	ck_assert_int_eq(async_tcp_write__block_on(p.client, "x", 1), 1);
	/* Writes that never wait, in one task: the reader gets its turn all the same. */
	for (int i = 0; i < 3 * OPERATION_BUDGET && !f.done; i++)
		ck_assert_int_eq(async_tcp_write__block_on(p.client, "x", 1), 1);
	ck_assert(f.done);
	pair_close(&p);
}
END_TEST

static char fifo_dir[64], fifo[96];

static void fifo_make(void)
{
	strcpy(fifo_dir, "/tmp/asyncc-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fifo_dir));
	snprintf(fifo, sizeof fifo, "%s/fifo", fifo_dir);
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
}

/* For writing, once a job of the pool has begun to read it; the job goes on to wait for what is written. */
static int fifo_open(void)
{
	int fd;
	run_until((fd = open(fifo, O_WRONLY | O_NONBLOCK)) >= 0);
	return fd;
}

static void fifo_remove(void)
{
	unlink(fifo);
	rmdir(fifo_dir);
}

static ptrdiff_t read_fifo(void *arg)
{
	char buf[10];
	(void)arg;
	int fd = open(fifo, O_RDONLY);
	ptrdiff_t n = read(fd, buf, sizeof buf);
	close(fd);
	return n;
}

START_TEST(cancelled_job_that_has_begun_gives_its_result)
{
	fifo_make();
	struct async__outer_task task;
	struct probe__frame f = {.op.run = {.run = read_fifo}}; /* waits for a writer */
	probe_start(&task, &f, async__job_run__poll);
	int fd = fifo_open();
	async__strand_cancel(&task.task.strand);
	run_for(5);
	ck_assert(!f.done);
	ck_assert_int_eq(write(fd, "data", 4), 4);
	close(fd);
	run_until(f.done);
	ck_assert_int_eq(f.op.run.value, 4);
	fifo_remove();
}
END_TEST

START_TEST(cancelled_load_ends)
{
	fifo_make();
	struct async__outer_task task;
	struct probe__frame f = {.op.load = {.path = fifo}}, g = {.op.load = {.path = fifo}};
	probe_start(&task, &f, async_file_load__poll);
	int fd = fifo_open();
	async__strand_cancel(&task.task.strand); /* in flight */
	run_until(f.done);
	ck_assert_int_eq(f.op.load.value.err, ASYNC_ECANCELED);
	close(fd);
	probe_start(&task, &g, async_file_load__poll);
	fd = fifo_open();
	ck_assert_int_eq(write(fd, "data", 4), 4);
	run_for(5);
	ck_assert(!g.done);
	close(fd);
	run_until(g.done);
	ck_assert_str_eq(g.op.load.value.value.data, "data");
	free(g.op.load.value.value.data);
	fifo_remove();
}
END_TEST

START_TEST(aborted_job_gives_back_what_it_got)
{
	fifo_make();
	struct async__outer_task tasks[2];
	runtime(); /* has its descriptors */
	int fd = dup(0);
	close(fd); /* the next number */
	struct probe__frame f = {.op.open = {.path = fifo}}, g = {.op.open = {.path = "/dev/null"}};
	probe_start(&tasks[0], &f, async_file_open__poll);
	int writer = fifo_open();
	async__strand_abort(&tasks[0].task.strand); /* in flight */
	close(writer);
	run_until(f.aborted);
	probe_start(&tasks[1], &g, async_file_open__poll);
	async_yield_now__block_on();
	complete(&tasks[1]);
	async__strand_abort(&tasks[1].task.strand);
	run_until(g.aborted);
	int next = dup(0);
	ck_assert_int_eq(next, fd);
	close(next);
	fifo_remove();
}
END_TEST

START_TEST(cancelled_job_that_waits_never_runs)
{
	enum { JOBS = 8 };
	fifo_make();
	struct async__outer_task tasks[JOBS];
	struct probe__frame f[JOBS];
	for (int i = 0; i < JOBS; i++) {
		f[i] = (struct probe__frame){.op.load = {.path = fifo}};
		probe_start(&tasks[i], &f[i], async_file_load__poll);
	}
	run_for(20); /* the pool's 4 threads may have begun with some */
	async__strand_cancel(&tasks[JOBS - 1].task.strand);
	run_until(f[JOBS - 1].done);
	ck_assert_int_eq(f[JOBS - 1].op.load.value.err, ASYNC_ECANCELED);
	ck_assert(!f[0].done);
	for (int i = 0; i < 6000 && runtime()->io_count; i++) {
		int fd = open(fifo, O_WRONLY | O_NONBLOCK);
		if (fd >= 0)
			close(fd);
		run_for(5);
	}
	for (int i = 0; i < JOBS; i++) {
		ck_assert(f[i].done);
		free(f[i].op.load.value.value.data);
	}
	fifo_remove();
}
END_TEST

SUITE_MAIN("sockets and files", cancelled_read_has_read_nothing, cancel_after_completion_keeps_the_result,
	   aborted_read_unwinds, close_ends_what_waits, second_reader_is_refused, cancelled_write_reports_what_it_moved,
	   aborted_recv_gives_back_what_it_got, aborted_accept_closes_what_it_got, both_sides_wait, close_ends_both_sides,
	   unread_data_disarms, cancelled_connect_leaves_nothing, one_task_cannot_starve_the_others,
	   cancelled_job_that_has_begun_gives_its_result, cancelled_load_ends, aborted_job_gives_back_what_it_got,
	   cancelled_job_that_waits_never_runs)

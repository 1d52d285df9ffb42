/* Commands: see command.h. */
#define _GNU_SOURCE
#include "driver/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/temp.h"
#include "frontend/base/arena.h"
#include "frontend/base/vec.h"

struct arena *driver_arena(void)
{
	static struct arena *arena;
	if (!arena)
		arena = arena_new();
	return arena;
}

void args_push(struct args *a, const char *text)
{
	if (a->len + 2 > a->cap) {
		unsigned cap = a->cap;
		a->data = vec_grow(driver_arena(), a->data, &cap, sizeof *a->data);
		a->cap = cap;
	}
	a->data[a->len++] = text;
	a->data[a->len] = NULL;
}

void args_append(struct args *a, const struct args *more)
{
	for (unsigned i = 0; i < more->len; i++)
		args_push(a, more->data[i]);
}

const char *text_printf(const char *format, ...)
{
	va_list args;
	char *text;
	va_start(args, format);
	int len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		abort();
	const char *copy = arena_strndup(driver_arena(), text, (size_t)len);
	free(text);
	return copy;
}

void command_show(const struct args *a)
{
	for (unsigned i = 0; i < a->len; i++) {
		const char *text = a->data[i];
		bool plain = *text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,:=@%") == strlen(text);
		fputc(' ', stderr);
		if (plain) {
			fputs(text, stderr);
			continue;
		}
		fputc('"', stderr);
		for (; *text; text++) {
			if (strchr("\"\\$`", *text))
				fputc('\\', stderr);
			fputc(*text, stderr);
		}
		fputc('"', stderr);
	}
	fputc('\n', stderr);
}

static void report_failure(const char *program, int error)
{
	fprintf(stderr, "asyncc: error: cannot run '%s': %s\n", program, strerror(error));
}

/* In the child: standard streams, then the program. Never returns. */
static void child_exec(const struct command *c, int out, int err, int failure)
{
	int in = c->input ? open(c->input, O_RDONLY) : -1;
	if ((c->input && in < 0) || (in >= 0 && dup2(in, 0) < 0) || (out >= 0 && dup2(out, 1) < 0) || (err >= 0 && dup2(err, 2) < 0))
		goto failed;
	temp_reset_signals();
	execvp(c->args.data[0], (char *const *)c->args.data);
failed:;
	int error = errno;
	ssize_t ignored = write(failure, &error, sizeof error);
	(void)ignored;
	_exit(127);
}

static void close_pipe(int fds[2])
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Reads both pipes to their ends. */
static void drain(int out, struct buf *output, int err, struct buf *messages)
{
	struct pollfd fds[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
	struct buf *bufs[2] = {output, messages};
	static char block[1 << 16];
	while (fds[0].fd >= 0 || fds[1].fd >= 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			break;
		for (int i = 0; i < 2; i++) {
			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			ssize_t n = read(fds[i].fd, block, sizeof block);
			if (n > 0)
				buf_write(bufs[i], block, (size_t)n);
			else if (n == 0 || errno != EINTR)
				fds[i].fd = -1;
		}
	}
}

int command_run(const struct command *c)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1}, failure[2] = {-1, -1};
	if (pipe2(failure, O_CLOEXEC) < 0 || (c->output && pipe2(out, O_CLOEXEC) < 0) || (c->messages && pipe2(err, O_CLOEXEC) < 0)) {
		report_failure(c->args.data[0], errno);
		close_pipe(failure), close_pipe(out), close_pipe(err);
		return COMMAND_NOT_RUN;
	}
	fflush(NULL);
	pid_t pid = temp_fork();
	if (pid == 0)
		child_exec(c, out[1], err[1], failure[1]);
	int fork_error = errno;
	close(failure[1]);
	if (out[1] >= 0)
		close(out[1]);
	if (err[1] >= 0)
		close(err[1]);
	if (pid < 0) {
		report_failure(c->args.data[0], fork_error);
		failure[1] = out[1] = err[1] = -1;
		close_pipe(failure), close_pipe(out), close_pipe(err);
		return COMMAND_NOT_RUN;
	}
	drain(out[0], c->output, err[0], c->messages);
	int error = 0, status = 0;
	bool failed = read(failure[0], &error, sizeof error) == (ssize_t)sizeof error;
	close(failure[0]);
	if (out[0] >= 0)
		close(out[0]);
	if (err[0] >= 0)
		close(err[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	temp_child_ended();
	if (failed) {
		report_failure(c->args.data[0], error);
		return COMMAND_NOT_RUN;
	}
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) != SIGINT)
		fprintf(stderr, "asyncc: error: '%s' was killed by signal %d (%s)\n", c->args.data[0], WTERMSIG(status), strsignal(WTERMSIG(status)));
	return 128 + WTERMSIG(status);
}

int command_become(const struct args *a)
{
	fflush(NULL);
	int error = temp_hand_over();
	if (!error) {
		temp_reset_signals();
		execv(a->data[0], (char *const *)a->data);
		error = errno;
	}
	report_failure(a->data[0], error);
	return COMMAND_NOT_RUN;
}

void command_exec(const struct args *a)
{
	fflush(NULL);
	temp_cleanup();
	temp_reset_signals();
	execvp(a->data[0], (char *const *)a->data);
	report_failure(a->data[0], errno);
}

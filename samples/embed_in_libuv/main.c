/* A libuv program of callbacks: it takes lines on standard input and answers each one. It has gained one async function,
 * answer() in answer.ac; the lines marked with an arrow are what that took. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <asyncc/runtime.h> /* <- */

async_future answer(const char *line); /* <- */

static uv_pipe_t input;
static uv_signal_t interrupted;
static char buffer[4096];
static size_t length;
static unsigned pending; /* answers under way */
static int at_end;

static void close_when_done(void)
{
	if (at_end && !pending) {
		async_runtime_detach(NULL, NULL); /* <- the loop ends when nothing else is open */
		uv_close((uv_handle_t *)&interrupted, NULL);
	}
}

static void answered(void *line, int err, const void *value) /* <- */
{
	if (err)
		fprintf(stderr, "%s: %s\n", (char *)line, async_strerror(err));
	else
		printf("%s has %d letters\n", (char *)line, *(const int *)value);
	free(line);
	pending--;
	close_when_done();
}

static void take_line(char *start, size_t size)
{
	char *line = malloc(size + 1);
	if (!line)
		return;
	memcpy(line, start, size);
	line[size] = 0;
	if (async_start(answer(line), answered, line, NULL)) /* <- */
		free(line);
	else
		pending++;
}

static void got_memory(uv_handle_t *handle, size_t suggested, uv_buf_t *to)
{
	(void)handle;
	(void)suggested;
	*to = uv_buf_init(buffer + length, sizeof buffer - length);
}

static void got_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
	char *start = buffer, *newline;
	(void)bytes;
	if (n < 0) {
		at_end = 1;
		uv_close((uv_handle_t *)stream, NULL);
		close_when_done();
		return;
	}
	length += (size_t)n;
	while ((newline = memchr(start, '\n', length - (size_t)(start - buffer)))) {
		take_line(start, (size_t)(newline - start));
		start = newline + 1;
	}
	length -= (size_t)(start - buffer);
	memmove(buffer, start, length);
}

static void got_signal(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

int main(void)
{
	uv_loop_t *loop = uv_default_loop();
	int err = async_runtime_attach(loop); /* <- */
	if (err) {
		fprintf(stderr, "embed_in_libuv: %s\n", async_strerror(err));
		return 1;
	}
	uv_signal_init(loop, &interrupted);
	uv_signal_start(&interrupted, got_signal, SIGINT);
	uv_pipe_init(loop, &input, 0);
	uv_pipe_open(&input, 0);
	uv_read_start((uv_stream_t *)&input, got_memory, got_bytes);
	uv_run(loop, UV_RUN_DEFAULT);
	return uv_loop_close(loop) ? 1 : 0;
}

/* raw libuv callbacks and http-parser, by hand: GET / is answered, whatever its headers; answers to requests that came together are
 * written together. args: port */
#include <http_parser.h>
#include <string.h>
#include <time.h>
#include "../../common/srv_uv.h"

struct conn {
	uv_tcp_t tcp;
	http_parser parser;
	char target[64];
	size_t target_len;
	uv_buf_t out;
	size_t out_room;
};

static char input[65536];
static char date[64];
static time_t date_second;

static void closed(uv_handle_t *h)
{
	struct conn *c = (struct conn *)h;
	free(c->out.base);
	free(c);
}

static void alloc(uv_handle_t *h, size_t n, uv_buf_t *b)
{
	(void)h;
	(void)n;
	*b = uv_buf_init(input, sizeof input);
}

struct rest {
	uv_write_t write;
	char data[];
};

static void written(uv_write_t *w, int status)
{
	(void)status;
	free(w);
}

static int on_begin(http_parser *p)
{
	((struct conn *)p->data)->target_len = 0;
	return 0;
}

static int on_url(http_parser *p, const char *at, size_t len)
{
	struct conn *c = p->data;
	if (c->target_len + len > sizeof c->target)
		return -1;
	memcpy(c->target + c->target_len, at, len);
	c->target_len += len;
	return 0;
}

static void update_date(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	if (now.tv_sec == date_second)
		return;
	date_second = now.tv_sec;
	strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&date_second));
}

static int on_complete(http_parser *p)
{
	struct conn *c = p->data;
	int found = c->target_len == 1 && c->target[0] == '/' && p->method == HTTP_GET;
	const char *body = found ? "Hello, World!" : "404 Not Found";
	update_date();
	if (c->out_room - c->out.len < 256) {
		c->out_room = c->out_room ? 2 * c->out_room : 512;
		c->out.base = realloc(c->out.base, c->out_room);
	}
	c->out.len += (size_t)sprintf(c->out.base + c->out.len,
				      "HTTP/1.1 %s\r\nDate: %s\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n%s\r\n%s",
				      found ? "200 OK" : "404 Not Found", date, http_should_keep_alive(p) ? "" : "Connection: close\r\n", body);
	return 0;
}

static const http_parser_settings settings = {.on_message_begin = on_begin, .on_url = on_url, .on_message_complete = on_complete};

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct conn *c = (struct conn *)s;
	if (n < 0 || (n > 0 && http_parser_execute(&c->parser, &settings, b->base, (size_t)n) != (size_t)n)) {
		uv_close((uv_handle_t *)c, closed);
		return;
	}
	if (!c->out.len)
		return;
	int done = uv_try_write(s, &c->out, 1);
	size_t left = c->out.len - (size_t)(done < 0 ? 0 : done);
	if (left) {
		struct rest *r = malloc(sizeof *r + left);
		memcpy(r->data, c->out.base + c->out.len - left, left);
		uv_buf_t rest = uv_buf_init(r->data, (unsigned)left);
		uv_write(&r->write, s, &rest, 1, written);
	}
	c->out.len = 0;
}

static void on_conn(uv_stream_t *l, int status)
{
	if (status < 0)
		return;
	struct conn *c = calloc(1, sizeof *c);
	uv_tcp_init(l->loop, &c->tcp);
	http_parser_init(&c->parser, HTTP_REQUEST);
	c->parser.data = c;
	if (uv_accept(l, (uv_stream_t *)c)) {
		uv_close((uv_handle_t *)c, closed);
		return;
	}
	uv_tcp_nodelay(&c->tcp, 1);
	uv_read_start((uv_stream_t *)c, alloc, on_read);
}

int main(int argc, char **argv)
{
	static uv_tcp_t s;
	return srv_listen(&s, argl(argc, argv, 1, 7000), on_conn);
}

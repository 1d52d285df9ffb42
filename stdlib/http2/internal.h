/* A connection of HTTP/2, and its streams.
 *
 * Three kinds of tasks share a session, and none awaits inside of nghttp2: one reads what the peer sends (http2.ac; nghttp2 tells of it by the
 * callbacks of receive.ac), one sends what nghttp2 has to send (http2.ac), and those of the streams run handlers (stream.ac). A handler that
 * writes lends its bytes to the stream, and waits until nghttp2 has taken them, as the peer's windows allow; one that reads the body opens
 * the windows again by what it has read. */
#ifndef ASYNCC_HTTP2_INTERNAL_H
#define ASYNCC_HTTP2_INTERNAL_H
#include <asyncc/dialect.ah>

#include <asyncc/sync.h>
#include <nghttp2/nghttp2.h>

#include "stdlib/http/internal.h"

enum {
	HTTP2_STREAMS = 100,
	HTTP2_TASKS = 2 * HTTP2_STREAMS,
	HTTP2_INPUT = 16 * 1024,
	HTTP2_FIRST_MS = 1000, /* that a body which the handler has left has to end before the answer does, and more if it is quick */
	HTTP2_OUTBOUND_MOST = 1000 /* frames that wait to be sent; a peer that causes more has to read before it is read from */
};

struct http2_connection {
	struct http_conn *conn;
	nghttp2_session *session;
	async_nursery *tasks;
	struct http2_stream *all;
	struct http2_stream *fresh, **fresh_end; /* those whose head has come, and whose task hasn't begun, in order */
	size_t streams;
	bool waits; /* for the peer */
	uint64_t idle_end; /* ns: without a stream it is over then */
	uint64_t head_end; /* until then the head that has begun to come, of stream head_id, has to be complete; UINT64_MAX: there is none */
	int32_t head_id;
	async_notify to_send;
	async_notify sent; /* something has been */
};

struct http2_stream {
	struct http2_connection *c;
	struct http2_stream *all_next, **all_link;
	struct http2_stream *next; /* fresh one */
	struct http_exchange *x;
	int32_t id;
	bool started; /* it has a task, which frees it */
	bool closed;  /* nghttp2 knows it no more */

	char *method, *path, *authority;
	size_t head_bytes;

	struct http_buffer in; /* of the body */
	size_t in_begin;
	bool in_ended;
	bool discards; /* what comes of it is dropped */
	uint64_t discarded;

	const char *out; /* lent by the handler */
	size_t out_left;
	bool out_ended; /* nothing comes behind that */
	bool out_failed; /* something is missing in what was sent */
	bool out_over;	/* nghttp2 knows */
	async_notify changed; /* something of the above has */
};

static inline void http2_send_soon(struct http2_connection *c)
{
	async_notify_one(&c->to_send);
}

/* receive.ac */
void async__http2_set_callbacks(nghttp2_session_callbacks *callbacks);
/* One more field, in the table of the head. */
void async__http2_add_field(struct http2_stream *s, const char *name, const char *value);
/* The last one of a connection begins its idle time. */
void async__http2_stream_free(struct http2_stream *s);

/* stream.ac: has the request of a complete head answered, and frees the stream. */
async fn async__http2_stream_serve(struct http2_stream *s) -> int;

#endif

/* HTTP/2 for the servers of <asyncc/http.h>: with
 *
 *     .http2 = &async_http2_protocol
 *
 * in its options a server speaks HTTP/2 with clients that begin with it (by TLS and ALPN, where the context offers
 * "h2", or of their own accord), and HTTP/1.1 with others. Handlers are the same; each stream is a task. Limits and
 * time-outs of the options hold for each stream, max_header_bytes, max_headers and header_ms for its head, idle_ms for a
 * connection without streams, whatever else comes on it; at most 100 streams are open at a time, and a client that resets
 * them faster than their handlers end is left; one that doesn't read isn't read from. A server that stops says so (GOAWAY),
 * and lets the streams end that there are. */
#ifndef ASYNCC_HTTP2_H
#define ASYNCC_HTTP2_H
#include <asyncc/dialect.ah>

#include <asyncc/http.h>

extern const struct async_http_protocol async_http2_protocol;

#endif

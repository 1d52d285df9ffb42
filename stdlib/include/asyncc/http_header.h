/* A field of an HTTP message, as servers and clients have it. */
#ifndef ASYNCC_HTTP_HEADER_H
#define ASYNCC_HTTP_HEADER_H

struct async_http_header {
	const char *name; /* as it was sent; names are compared without regard to case */
	const char *value;
};

#endif

/* The head of a request: bytes -> method, target, fields, and how the body is framed.
 *
 * http-parser takes it apart; what that is lenient about (bare line feeds, folded lines, blanks before a colon,
 * lengths given twice, ...) is refused here, since whoever stands before the server may read it in another way.
 * Positions count from the head's first byte, so that the text may move while it is incomplete. */
#ifndef ASYNCC_HTTP_HEAD_H
#define ASYNCC_HTTP_HEAD_H

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <asyncc/http_header.h>

/* A field: where it stands, and once the head is complete, what it says. */
union http_field {
	struct {
		uint32_t name, name_len, value, value_len;
	} at;
	struct async_http_header header;
};

enum { HTTP_FIELDS_INLINE = 24 };

struct http_head {
	http_parser parser;
	const char *text; /* while the parser runs */
	uint32_t parsed;  /* bytes that it has had */
	uint32_t method, target, target_len;
	unsigned count, most;	  /* fields, and how many are allowed */
	union http_field *fields; /* `inlined`, or allocated */
	unsigned room;
	bool in_value; /* the last field has a value already */
	bool complete;
	int status; /* with which it has to be refused; 0 */

	/* What a complete head says: */
	bool keep_alive;
	bool chunked;
	bool has_length;
	bool expects_continue;
	bool upgrades; /* Connection: upgrade */
	uint64_t length;

	union http_field inlined[HTTP_FIELDS_INLINE];
};

/* Begins a head with at most `most` fields. */
void async__http_head_begin(struct http_head *h, unsigned most);
/* Frees what it has allocated. */
void async__http_head_end(struct http_head *h);
/* Goes on with the `len` bytes of the head that have come so far. Where it is complete afterwards, `parsed` is its
 * length, names and values are strings in `text`, and `fields` are headers. */
void async__http_head_parse(struct http_head *h, char *text, size_t len);

/* Whether the comma-separated list has the token, whatever its case. */
bool async__http_list_has(const char *list, const char *token);

/* Whether it is a token of RFC 9110 5.6.2: not empty. */
bool async__http_is_token(const char *text, size_t len);

#endif

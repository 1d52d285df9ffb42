/* JSON, over Jansson. See async_json(3).
 *
 *     json_t *user = async_json_parse(r->body, r->body_len, &error)?;       // the caller frees it
 *     defer async_json_free(user);
 *     const char *city = async_json_string(user, "addresses[0].city")?;     // the document's
 *
 * Values are Jansson's json_t, and all of <jansson.h> works on them. Nothing here waits. A document is for one thread at a
 * time. */
#ifndef ASYNCC_JSON_H
#define ASYNCC_JSON_H

#include <asyncc/dialect.ah>

#include <jansson.h>

#include "asyncc.h"

/* What a text may hold, so that one from a stranger can't take memory or stack without bound. 0: the default. */
struct async_json_limits {
	size_t max_size;   /* bytes of the text: 16 MiB */
	size_t max_depth;  /* arrays and objects inside of each other: 128; 2,047 at most */
	size_t max_values; /* values and keys: 1,048,576; each takes about 100 bytes */
};

/* Reads a text of UTF-8 that is one value, of any type; the caller frees it. Of members with one name the last one counts. ASYNC_EMSGSIZE (a limit), ASYNC_ECHARSET (no
 * UTF-8), ASYNC_ERANGE (a number), ASYNC_EPROTO (no JSON), ASYNC_ENOMEM. *where, unless NULL, says what and where: its
 * `text`, `line` and `column` from 1, `position` in bytes. */
result(json_t *) async_json_parse(const char *text, size_t len, json_error_t *where);
/* The same within `limits`; NULL: the default ones. */
result(json_t *) async_json_parse_with(const char *text, size_t len, const struct async_json_limits *limits, json_error_t *where);
/* Gives up a reference; the document goes with its last one. NULL is allowed. */
void async_json_free(json_t *value);
/* A value as text, in the order of its members, without blanks; the caller frees it. ASYNC_EINVAL: NULL, or a value that
 * holds itself; ASYNC_ENOMEM. */
result(char *) async_json_text(const json_t *value);

/* --- Values in a document ------------------------------------------------------------------------------ */

/* The value at a path: names of members, separated by dots, and indices from 0 in brackets ("users[2].name"); "" is the
 * document itself. A name that holds a dot or a bracket is written in brackets and double quotes (["a.b"]). It is the
 * document's. NULL: there is none. */
json_t *async_json_at(const json_t *document, const char *path);
/* The value there: ASYNC_ENOENT: there is none; ASYNC_EINVAL: it is of another type. */
result(const char *) async_json_string(const json_t *document, const char *path);
result(int64_t) async_json_int(const json_t *document, const char *path);
result(double) async_json_number(const json_t *document, const char *path); /* an integer too */
result(bool) async_json_bool(const json_t *document, const char *path);
/* The number of elements of an array, or of members of an object. */
result(size_t) async_json_count(const json_t *document, const char *path);

/* --- Making one ------------------------------------------------------------------------------------------- */

/* What json_pack(3) of Jansson makes: "{s:s, s:i}", "name", name, "age", age. The caller frees it. ASYNC_EINVAL: the format,
 * or a string that isn't UTF-8; ASYNC_ENOMEM. */
result(json_t *) async_json_build(const char *format, ...);

#endif

/* Heads of requests; see head.h. */
#include "stdlib/http/head.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <asyncc.h>

/* --- What http-parser tells -------------------------------------------------------------------- */

static int refuse(struct http_head *h, int status)
{
	if (!h->status)
		h->status = status;
	return -1;
}

static struct http_head *head_of(http_parser *p)
{
	return p->data;
}

static uint32_t position(const struct http_head *h, const char *at)
{
	return (uint32_t)(at - h->text);
}

static int on_url(http_parser *p, const char *at, size_t len)
{
	struct http_head *h = head_of(p);
	if (!h->target_len)
		h->target = position(h, at);
	h->target_len += (uint32_t)len;
	return 0;
}

static int field_add(struct http_head *h)
{
	if (h->count == h->most)
		return refuse(h, 431);
	if (h->count == h->room) {
		unsigned room = h->room * 2;
		union http_field *grown = async__alloc(room * sizeof *grown);
		if (!grown)
			return refuse(h, 503);
		memcpy(grown, h->fields, h->count * sizeof *grown);
		async__http_head_end(h);
		h->fields = grown;
		h->room = room;
	}
	memset(&h->fields[h->count++], 0, sizeof *h->fields);
	return 0;
}

static int on_field(http_parser *p, const char *at, size_t len)
{
	struct http_head *h = head_of(p);
	if (h->count && !h->in_value) {
		h->fields[h->count - 1].at.name_len += (uint32_t)len;
		return 0;
	}
	if (field_add(h))
		return -1;
	h->in_value = false;
	h->fields[h->count - 1].at.name = position(h, at);
	h->fields[h->count - 1].at.name_len = (uint32_t)len;
	return 0;
}

static int on_value(http_parser *p, const char *at, size_t len)
{
	struct http_head *h = head_of(p);
	union http_field *f = &h->fields[h->count - 1];
	if (!h->in_value) {
		h->in_value = true;
		f->at.value = position(h, at);
	} else if (f->at.value + f->at.value_len != position(h, at)) {
		return refuse(h, 400); /* it goes on in a further line */
	}
	f->at.value_len += (uint32_t)len;
	return 0;
}

/* Stops before the head's last byte. */
static int on_complete(http_parser *p)
{
	head_of(p)->complete = true;
	http_parser_pause(p, 1);
	return 0;
}

static const http_parser_settings settings = {
	.on_url = on_url,
	.on_header_field = on_field,
	.on_header_value = on_value,
	.on_headers_complete = on_complete,
};

/* --- Words ------------------------------------------------------------------------------------- */

/* RFC 9110 5.6.2: tchar. */
static const bool is_tchar[256] = {
	['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1,	    ['&'] = 1,	       ['\''] = 1,
	['*'] = 1, ['+'] = 1, ['-'] = 1, ['.'] = 1,	    ['^'] = 1,	       ['_'] = 1,
	['`'] = 1, ['|'] = 1, ['~'] = 1, ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1,
};

bool async__http_is_token(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_tchar[(unsigned char)text[i]])
			return false;
	return len > 0;
}

bool async__http_list_has(const char *list, const char *token)
{
	size_t len = strlen(token);
	for (const char *at = list; *at; at += strcspn(at, ",")) {
		at += strspn(at, ", \t");
		if (strncasecmp(at, token, len))
			continue;
		char behind = at[len + strspn(at + len, " \t")];
		if (behind == '\0' || behind == ',')
			return true;
	}
	return false;
}

/* --- What is to be refused --------------------------------------------------------------------- */

/* A complete head's line `METHOD target HTTP/1.x` has one blank at each place and ends with CR LF: where the next one
 * begins, or 0. Empty lines may stand before it. */
static uint32_t request_line(struct http_head *h, const char *text)
{
	static const char version[] = " HTTP/1.x\r\n";
	const char *end = text + h->target + h->target_len;
	uint32_t next = h->target + h->target_len + sizeof version - 1;
	while (text[h->method] == '\r' && text[h->method + 1] == '\n')
		h->method += 2;
	if (memchr(text + h->target, '\t', h->target_len) || memchr(text + h->target, '\f', h->target_len))
		return 0; /* which http-parser lets pass */
	if (next > h->parsed || memcmp(end, version, 8) || end[9] != '\r' || end[10] != '\n' || h->target <= h->method)
		return 0;
	return async__http_is_token(text + h->method, h->target - 1 - h->method) && text[h->target - 1] == ' ' ? next : 0;
}

static int content_length(struct http_head *h, const char *value)
{
	size_t digits = strspn(value, "0123456789");
	if (h->has_length || !digits || value[digits] || digits > 18)
		return 400;
	h->has_length = true;
	h->length = strtoull(value, NULL, 10);
	return 0;
}

static int transfer_encoding(struct http_head *h, const char *value)
{
	if (h->chunked || h->parser.http_minor == 0)
		return 400;
	h->chunked = true;
	return strcasecmp(value, "chunked") ? 501 : 0;
}

/* What may stand in Host: RFC 9110 7.2, by its characters; it may be empty. */
static bool is_host(const char *value)
{
	static const bool is_part[256] = {
		['0' ... ';'] = 1, ['A' ... '['] = 1, ['a' ... 'z'] = 1, ['&' ... '.'] = 1, ['!'] = 1, ['$' ... '%'] = 1, [']'] = 1, ['_'] = 1, ['~'] = 1, ['='] = 1,
	};
	while (is_part[(unsigned char)*value])
		value++;
	return !*value;
}

/* What a field means for the framing: 0, or the status with which the head is refused. */
static int field_meaning(struct http_head *h, const struct async_http_header *f, size_t name_len, unsigned *hosts)
{
	switch (name_len) {
	case 4:
		if (strcasecmp(f->name, "Host"))
			return 0;
		++*hosts;
		return is_host(f->value) ? 0 : 400;
	case 6:
		if (strcasecmp(f->name, "Expect"))
			return 0;
		h->expects_continue = h->parser.http_minor > 0;
		return strcasecmp(f->value, "100-continue") ? 417 : 0;
	case 10:
		if (strcasecmp(f->name, "Connection"))
			return 0;
		if (async__http_list_has(f->value, "close"))
			h->keep_alive = false;
		else if (h->parser.http_minor == 0 && async__http_list_has(f->value, "keep-alive"))
			h->keep_alive = true;
		h->upgrades |= h->parser.http_minor > 0 && async__http_list_has(f->value, "upgrade");
		return 0;
	case 14:
		return strcasecmp(f->name, "Content-Length") ? 0 : content_length(h, f->value);
	case 17:
		return strcasecmp(f->name, "Transfer-Encoding") ? 0 : transfer_encoding(h, f->value);
	default:
		return 0;
	}
}

/* Makes strings of the fields of a complete head, all of which follow one another line by line: 0, or a status. */
static int fields_finish(struct http_head *h, char *text)
{
	unsigned hosts = 0;
	uint32_t line = request_line(h, text);
	if (!line)
		return 400;
	h->keep_alive = h->parser.http_minor > 0;
	for (unsigned i = 0; i < h->count; i++) {
		union http_field *f = &h->fields[i];
		uint32_t name = f->at.name, name_len = f->at.name_len, value = f->at.value, len = f->at.value_len;
		uint32_t colon = name + name_len;
		if (name != line || !async__http_is_token(text + name, name_len) || text[colon] != ':')
			return 400;
		if (len && ((unsigned char)text[value] < ' ' || text[value] == 127)) /* http-parser looks at those behind it */
			return 400;
		if (len)
			line = value + len;
		else /* of an empty one http-parser tells another place */
			for (value = line = colon + 1; text[line] == ' ' || text[line] == '\t';)
				line++;
		for (uint32_t blank = colon + 1; blank < value; blank++)
			if (text[blank] != ' ' && text[blank] != '\t')
				return 400;
		if (text[line] != '\r' || text[line + 1] != '\n')
			return 400;
		line += 2;
		while (len && (text[value + len - 1] == ' ' || text[value + len - 1] == '\t'))
			len--;
		text[colon] = '\0';
		text[value + len] = '\0';
		f->header = (struct async_http_header){text + name, text + value};
		int status = field_meaning(h, &f->header, name_len, &hosts);
		if (status)
			return status;
	}
	if (line + 2 != h->parsed || text[line] != '\r' || text[line + 1] != '\n')
		return 400;
	if (hosts > 1 || (hosts == 0 && h->parser.http_minor > 0) || (h->chunked && h->has_length))
		return 400;
	return 0;
}

/* What fits a head that http-parser has refused at text[at], however it came. */
static int refusal(const struct http_head *h, const char *text, size_t at)
{
	switch (HTTP_PARSER_ERRNO(&h->parser)) {
	case HPE_HEADER_OVERFLOW:
		return h->count ? 431 : 414;
	case HPE_INVALID_METHOD: {
		size_t begin = 0;
		while (begin < at && (text[begin] == '\r' || text[begin] == '\n'))
			begin++;
		return async__http_is_token(text + begin, at + 1 - begin) ? 501 : 400;
	}
	default:
		return 400;
	}
}

void async__http_head_begin(struct http_head *h, unsigned most)
{
	memset(h, 0, offsetof(struct http_head, inlined));
	http_parser_init(&h->parser, HTTP_REQUEST);
	h->parser.data = h;
	h->most = most;
	h->fields = h->inlined;
	h->room = HTTP_FIELDS_INLINE;
}

void async__http_head_end(struct http_head *h)
{
	if (h->fields != h->inlined)
		async__free(h->fields);
	h->fields = h->inlined;
}

void async__http_head_parse(struct http_head *h, char *text, size_t len)
{
	h->text = text;
	size_t n = http_parser_execute(&h->parser, &settings, text + h->parsed, len - h->parsed);
	if (h->status)
		return;
	if (!h->complete) {
		if (HTTP_PARSER_ERRNO(&h->parser) != HPE_OK)
			h->status = refusal(h, text, h->parsed + n);
		h->parsed = (uint32_t)len;
		return;
	}
	h->parsed += (uint32_t)n + 1;
	if (h->parser.http_major != 1)
		h->status = 505;
	else if (h->parser.method == HTTP_CONNECT)
		h->status = 501;
	else
		h->status = fields_finish(h, text);
}

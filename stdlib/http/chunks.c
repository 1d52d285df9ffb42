/* The chunked framing; see chunks.h.
 *
 *   SIZE -> [EXTENSION] -> SIZE_LF -> DATA -> DATA_CR -> DATA_LF -> SIZE
 *                              \-> (size 0) TRAILER_FIRST -> [TRAILER -> TRAILER_LF -> TRAILER_FIRST] -> LAST_LF ->
 * DONE */
#include "stdlib/http/chunks.h"

#include <string.h>

enum state { SIZE, EXTENSION, SIZE_LF, DATA, DATA_CR, DATA_LF, TRAILER_FIRST, TRAILER, TRAILER_LF, LAST_LF, DONE };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What may stand in an extension or a trailer. */
static bool is_text(char c)
{
	return c == '\t' || ((unsigned char)c >= ' ' && c != 127);
}

/* The state after `ch`, any but DATA and DONE before; negative: it can't stand here. */
static int step(struct http_chunks *c, char ch)
{
	switch ((enum state)c->state) {
	case SIZE:
		if (hex_digit(ch) >= 0) {
			if (++c->digits > 15)
				return -1;
			c->left = c->left * 16 + (unsigned)hex_digit(ch);
			return SIZE;
		}
		if (!c->digits)
			return -1;
		return ch == ';' ? EXTENSION : ch == '\r' ? SIZE_LF : -1;
	case EXTENSION:
		c->overhead++;
		return ch == '\r' ? SIZE_LF : is_text(ch) ? EXTENSION : -1;
	case SIZE_LF:
		c->digits = 0;
		return ch != '\n' ? -1 : c->left ? DATA : TRAILER_FIRST;
	case DATA_CR:
		return ch == '\r' ? DATA_LF : -1;
	case DATA_LF:
		return ch == '\n' ? SIZE : -1;
	case TRAILER_FIRST:
		if (ch == '\r')
			return LAST_LF;
		c->overhead++;
		return is_text(ch) && ch != ' ' && ch != '\t' && ch != ':' ? TRAILER : -1;
	case TRAILER:
		c->overhead++;
		return ch == '\r' ? TRAILER_LF : is_text(ch) ? TRAILER : -1;
	case TRAILER_LF:
		return ch == '\n' ? TRAILER_FIRST : -1;
	case LAST_LF:
		return ch == '\n' ? DONE : -1;
	case DATA:
	case DONE:
		break;
	}
	return -1;
}

ptrdiff_t async__http_chunks_decode(struct http_chunks *c, const char *in, size_t len, size_t *used, char *out, size_t room)
{
	size_t i = 0, n = 0;
	while (i < len && c->state != DONE) {
		if (c->state != DATA) {
			int next = step(c, in[i]);
			if (next < 0 || c->overhead > HTTP_CHUNKS_OVERHEAD) {
				if (!n)
					return -1;
				break; /* what came before is good, and the next call finds it again */
			}
			c->state = (uint8_t)next;
			i++;
			continue;
		}
		size_t piece = len - i < room - n ? len - i : room - n;
		if (piece > c->left)
			piece = (size_t)c->left;
		if (!piece)
			break;
		memmove(out + n, in + i, piece);
		i += piece;
		n += piece;
		c->left -= piece;
		if (!c->left)
			c->state = DATA_CR;
	}
	*used = i;
	return (ptrdiff_t)n;
}

uint64_t async__http_chunks_announced(const struct http_chunks *c)
{
	return c->state == DATA ? c->left : 0;
}

bool async__http_chunks_done(const struct http_chunks *c)
{
	return c->state == DONE;
}

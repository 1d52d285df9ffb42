/* Alignment: which bytes of the original file a token of the preprocessed text came from.
 *
 * `$CC -E` keeps lines and tokens, but neither blanks nor comments nor macro names. This service lexes the original file and
 * the part of the preprocessed text that came from it and pairs their tokens. A line that no macro touches pairs one to one. Elsewhere the
 * tokens that are no macro's are pinned, and what stands between two of them on one side came from what stands between them on the other:
 *
 *     original       x = MAX(a, b) + 1;            preprocessed    x = ((a) > (b) ? (a) : (b)) + 1;
 *                        ^^^^^^^^^ one invocation                      ^^^^^^^^^^^^^^^^^^^^^^^^^ all of these tokens
 *
 * One inclusion of a file (struct line_run's file_instance) is one alignment; the main file is instance 0. */
#ifndef ASYNCC_BASE_ALIGN_H
#define ASYNCC_BASE_ALIGN_H

#include "frontend/base/source.h"

struct align;

/* The alignment of an instance, made on first use and kept with `s`. NULL if the original file can't be read. */
struct align *align_of(struct source *s, uint32_t file_instance);

/* The bytes of the original file (those that `begin`, `end` below count in). */
const char *align_text(const struct align *a, size_t *len);

/* Where one token came from. Offsets are bytes of the original file, from 0. */
struct origin {
	uint32_t begin, end; /* the token; of a token that a macro made: the whole invocation, name to closing parenthesis */
	uint32_t at, at_end; /* where a caret belongs: the token, or the argument that it came from, or the macro's name */
	uint32_t line;       /* physical line of `at`, from 1 */
	bool from_macro;     /* it came from a macro's body or from an argument of one */
};

/* The origin of the token that stands at `loc` (or, when loc is between two, of the one before it). False if unknown. */
bool align_token(const struct align *a, loc_t loc, struct origin *out);

/* The physical line that the preprocessed text says for that token: a token from the later lines of an invocation stands at the line of the macro's name there. */
uint32_t align_produced_line(const struct align *a, loc_t loc);
/* Bytes from the beginning of that token to `loc`, at most the token's length (for an insertion behind it). */
uint32_t align_offset_in_token(const struct align *a, loc_t loc);

enum align_range_kind {
	ALIGN_UNKNOWN, /* the text could not be aligned there */
	ALIGN_EXACT,   /* [begin, end) of the original made these tokens and no others */
	ALIGN_SHARED   /* a macro invocation at one of its ends also made tokens outside of the range; begin and end include the invocation */
};
/* The range of the original from which the tokens in [from, to) of the preprocessed text came. */
enum align_range_kind align_range(const struct align *a, loc_t from, loc_t to, uint32_t *begin, uint32_t *end);

#endif

/* Numbers, character constants and strings: types and values (C17 6.4.4, 6.4.5, C23 and GNU suffixes). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "frontend/sema/internal.h"

/* -- numbers ------------------------------------------------------------------------------------------------------ */

struct suffix {
	bool is_unsigned, imaginary, bitint;
	int longs;
	enum type_kind floating; /* TY_VOID: none was named */
};

static bool take(const char **p, const char *end, const char *word)
{
	size_t len = strlen(word);
	if ((size_t)(end - *p) < len || strncasecmp(*p, word, len))
		return false;
	*p += len;
	return true;
}

static struct suffix parse_suffix(const char *p, const char *end, bool is_float)
{
	static const struct {
		const char *text;
		enum type_kind kind;
	} floats[] = {
		{"bf16", TY_BFLOAT16}, {"f128x", TY_FLOAT128}, {"f128", TY_FLOAT128}, {"f64x", TY_FLOAT64X}, {"f64", TY_FLOAT64}, {"f32x", TY_FLOAT32X},
		{"f32", TY_FLOAT32}, {"f16", TY_FLOAT16}, {"df", TY_DECIMAL32}, {"dd", TY_DECIMAL64}, {"dl", TY_DECIMAL128}, {"d", TY_DOUBLE},
		{"f", TY_FLOAT}, {"l", TY_LDOUBLE}, {"q", TY_FLOAT128}, {"w", TY_FLOAT80},
	};
	struct suffix s = {.floating = TY_VOID};
	while (p < end) {
		const char *before = p;
		if (take(&p, end, "i") || take(&p, end, "j")) {
			s.imaginary = true;
			continue;
		}
		if (is_float) {
			for (unsigned i = 0; i < sizeof floats / sizeof *floats && p == before; i++)
				if (take(&p, end, floats[i].text))
					s.floating = floats[i].kind;
		} else if (take(&p, end, "wb")) {
			s.bitint = true;
		} else if (take(&p, end, "u")) {
			s.is_unsigned = true;
		} else if (take(&p, end, "l")) {
			s.longs++;
		}
		if (p == before)
			break; /* the C compiler will say what is wrong with it */
	}
	return s;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* The type of an integer constant: the first of its list in which it fits (C17 6.4.4.1). Above 64 bits GCC goes on to __int128. */
static struct type *integer_type(struct sema *s, const struct int_value *v, const struct suffix *suffix, bool decimal)
{
	if (suffix->bitint) {
		uint32_t bits = v->hi ? 128 - (uint32_t)__builtin_clzll(v->hi) : v->lo ? 64 - (uint32_t)__builtin_clzll(v->lo) : 1;
		return type_bitint(s->arena, suffix->is_unsigned ? bits : bits + 1, suffix->is_unsigned);
	}
	if (v->hi)
		return type_basic(suffix->is_unsigned || v->hi >> 63 ? TY_UINT128 : TY_INT128);
	bool may_unsigned = suffix->is_unsigned || !decimal, may_signed = !suffix->is_unsigned;
	if (suffix->longs == 0) {
		if (may_signed && v->lo <= INT32_MAX)
			return type_basic(TY_INT);
		if (may_unsigned && v->lo <= UINT32_MAX)
			return type_basic(TY_UINT);
	}
	bool ll = suffix->longs >= 2;
	if (may_signed && v->lo <= INT64_MAX)
		return type_basic(ll ? TY_LLONG : TY_LONG);
	if (may_unsigned)
		return type_basic(ll ? TY_ULLONG : TY_ULONG);
	return type_basic(TY_INT128);
}

/* True if the pp-number is a floating constant. */
static bool is_floating_text(const char *text, const char *end)
{
	bool hex = end - text > 1 && text[0] == '0' && (text[1] | 0x20) == 'x';
	for (const char *p = text; p < end; p++) {
		char c = *p | 0x20;
		if (*p == '.' || (hex ? c == 'p' : c == 'e'))
			return true;
	}
	return false;
}

static const char *parse_integer(const char *p, const char *end, struct int_value *v, bool *decimal)
{
	unsigned base = 10;
	if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x')
		base = 16, p += 2;
	else if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'b')
		base = 2, p += 2;
	else if (*p == '0')
		base = 8;
	*decimal = base == 10;
	unsigned __int128 n = 0;
	for (; p < end; p++) {
		if (*p == '\'')
			continue;
		unsigned d = (unsigned)digit_value(*p);
		if (d >= base)
			break;
		n = n * base + d;
	}
	v->lo = (uint64_t)n;
	v->hi = (uint64_t)(n >> 64);
	return p;
}

/* Copies the text without digit separators; for strtold. */
static void plain_text(const struct node *n, char *out, size_t cap)
{
	size_t len = 0;
	for (unsigned i = 0; i < n->u.NUMBER.text_len && len + 1 < cap; i++)
		if (n->u.NUMBER.text[i] != '\'')
			out[len++] = n->u.NUMBER.text[i];
	out[len] = '\0';
}

long double number_float_value(const struct node *n)
{
	char text[512], *end;
	plain_text(n, text, sizeof text);
	return strtold(text, &end);
}

/* `true`, `false` and `nullptr` where they are keywords. */
static bool check_c23_word(struct sema *s, struct node *n)
{
	char c = n->u.NUMBER.text[0];
	if (c != 't' && c != 'f' && c != 'n')
		return false;
	struct int_value *v = ARENA_NEW(s->arena, struct int_value);
	v->lo = c == 't';
	v->is_unsigned = true;
	n->ann = v;
	n->type = type_basic(c == 'n' ? TY_NULLPTR : TY_BOOL);
	n->flags |= c == 'n' ? NF_NULL_CONST : NF_CONST;
	return true;
}

void check_number(struct sema *s, struct node *n)
{
	const char *text = n->u.NUMBER.text, *end = text + n->u.NUMBER.text_len;
	if (check_c23_word(s, n))
		return;
	if (is_floating_text(text, end)) {
		char plain[512], *rest;
		plain_text(n, plain, sizeof plain);
		strtold(plain, &rest);
		struct suffix suffix = parse_suffix(rest, plain + strlen(plain), true);
		n->type = type_basic(suffix.floating == TY_VOID ? TY_DOUBLE : suffix.floating);
		if (suffix.imaginary)
			n->type = type_complex(s->arena, n->type);
		return;
	}
	struct int_value *v = ARENA_NEW(s->arena, struct int_value);
	bool decimal;
	const char *rest = parse_integer(text, end, v, &decimal);
	struct suffix suffix = parse_suffix(rest, end, false);
	n->type = integer_type(s, v, &suffix, decimal);
	v->is_unsigned = !type_is_signed(n->type);
	n->flags |= suffix.imaginary ? 0 : NF_CONST;
	if (suffix.imaginary) {
		n->type = type_complex(s->arena, n->type);
		return;
	}
	n->ann = v;
}

struct node *number_node(struct sema *s, uint64_t value, loc_t loc)
{
	struct node *n = node_new(s->arena, N_NUMBER, loc, loc, loc);
	struct int_value *v = ARENA_NEW(s->arena, struct int_value);
	v->lo = value;
	v->is_unsigned = true;
	n->u.NUMBER.text = arena_printf(s->arena, "%llu", (unsigned long long)value);
	n->u.NUMBER.text_len = (unsigned)strlen(n->u.NUMBER.text);
	n->type = type_basic(TY_ULONG);
	n->ann = v;
	n->flags |= NF_CONST | NF_SYNTHETIC;
	return n;
}

/* -- characters and strings --------------------------------------------------------------------------------------- */

enum encoding { ENC_PLAIN, ENC_UTF8, ENC_CHAR16, ENC_CHAR32, ENC_WIDE };

static enum encoding parse_prefix(const char **p)
{
	const char *t = *p;
	enum encoding e = ENC_PLAIN;
	if (t[0] == 'u' && t[1] == '8')
		e = ENC_UTF8, t += 2;
	else if (*t == 'u')
		e = ENC_CHAR16, t++;
	else if (*t == 'U')
		e = ENC_CHAR32, t++;
	else if (*t == 'L')
		e = ENC_WIDE, t++;
	*p = t;
	return e;
}

static unsigned element_size(enum encoding e)
{
	return e == ENC_CHAR16 ? 2 : e == ENC_CHAR32 || e == ENC_WIDE ? 4 : 1;
}

/* One UTF-8 sequence; a byte that begins none stands for itself. */
static uint32_t decode_utf8(const char **p, const char *end)
{
	const unsigned char *t = (const unsigned char *)*p;
	unsigned n = *t >= 0xf0 && *t < 0xf8 ? 3 : *t >= 0xe0 ? 2 : *t >= 0xc2 ? 1 : 0;
	if (*t >= 0xf8 || n == 0 || (size_t)(end - *p) <= n) {
		++*p;
		return *t;
	}
	uint32_t c = *t & (0x3fu >> n);
	for (unsigned i = 1; i <= n; i++) {
		if ((t[i] & 0xc0) != 0x80) {
			++*p;
			return *t;
		}
		c = c << 6 | (t[i] & 0x3f);
	}
	*p += n + 1;
	return c;
}

static uint32_t parse_hex(const char **p, const char *end, unsigned max)
{
	uint32_t c = 0;
	for (unsigned i = 0; i < max && *p < end && isxdigit((unsigned char)**p); i++)
		c = c << 4 | (uint32_t)digit_value(*(*p)++);
	return c;
}

/* The escape sequence behind a backslash. *is_code: it names a character (\u), which is encoded; else a value of one element. */
static uint32_t parse_escape(const char **p, const char *end, bool *is_code)
{
	char c = *(*p)++;
	*is_code = false;
	switch (c) {
	case 'n': return '\n';
	case 't': return '\t';
	case 'r': return '\r';
	case 'a': return '\a';
	case 'b': return '\b';
	case 'f': return '\f';
	case 'v': return '\v';
	case 'e': case 'E': return 27;
	case 'x': return parse_hex(p, end, 1000);
	case 'u': *is_code = true; return parse_hex(p, end, 4);
	case 'U': *is_code = true; return parse_hex(p, end, 8);
	case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': {
		uint32_t v = (uint32_t)(c - '0');
		for (int i = 0; i < 2 && *p < end && **p >= '0' && **p <= '7'; i++)
			v = v * 8 + (uint32_t)(*(*p)++ - '0');
		return v;
	}
	default: return (unsigned char)c;
	}
}

/* Writes element `v` at index `at` of `out` (NULL: only counts). */
static void put_element(char *out, size_t at, unsigned size, uint32_t v)
{
	if (out)
		memcpy(out + at * size, &v, size); /* both targets are little-endian */
}

static size_t put_code(char *out, size_t at, enum encoding e, uint32_t c)
{
	unsigned size = element_size(e);
	if (size == 4 || (size == 2 && c < 0x10000) || (size == 1 && c < 0x80)) {
		put_element(out, at, size, c);
		return 1;
	}
	if (size == 2) {
		put_element(out, at, 2, 0xd800 + ((c - 0x10000) >> 10));
		put_element(out, at + 1, 2, 0xdc00 + ((c - 0x10000) & 0x3ff));
		return 2;
	}
	unsigned n = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
	put_element(out, at, 1, lead[n] | c >> (6 * n));
	for (unsigned i = 1; i <= n; i++)
		put_element(out, at + i, 1, 0x80 | (c >> (6 * (n - i)) & 0x3f));
	return n + 1;
}

/* Decodes the characters between `p` and `end` into elements of `out` from index `at` on; the number of elements. */
static size_t decode_chars(const char *p, const char *end, enum encoding e, char *out, size_t at)
{
	size_t start = at;
	unsigned size = element_size(e);
	while (p < end) {
		if (*p == '\\' && end - p > 1) {
			bool is_code;
			p++;
			uint32_t v = parse_escape(&p, end, &is_code);
			if (is_code)
				at += put_code(out, at, e, v);
			else
				put_element(out, at++, size, v);
		} else if (size == 1) {
			put_element(out, at++, 1, (unsigned char)*p++);
		} else {
			at += put_code(out, at, e, decode_utf8(&p, end));
		}
	}
	return at - start;
}

void check_char_const(struct sema *s, struct node *n)
{
	const char *p = n->u.CHAR_CONST.text, *end = p + n->u.CHAR_CONST.text_len;
	enum encoding e = parse_prefix(&p);
	if (end - p >= 2)
		p++, end--;
	size_t count = decode_chars(p, end, e, NULL, 0);
	char small[64], *bytes = small;
	if (count * element_size(e) + 4 > sizeof small)
		bytes = arena_alloc(s->arena, count * element_size(e) + 4);
	decode_chars(p, end, e, bytes, 0);

	struct int_value *v = ARENA_NEW(s->arena, struct int_value);
	int64_t value = 0;
	switch (e) {
	case ENC_PLAIN:
		n->type = type_basic(TY_INT);
		/* 'ab' is 'a' << 8 | 'b'; a single character has the sign of char. */
		for (size_t i = 0; i < count; i++)
			value = (int32_t)((uint32_t)value << 8 | (unsigned char)bytes[i]);
		if (count == 1)
			value = type_target.char_unsigned ? (int64_t)(unsigned char)bytes[0] : (int64_t)(signed char)bytes[0];
		break;
	case ENC_UTF8:
		n->type = type_basic(TY_UCHAR);
		value = count ? (unsigned char)bytes[count - 1] : 0;
		break;
	case ENC_CHAR16:
		n->type = type_basic(TY_USHORT);
		if (count) {
			uint16_t unit;
			memcpy(&unit, bytes + 2 * (count - 1), 2);
			value = unit;
		}
		break;
	case ENC_CHAR32:
	case ENC_WIDE:
		n->type = type_basic(e == ENC_CHAR32 || type_target.wchar_unsigned ? TY_UINT : TY_INT);
		if (count) {
			uint32_t unit;
			memcpy(&unit, bytes + 4 * (count - 1), 4);
			value = e == ENC_CHAR32 || type_target.wchar_unsigned ? (int64_t)unit : (int64_t)(int32_t)unit;
		}
		break;
	}
	v->lo = (uint64_t)value;
	v->hi = value < 0 ? UINT64_MAX : 0;
	v->is_unsigned = !type_is_signed(n->type);
	n->ann = v;
}

/* The encoding of a concatenation: that of the part that has a prefix. */
static enum encoding string_encoding(const struct node *n)
{
	for (unsigned i = 0; i < n->u.STRING.parts.len; i++) {
		const char *p = n->u.STRING.parts.data[i]->u.STRING_PART.text;
		enum encoding e = parse_prefix(&p);
		if (e != ENC_PLAIN)
			return e;
	}
	return ENC_PLAIN;
}

/* Decodes all parts into `out` (NULL: only counts); the number of elements without the terminating one. */
static size_t decode_string(const struct node *n, enum encoding e, char *out)
{
	size_t count = 0;
	for (unsigned i = 0; i < n->u.STRING.parts.len; i++) {
		const struct ast_STRING_PART *part = &n->u.STRING.parts.data[i]->u.STRING_PART;
		const char *p = part->text, *end = part->text + part->text_len;
		parse_prefix(&p);
		if (*p == 'R')
			p++;
		if (end - p >= 2)
			p++, end--;
		count += decode_chars(p, end, e, out, count);
	}
	return count;
}

void check_string(struct sema *s, struct node *n)
{
	enum encoding e = string_encoding(n);
	enum type_kind element = TY_CHAR;
	if (e == ENC_UTF8)
		element = s->options.c_version >= 23 ? TY_UCHAR : TY_CHAR;
	else if (e == ENC_CHAR16)
		element = TY_USHORT;
	else if (e == ENC_CHAR32)
		element = TY_UINT;
	else if (e == ENC_WIDE)
		element = type_target.wchar_unsigned ? TY_UINT : TY_INT;
	n->type = type_array(s->arena, type_basic(element), decode_string(n, e, NULL) + 1);
	n->flags |= NF_LVALUE;
}

const char *string_bytes(struct arena *a, const struct node *n, size_t *len)
{
	enum encoding e = string_encoding(n);
	size_t bytes = (decode_string(n, e, NULL) + 1) * element_size(e);
	char *out = arena_alloc(a, bytes);
	decode_string(n, e, out);
	*len = bytes;
	return out;
}

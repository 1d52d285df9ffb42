/* Struct and union layout as GCC computes it under the System V ABI.
 *
 * A bit-field takes the next bits unless it would then span more storage units of its declared type than that type has;
 * `packed` and #pragma pack switch that off. Its declared type aligns the struct, but an unnamed one's does not on x86-64.
 * Positions are counted in bits. */
#include "frontend/sema/sema.h"

__extension__ typedef unsigned __int128 bit_count; /* sizes go up to 2^63 bytes */

struct layout {
	bit_count bits;       /* first free bit */
	bit_count union_bits; /* size of the largest member of a union */
	uint64_t align;       /* of the record so far, bytes */
	unsigned pack;
};

static bit_count round_up(bit_count n, uint64_t align)
{
	return align ? (n + align - 1) / align * align : n;
}

static uint32_t natural_align(const struct type *t)
{
	return t->align ? t->align : 1;
}

static void place_bitfield(struct layout *l, const struct tag *t, struct member *m)
{
	uint64_t type_align = natural_align(m->type), unit = m->type->size ? m->type->size * 8 : 8;
	bool packed = (m->packed || t->packed) && m->bit_width != 0;
	uint64_t field_align = m->explicit_align ? (uint64_t)m->explicit_align * 8 : 1; /* in bits */

	if (m->bit_width == 0 && type_align * 8 > field_align)
		field_align = type_align * 8;
	if (l->pack && m->bit_width != 0 && field_align > l->pack * 8)
		field_align = l->pack * 8;

	uint64_t record_align = type_align;
	if (l->pack && m->bit_width != 0 && record_align > l->pack)
		record_align = l->pack;
	else if (packed && !l->pack)
		record_align = 1;
	if (m->explicit_align && field_align / 8 > record_align)
		record_align = field_align / 8;
	if ((m->name || type_target.anonymous_bitfields_align) && record_align > l->align)
		l->align = record_align;

	bit_count position = t->kind == TAG_UNION ? 0 : round_up(l->bits, field_align);
	uint64_t step = type_align * 8;
	/* A field that fills an aligned integer is one to GCC; it shows only where a typedef's alignment exceeds its size. */
	bool integer = (m->bit_width == 8 || m->bit_width == 16 || m->bit_width == 32 || m->bit_width == 64) && position % (unsigned)m->bit_width == 0;
	if (t->kind != TAG_UNION && !packed && !l->pack && m->bit_width > 0 && !integer &&
	    (position % step + (uint64_t)m->bit_width + step - 1) / step > unit / step)
		position = round_up(position, step);
	l->bits = position + (uint64_t)m->bit_width;

	/* The storage unit that an access would use: the declared type's, if the field lies in one. */
	bit_count start = position / unit * unit;
	if (position + (uint64_t)m->bit_width > start + unit)
		start = position / 8 * 8;
	m->offset = (uint64_t)(start / 8);
	m->bit_offset = (uint16_t)(position - start);
	m->align = (uint32_t)type_align;
}

static void place_field(struct layout *l, const struct tag *t, struct member *m)
{
	uint64_t align = natural_align(m->type);
	if (m->packed || t->packed)
		align = m->explicit_align ? m->explicit_align : 1;
	else if (m->explicit_align > align)
		align = m->explicit_align;
	if (l->pack && align > l->pack)
		align = l->pack;
	if (align > l->align)
		l->align = align;
	bit_count position = t->kind == TAG_UNION ? 0 : round_up(l->bits, align * 8);
	m->offset = (uint64_t)(position / 8);
	m->bit_offset = 0;
	m->align = (uint32_t)align;
	l->bits = position + (bit_count)m->type->size * 8;
}

void tag_layout(struct tag *t, unsigned pack)
{
	struct layout l = {.align = 1, .pack = pack};
	for (unsigned i = 0; i < t->member_count; i++) {
		struct member *m = &t->members[i];
		if (m->bit_width >= 0)
			place_bitfield(&l, t, m);
		else
			place_field(&l, t, m);
		if (t->kind == TAG_UNION && l.bits > l.union_bits)
			l.union_bits = l.bits;
		if (type_is_vla(m->type))
			t->has_vla = true;
	}
	if (t->explicit_align > l.align)
		l.align = t->explicit_align;
	t->align = (uint32_t)l.align;
	t->size = (uint64_t)round_up(((t->kind == TAG_UNION ? l.union_bits : l.bits) + 7) / 8, l.align);
	t->complete = true;
}

const struct member *tag_member(const struct tag *t, const char *name, uint64_t *offset)
{
	for (unsigned i = 0; i < t->member_count; i++) {
		const struct member *m = &t->members[i];
		if (m->name == name) {
			*offset = m->offset;
			return m;
		}
		if (m->name || m->bit_width >= 0 || !type_is_record(m->type))
			continue;
		const struct member *inner = tag_member(type_core(m->type)->u.tag, name, offset);
		if (inner) {
			*offset += m->offset;
			return inner;
		}
	}
	return NULL;
}

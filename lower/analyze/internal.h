/* What the files of analyze share. Nothing outside lower/analyze includes this.
 *
 *   cfg.c cfg_expr.c   core form -> basic blocks of events (build.h)
 *   fork.c             branches that run at once: what they share, what may not share storage
 *   effects.c          C library functions that do not keep the pointers they are given
 *   liveness.c         backward: which objects are needed later; forward: which hold a value, which have an address
 *   escape.c           which objects have to be in the frame, at which await, and why
 *   uninitialized.c    what is read without a value
 *   tail.c             which awaits are the last that a function does
 *   verify.c           the captures again, forward
 *   interference.c     which of them may not share storage
 *   layout.c           offsets
 *   analyze.c          the entry;  frames.c dump.c  reports of frames, dumps
 *
 * An *object* is a number: a local (its symbol.index), or behind them the frame of an embedded callee (local_count + the await's
 * index). Analyses see a function as a graph of blocks whose instructions are events about objects. */
#ifndef ASYNCC_LOWER_ANALYZE_INTERNAL_H
#define ASYNCC_LOWER_ANALYZE_INTERNAL_H

#include <string.h>

#include "lower/core.h"

enum event_kind {
	EV_BEGIN,   /* the declaration is reached: the object is new and holds no value */
	EV_USE,     /* its value is read */
	EV_DEF,     /* all of it is written */
	EV_PARTIAL, /* some of it is written, or may be */
	EV_ADDR,    /* its address is taken: from here to EV_END it may be read and written anywhere */
	EV_END,     /* its scope is left */
	EV_SHARE,   /* branches of a fork begin that name it: from here to EV_UNSHARE it may be read and written anywhere */
	EV_UNSHARE, /* they have ended */
	EV_AWAIT    /* object: the await's index; always the last of its block */
};

struct event {
	uint8_t kind;
	bool idle; /* a use that makes nothing of the value: `(void)x`, `int x = x`, an asm's output */
	unsigned object;
	loc_t loc;
};

static inline bool event_writes(const struct event *e)
{
	return e->kind == EV_DEF || e->kind == EV_PARTIAL || e->kind == EV_ADDR;
}

struct block {
	unsigned id;
	const char *what; /* "entry", "loop body", a label: for the dump */
	VEC(struct event) events;
	VEC(struct block *) succs;
	bool reachable;
	/* Bit sets over objects, filled by liveness.c. */
	uint64_t *live_in, *live_out;     /* needed later */
	uint64_t *init_in, *init_out;     /* may hold a value */
	uint64_t *escaped_in, *escaped_out; /* a pointer to it may exist */
	uint64_t *shared_in, *shared_out; /* branches that name it are running */
};

/* A branch of a fork: the blocks in between, those of forks inside included. */
struct fork_branch {
	unsigned fork; /* the await index of the join point */
	unsigned first_block, end_block;
};

struct cfg {
	struct arena *arena;
	struct core_function *function;
	unsigned object_count;
	unsigned words; /* of a bit set */
	VEC(struct block *) blocks; /* blocks[0] is the entry */
	struct block *exit;
	struct block **await_block; /* by await index: the block that it ends */
	VEC(struct fork_branch) branches;
	bool *declared;             /* by local: a DECLARATION of it is in the body */
	bool *mentioned;            /* by local: its name occurs in the body */
	bool *literal;              /* by local: the object of a compound literal, which the output has no name for unless it is captured */
	bool *unevaluated;          /* by local: a parameter that only operands without evaluation mention */
};

struct cfg *cfg_build(struct arena *a, struct core_function *f);
void liveness_compute(struct cfg *g);
/* The effect of one event on the sets of liveness.c. */
void event_live_step(const struct event *e, uint64_t *live);
struct forward {
	uint64_t *init, *escaped, *shared;
};
void event_forward_step(const struct event *e, const struct forward *f);
/* What is needed behind a point where `live` is used later: word w of the set. */
static inline uint64_t needed_word(const uint64_t *live, const struct forward *f, unsigned w)
{
	return (live[w] & f->init[w]) | f->escaped[w] | f->shared[w];
}

/* For each await the locals that live across it; fills `captured`. */
void captures_find(struct cfg *g, struct core_unit *u);
/* Why a local lives across an await, for people: "used at line 12", "its address escapes at line 9". */
const char *capture_reason(struct cfg *g, struct core_unit *u, unsigned await, unsigned object);

/* -Wunset-variable, of what the C compiler can't see. */
void uninitialized_report(struct cfg *g, struct diag *d);

/* Which awaits are the last on their way. */
void tails_find(struct cfg *g);

/* Asserts, by an analysis in the other direction, that no local outside the frame is read behind an await before it is written again. */
void captures_verify(struct cfg *g);
/* The blocks that the entry reaches, in reverse postorder, the order in which facts flow forward; their number. `order` has room for all. */
unsigned cfg_reverse_postorder(struct cfg *g, struct block **order);

/* A symmetric relation over objects. */
struct conflicts {
	unsigned count, words;
	uint64_t *bits;
};
struct conflicts *interference_build(struct cfg *g);
bool conflicts_has(const struct conflicts *c, unsigned a, unsigned b);
void conflict_add(struct conflicts *c, unsigned a, unsigned b);
/* -- fork.c: conflicts of what begins in different branches. */
void fork_conflicts(const struct cfg *g, struct conflicts *c);
/* The object lies in the frame. */
bool in_frame(const struct core_function *f, unsigned object);

void layout_compute(struct cfg *g, const struct conflicts *c, struct core_unit *u);

/* Bytes of the embedded frame that hold something (its tail padding may be used by others), alignment, header count. */
void embedded_frame_extent(struct core_unit *u, const struct core_await *w, uint64_t *extent, uint32_t *align, unsigned *headers);

/* -- effects.c */
/* What a call of the C library function `name` does through its `arg`-th argument: 'r' reads, 'w' writes (some of) the pointee, 'b' both,
 * '-' nothing; 0: not known, the pointer may be kept. *returns_it: the result may be that pointer. */
char effect_of_argument(const char *name, unsigned arg, bool *returns_it);

/* -- names and lines for people */
bool is_embedded(const struct core_function *f, unsigned object);
/* The tracked local that `symbol` is, or -1. */
int local_object(const struct core_function *f, const struct symbol *symbol);
/* A value that one machine word holds: read whole before anything is stored. */
bool type_fits_register(const struct type *t);

static inline bool bit_has(const uint64_t *set, unsigned i)
{
	return set[i / 64] >> (i % 64) & 1;
}
static inline void bit_set(uint64_t *set, unsigned i)
{
	set[i / 64] |= (uint64_t)1 << (i % 64);
}
static inline void bit_clear(uint64_t *set, unsigned i)
{
	set[i / 64] &= ~((uint64_t)1 << (i % 64));
}

#endif

/* call+await, physical limit.
 * args: sync N          leaf frame embedded in the caller's frame, called through a pointer
 *       heap N          leaf frame malloc'd and freed per call
 *       repoll D N      leaf yields N times under D nested awaits, each resume walks from the root (Rust's way)
 *       direct D N      the same, the leaf itself is what the run queue resumes (C++'s way) */
#include "sm.h"
enum { PENDING, READY };
struct leaf { int state; long x, ret; };
static NOINLINE int leaf_poll(struct leaf *f) {
  switch (f->state) {
  case 0: f->ret = f->x + 1; f->state = -1; return READY;
  }
  return PENDING;
}
static int (*leaf_fn)(struct leaf *) = leaf_poll;
struct root { struct task t; long i, n, acc; struct leaf l; struct leaf *hl; };
static NOINLINE void root_sync(struct task *t) {
  struct root *f = (struct root *)t;
  switch (t->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      f->l.state = 0; f->l.x = f->i;
      t->state = 1;
  case 1:
      if (leaf_fn(&f->l) == PENDING) return;
      f->acc += f->l.ret;
    }
    task_end(t);
  }
}
static NOINLINE void root_heap(struct task *t) {
  struct root *f = (struct root *)t;
  switch (t->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      f->hl = malloc(sizeof *f->hl);
      f->hl->state = 0; f->hl->x = f->i;
      t->state = 1;
  case 1:
      if (leaf_fn(f->hl) == PENDING) return;
      f->acc += f->hl->ret;
      free(f->hl);
    }
    task_end(t);
  }
}
/* nested frames: every level awaits the one below and adds 1 to its result */
struct lvl { int state; int (*poll)(struct lvl *); struct lvl *child, *parent; long ret, i, n; struct task *t; };
static NOINLINE int mid_poll(struct lvl *f) {
  switch (f->state) {
  case 0: f->child->state = 0; f->state = 1; /* fallthrough */
  case 1: if (f->child->poll(f->child) == PENDING) return PENDING;
    f->ret = f->child->ret + 1; f->state = -1; return READY;
  }
  return PENDING;
}
static NOINLINE int yleaf_poll(struct lvl *f) {
  switch (f->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      f->state = 1; rq_push(f->t); return PENDING;
  case 1:;
    }
    f->ret = f->i; f->state = -1; return READY;
  }
  return PENDING;
}
struct chain { struct task t; struct lvl *cur, *root; };
static void repoll_step(struct task *t) { struct chain *c = (void *)t; c->root->poll(c->root); }
/* direct: the task remembers the innermost frame; a frame that ends resumes its parent */
static NOINLINE int dmid_poll(struct lvl *f) {
  switch (f->state) {
  case 0: f->state = 1; ((struct chain *)f->t)->cur = f->child; return READY; /* run the child next */
  case 1: f->ret = f->child->ret + 1; ((struct chain *)f->t)->cur = f->parent; return READY;
  }
  return PENDING;
}
static NOINLINE int dleaf_poll(struct lvl *f) {
  switch (f->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      f->state = 1; rq_push(f->t); return PENDING;
  case 1:;
    }
    f->ret = f->i; ((struct chain *)f->t)->cur = f->parent; return READY;
  }
  return PENDING;
}
static void direct_step(struct task *t) {
  struct chain *c = (void *)t;
  while (c->cur && c->cur->poll(c->cur) == READY) {}
}
int main(int argc, char **argv) {
  const char *m = argc > 1 ? argv[1] : "sync";
  if (!strcmp(m, "sync") || !strcmp(m, "heap")) {
    long n = argl(argc, argv, 2, 100000000);
    OPAQUE(leaf_fn);
    struct root r = {.t.step = *m == 's' ? root_sync : root_heap, .n = n};
    rq_push(&r.t);
    double t0 = now_s();
    rq_run();
    double dt = now_s() - t0;
    checksum(r.acc);
    report(*m == 's' ? "callsync" : "callsync", dt / n * 1e9, "ns/call");
  } else {
    int direct = *m == 'd';
    long d = argl(argc, argv, 2, 10), n = argl(argc, argv, 3, 2000000);
    struct chain c = {.t.step = direct ? direct_step : repoll_step};
    struct lvl *p = NULL;
    for (long i = 0; i < d; i++) {
      struct lvl *f = calloc(1, sizeof *f);
      f->t = &c.t; f->parent = p; f->n = n;
      f->poll = i == d - 1 ? (direct ? dleaf_poll : yleaf_poll) : (direct ? dmid_poll : mid_poll);
      if (p) p->child = f; else c.root = c.cur = f;
      p = f;
    }
    rq_push(&c.t);
    double t0 = now_s();
    rq_run();
    double dt = now_s() - t0;
    checksum(c.root->ret);
    char nm[32]; sprintf(nm, "chain%ld", d);
    report(nm, dt / n * 1e9, "ns/resume");
  }
}

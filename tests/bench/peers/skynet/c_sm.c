/* args: leaves.  A node spawns its 10 children (one malloc each), then joins them. */
#include "../../common/sm.h"
struct sky { struct task t; long num, size; int left; struct sky *parent; };
static NOINLINE void sky_step(struct task *t);
static void (*sky_fn)(struct task *) = sky_step;
static NOINLINE struct sky *sky_new(struct sky *p, long num, long size) {
  struct sky *f = malloc(sizeof *f);
  *f = (struct sky){.t.step = sky_fn, .num = num, .size = size, .parent = p};
  rq_push(&f->t);
  return f;
}
static long result;
static void sky_step(struct task *t) {
  struct sky *f = (void *)t;
  switch (t->state) {
  case 0:
    if (f->size == 1) { t->slot = f->num; break; }
    f->left = 10; t->state = 1;
    long s = f->size / 10;
    for (int i = 0; i < 10; i++) sky_new(f, f->num + i * s, s);
    return;
  case 1:; /* all ten ended */
  }
  struct sky *p = f->parent;
  if (!p) result = t->slot;
  else { p->t.slot += t->slot; if (!--p->left) rq_push(&p->t); }
  free(f);
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1000000);
  OPAQUE(sky_fn);
  double t0 = now_s();
  sky_new(NULL, 0, n);
  rq_run();
  double dt = now_s() - t0;
  checksum(result);
  report("skynet", dt * 1e3, "ms");
}

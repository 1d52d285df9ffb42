/* spawn = malloc a task, push it on the run queue; join = park until it ends, read its result, free it.
 * args: seq N (spawn, join, N times) | all N (spawn N, then join all) */
#include "../../common/sm.h"
static NOINLINE void empty_step(struct task *t) { t->slot = 1; task_end(t); }
static void (*empty_fn)(struct task *) = empty_step;
static NOINLINE struct task *spawn(void) {
  struct task *t = malloc(sizeof *t);
  *t = (struct task){.step = empty_fn};
  rq_push(t);
  return t;
}
struct root { struct task t; long i, n, acc; struct task *c, **v; };
static void seq(struct task *t) {
  struct root *f = (void *)t;
  switch (t->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      f->c = spawn();
      t->state = 1;
      if (!f->c->done) { f->c->joiner = t; return; }
  case 1:
      f->acc += f->c->slot; free(f->c);
    }
  }
}
static void all(struct task *t) {
  struct root *f = (void *)t;
  switch (t->state) {
  case 0:
    f->v = malloc(f->n * sizeof *f->v);
    for (f->i = 0; f->i < f->n; f->i++) f->v[f->i] = spawn();
    t->state = 1;
    for (f->i = 0; f->i < f->n; f->i++) {
      if (!f->v[f->i]->done) { f->v[f->i]->joiner = t; return; }
  case 1:
      f->acc += f->v[f->i]->slot; free(f->v[f->i]);
    }
    free(f->v);
  }
}
int main(int argc, char **argv) {
  int s = argc < 2 || !strcmp(argv[1], "seq");
  long n = argl(argc, argv, 2, s ? 5000000 : 1000000);
  struct root r = {.t.step = s ? seq : all, .n = n};
  OPAQUE(empty_fn);
  double t0 = now_s();
  rq_push(&r.t);
  rq_run();
  double dt = now_s() - t0;
  checksum(r.acc);
  report(s ? "spawnjoin" : "spawnall", dt / n * 1e9, "ns/task");
}

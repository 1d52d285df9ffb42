/* args: held|free ntasks total.  held = one yield inside the section, so that every lock is contended;
 * free = no suspension inside, so on one thread the lock is never contended. */
#include "../../common/sm.h"
static struct mtx m;
static long counter;
struct w { struct task t; long i, n; int held; };
static NOINLINE void w_step(struct task *t) {
  struct w *f = (void *)t;
  switch (t->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      t->state = 1;
      if (!mtx_lock(&m, t)) return;
  case 1:
      if (f->held) { t->state = 2; rq_push(t); return; }
  case 2:
      counter++;
      mtx_unlock(&m);
    }
    task_end(t);
  }
}
int main(int argc, char **argv) {
  int held = argc < 2 || !strcmp(argv[1], "held");
  long k = argl(argc, argv, 2, 1000), total = argl(argc, argv, 3, 1000000);
  void (*fn)(struct task *) = w_step;
  OPAQUE(fn);
  wl_init(&m.w);
  for (long i = 0; i < k; i++) { struct w *f = calloc(1, sizeof *f); f->t.step = fn; f->n = total / k; f->held = held; rq_push(&f->t); }
  double t0 = now_s();
  rq_run();
  double dt = now_s() - t0;
  checksum(counter);
  report(held ? "mutexheld" : "mutexfree", dt / counter * 1e9, "ns/lock");
}

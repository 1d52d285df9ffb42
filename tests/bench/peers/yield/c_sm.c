/* yield, physical limit: struct + switch, intrusive FIFO run queue. args: ntasks total */
#include "../../common/sm.h"
struct y { struct task t; long left; };
static long hits;
static NOINLINE void y_step(struct task *t) {
  struct y *f = (struct y *)t;
  switch (t->state) {
  case 0:
    while (f->left > 0) {
      f->left--;
      hits++;
      t->state = 1;
      rq_push(t);
      return;
  case 1:;
    }
    task_end(t);
  }
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1), total = argl(argc, argv, 2, 20000000), per = total / n;
  void (*fn)(struct task *) = y_step;
  OPAQUE(fn);
  for (long i = 0; i < n; i++) {
    struct y *f = calloc(1, sizeof *f);
    f->t.step = fn; f->left = per;
    rq_push(&f->t);
  }
  double t0 = now_s();
  rq_run();
  double dt = now_s() - t0;
  checksum(hits);
  char nm[32]; sprintf(nm, "yield%ld", n);
  report(nm, dt / (per * n) * 1e9, "ns/yield");
}

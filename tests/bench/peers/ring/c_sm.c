/* 503 tasks, each with a channel of capacity 1; a token makes N hops. args: N */
#include "../../common/sm.h"
#define P 503
struct node { struct task t; struct chan c, *next; long id; };
static long winner; static int stop;
static NOINLINE void node_step(struct task *t) {
  struct node *f = (void *)t;
  switch (t->state) {
  case 0:
    for (;;) {
      t->state = 1;
      if (!chan_recv(&f->c, t)) return;
  case 1:
      if (t->slot == 0) { winner = f->id; stop = 1; return; }
      t->state = 2;
      if (!chan_send(f->next, t, t->slot - 1)) return;
  case 2:;
    }
  }
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 10000000);
  static struct node v[P];
  void (*fn)(struct task *) = node_step;
  OPAQUE(fn);
  for (int i = 0; i < P; i++) {
    v[i].t.step = fn; v[i].id = i + 1; v[i].next = &v[(i + 1) % P].c;
    chan_init(&v[i].c, 1);
    rq_push(&v[i].t);
  }
  double t0 = now_s();
  struct task boot = {0};
  chan_send(&v[0].c, &boot, n);
  rq_run();
  double dt = now_s() - t0;
  checksum(winner);
  report("ring", dt / n * 1e9, "ns/hop");
}

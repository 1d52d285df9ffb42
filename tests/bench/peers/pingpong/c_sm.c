/* args: pp N (round trips over two channels of capacity 1) | mpmc N (4 producers, 4 consumers, one channel of 64) */
#include "../../common/sm.h"
struct pp { struct task t; struct chan *a, *b; long i, n, acc; };
static NOINLINE void ping(struct task *t) {
  struct pp *f = (void *)t;
  switch (t->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      t->state = 1;
      if (!chan_send(f->a, t, f->i)) return;
  case 1:
      t->state = 2;
      if (!chan_recv(f->b, t)) return;
  case 2:
      f->acc += t->slot;
    }
    task_end(t);
  }
}
static NOINLINE void pong(struct task *t) {
  struct pp *f = (void *)t;
  switch (t->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      t->state = 1;
      if (!chan_recv(f->a, t)) return;
  case 1:
      f->acc += t->slot;
      t->state = 2;
      if (!chan_send(f->b, t, t->slot + 1)) return;
  case 2:;
    }
    task_end(t);
  }
}
static NOINLINE void prod(struct task *t) {
  struct pp *f = (void *)t;
  switch (t->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      t->state = 1;
      if (!chan_send(f->a, t, f->i)) return;
  case 1:;
    }
    task_end(t);
  }
}
static NOINLINE void cons(struct task *t) {
  struct pp *f = (void *)t;
  switch (t->state) {
  case 0:
    for (f->i = 0; f->i < f->n; f->i++) {
      t->state = 1;
      if (!chan_recv(f->a, t)) return;
  case 1:
      f->acc += t->slot;
    }
    task_end(t);
  }
}
int main(int argc, char **argv) {
  int p = argc < 2 || !strcmp(argv[1], "pp");
  long n = argl(argc, argv, 2, 5000000), acc = 0;
  struct chan a, b;
  chan_init(&a, p ? 1 : 64); chan_init(&b, 1);
  struct pp v[8];
  int k = p ? 2 : 8;
  for (int i = 0; i < k; i++) {
    v[i] = (struct pp){.t.step = p ? (i ? pong : ping) : (i & 1 ? cons : prod), .a = &a, .b = &b, .n = p ? n : n / 4};
    rq_push(&v[i].t);
  }
  double t0 = now_s();
  rq_run();
  double dt = now_s() - t0;
  for (int i = 0; i < k; i++) acc += v[i].acc;
  checksum(acc);
  report(p ? "pingpong" : "mpmc", dt / n * 1e9, p ? "ns/roundtrip" : "ns/msg");
}

/* Portable Coroutine Library: bare stackful switch (co_call + co_resume), round-robin by main. args: ntasks total */
#include <pcl.h>
#include "../../common/bench.h"
static long hits, per, live;
static void y(void *a) {
  (void)a;
  for (long i = 0; i < per; i++) { hits++; co_resume(); }
  live--;
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1), total = argl(argc, argv, 2, 5000000);
  per = total / n;
  co_thread_init();
  coroutine_t *v = malloc(n * sizeof *v);
  for (long i = 0; i < n; i++) v[i] = co_create(y, NULL, NULL, 16384);
  live = n;
  double t0 = now_s();
  while (live) for (long i = 0; i < n; i++) co_call(v[i]);
  double dt = now_s() - t0;
  checksum(hits);
  char nm[32]; sprintf(nm, "yield%ld", n);
  report(nm, dt / (per * n) * 1e9, "ns/yield");
}

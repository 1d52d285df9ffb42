/* State Threads 1.9 (stackful): st_usleep(0) is its only yield. args: ntasks total */
#include "../../common/st_sync.h"
static long hits, per;
static void *y(void *a) {
  (void)a;
  for (long i = 0; i < per; i++) { hits++; st_yield(); }
  return NULL;
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1), total = argl(argc, argv, 2, 5000000);
  per = total / n;
  st_set_eventsys(ST_EVENTSYS_POLL);
  st_init();
  st_thread_t *v = malloc(n * sizeof *v);
  double t0 = now_s();
  for (long i = 0; i < n; i++) v[i] = st_thread_create(y, NULL, 1, 32768);
  for (long i = 0; i < n; i++) st_thread_join(v[i], NULL);
  double dt = now_s() - t0;
  checksum(hits);
  char nm[32]; sprintf(nm, "yield%ld", n);
  report(nm, dt / (per * n) * 1e9, "ns/yield");
}

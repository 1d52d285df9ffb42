/* args: held|free ntasks total */
#include "../../common/st_sync.h"
static st_mutex_t m;
static long counter, per;
static int held;
static void *w(void *a) {
  (void)a;
  for (long i = 0; i < per; i++) {
    st_mutex_lock(m);
    if (held) st_yield();
    counter++;
    st_mutex_unlock(m);
  }
  return NULL;
}
int main(int argc, char **argv) {
  held = argc < 2 || !strcmp(argv[1], "held");
  long k = argl(argc, argv, 2, 1000), total = argl(argc, argv, 3, 1000000);
  per = total / k;
  st_set_eventsys(ST_EVENTSYS_POLL);
  st_init();
  m = st_mutex_new();
  st_thread_t *v = malloc(k * sizeof *v);
  for (long i = 0; i < k; i++) v[i] = st_thread_create(w, NULL, 1, 32768);
  double t0 = now_s();
  for (long i = 0; i < k; i++) st_thread_join(v[i], NULL);
  double dt = now_s() - t0;
  checksum(counter);
  report(held ? "mutexheld" : "mutexfree", dt / counter * 1e9, "ns/lock");
}

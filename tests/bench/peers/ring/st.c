/* args: N */
#include "../../common/st_sync.h"
#define P 503
static struct stchan c[P], fin;
static void *node(void *a) {
  long i = (long)a;
  for (;;) {
    long v = stchan_recv(&c[i]);
    if (v == 0) { stchan_send(&fin, i + 1); return NULL; }
    stchan_send(&c[(i + 1) % P], v - 1);
  }
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 5000000);
  st_set_eventsys(ST_EVENTSYS_POLL);
  st_init();
  stchan_init(&fin, 1);
  for (long i = 0; i < P; i++) stchan_init(&c[i], 1);
  for (long i = 0; i < P; i++) st_thread_create(node, (void *)i, 0, 32768);
  double t0 = now_s();
  stchan_send(&c[0], n);
  long w = stchan_recv(&fin);
  double dt = now_s() - t0;
  checksum(w);
  report("ring", dt / n * 1e9, "ns/hop");
}

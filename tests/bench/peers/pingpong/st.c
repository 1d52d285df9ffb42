/* args: pp N | mpmc N */
#include "../../common/st_sync.h"
static struct stchan a, b;
static long n, q;
static void *ping(void *x) { (void)x; long s = 0; for (long i = 0; i < n; i++) { stchan_send(&a, i); s += stchan_recv(&b); } return (void *)s; }
static void *pong(void *x) { (void)x; long s = 0; for (long i = 0; i < n; i++) { long v = stchan_recv(&a); s += v; stchan_send(&b, v + 1); } return (void *)s; }
static void *prod(void *x) { (void)x; for (long i = 0; i < q; i++) stchan_send(&a, i); return NULL; }
static void *cons(void *x) { (void)x; long s = 0; for (long i = 0; i < q; i++) s += stchan_recv(&a); return (void *)s; }
int main(int argc, char **argv) {
  int p = argc < 2 || !strcmp(argv[1], "pp"), k = 0;
  n = argl(argc, argv, 2, 5000000); q = n / 4;
  st_set_eventsys(ST_EVENTSYS_POLL);
  st_init();
  stchan_init(&a, p ? 1 : 64); stchan_init(&b, 1);
  st_thread_t v[8];
  double t0 = now_s();
  if (p) { v[k++] = st_thread_create(ping, NULL, 1, 32768); v[k++] = st_thread_create(pong, NULL, 1, 32768); }
  else for (int i = 0; i < 4; i++) { v[k++] = st_thread_create(prod, NULL, 1, 32768); v[k++] = st_thread_create(cons, NULL, 1, 32768); }
  long acc = 0; void *r;
  for (int i = 0; i < k; i++) { st_thread_join(v[i], &r); acc += (long)r; }
  double dt = now_s() - t0;
  checksum(acc);
  report(p ? "pingpong" : "mpmc", dt / n * 1e9, p ? "ns/roundtrip" : "ns/msg");
}

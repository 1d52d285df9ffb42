/* State Threads: 1M live stacks would need ~10 GB, so it is run with 100,000 leaves (the runner says so). args: leaves */
#include "../../common/st_sync.h"
struct arg { long num, size; };
static void *sky(void *p) {
  struct arg a = *(struct arg *)p;
  if (a.size == 1) return (void *)a.num;
  struct arg ch[10]; st_thread_t t[10];
  long acc = 0; void *r;
  for (int i = 0; i < 10; i++) {
    ch[i] = (struct arg){a.num + i * (a.size / 10), a.size / 10};
    if (!(t[i] = st_thread_create(sky, &ch[i], 1, 16384))) { perror("st_thread_create"); exit(1); }
  }
  for (int i = 0; i < 10; i++) { st_thread_join(t[i], &r); acc += (long)r; }
  return (void *)acc;
}
int main(int argc, char **argv) {
  struct arg a = {0, argl(argc, argv, 1, 100000)};
  st_set_eventsys(ST_EVENTSYS_POLL);
  st_init();
  double t0 = now_s();
  long r = (long)sky(&a);
  double dt = now_s() - t0;
  checksum(r);
  report("skynet", dt * 1e3, "ms");
}

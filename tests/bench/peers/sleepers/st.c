/* State Threads, 32 KiB stacks. args: N millis */
#include "../../common/st_sync.h"
static long fired, ms;
static void *sleeper(void *a) { (void)a; st_usleep(ms * 1000); fired++; return NULL; }
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 100000);
  ms = argl(argc, argv, 2, 3000);
  st_set_eventsys(ST_EVENTSYS_POLL);
  st_init();
  double t0 = now_s();
  st_thread_t *v = malloc(n * sizeof *v);
  for (long i = 0; i < n; i++) if (!(v[i] = st_thread_create(sleeper, NULL, 1, 32768))) { perror("st_thread_create"); return 1; }
  early(fired);
  for (long i = 0; i < n; i++) st_thread_join(v[i], NULL);
  double dt = now_s() - t0;
  checksum(fired);
  report("sleepers", dt, "s");
}

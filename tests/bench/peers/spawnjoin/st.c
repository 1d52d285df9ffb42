/* State Threads: st_thread_create(joinable, 32 KiB stack) + st_thread_join. args: seq N | all N */
#include "../../common/st_sync.h"
static void *empty(void *a) { return a; }
int main(int argc, char **argv) {
  int s = argc < 2 || !strcmp(argv[1], "seq");
  long n = argl(argc, argv, 2, 100000), acc = 0;
  st_set_eventsys(ST_EVENTSYS_POLL);
  st_init();
  void *r;
  double t0 = now_s();
  if (s) {
    for (long i = 0; i < n; i++) { st_thread_t t = st_thread_create(empty, (void *)1L, 1, 32768); st_thread_join(t, &r); acc += (long)r; }
  } else {
    st_thread_t *v = malloc(n * sizeof *v);
    for (long i = 0; i < n; i++) if (!(v[i] = st_thread_create(empty, (void *)1L, 1, 32768))) { perror("st_thread_create"); return 1; }
    for (long i = 0; i < n; i++) { st_thread_join(v[i], &r); acc += (long)r; }
  }
  double dt = now_s() - t0;
  checksum(acc);
  report(s ? "spawnjoin" : "spawnall", dt / n * 1e9, "ns/task");
}

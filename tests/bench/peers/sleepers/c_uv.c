/* one malloc'd uv_timer_t per sleeper. args: N millis */
#include <uv.h>
#include "../../common/bench.h"
static long fired;
static void closed(uv_handle_t *h) { free(h); }
static void cb(uv_timer_t *h) { fired++; uv_close((uv_handle_t *)h, closed); }
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1000000), ms = argl(argc, argv, 2, 3000);
  uv_loop_t *l = uv_default_loop();
  double t0 = now_s();
  for (long i = 0; i < n; i++) {
    uv_timer_t *t = malloc(sizeof *t);
    uv_timer_init(l, t);
    uv_update_time(l);
    uv_timer_start(t, cb, ms, 0);
  }
  early(fired);
  uv_run(l, UV_RUN_DEFAULT);
  double dt = now_s() - t0;
  checksum(fired);
  report("sleepers", dt, "s");
}

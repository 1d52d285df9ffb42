/* yield through a libuv loop: one uv_idle_t per task, one callback per loop turn. args: ntasks total */
#include <uv.h>
#include "../../common/bench.h"
struct y { uv_idle_t h; long left; };
static long hits;
static void cb(uv_idle_t *h) {
  struct y *f = (struct y *)h;
  hits++;
  if (!--f->left) uv_idle_stop(h);
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1), total = argl(argc, argv, 2, 5000000), per = total / n;
  uv_loop_t *l = uv_default_loop();
  for (long i = 0; i < n; i++) {
    struct y *f = calloc(1, sizeof *f);
    f->left = per;
    uv_idle_init(l, &f->h);
    uv_idle_start(&f->h, cb);
  }
  double t0 = now_s();
  uv_run(l, UV_RUN_DEFAULT);
  double dt = now_s() - t0;
  checksum(hits);
  char nm[32]; sprintf(nm, "yield%ld", n);
  report(nm, dt / (per * n) * 1e9, "ns/yield");
}

/* raw libuv callbacks: one shared read buffer, uv_try_write, uv_write only for what is left. args: port */
#include "../../common/srv_uv.h"
static char rbuf[65536];
struct wr { uv_write_t w; char d[]; };
static void closed(uv_handle_t *h) { free(h); }
static void alloc(uv_handle_t *h, size_t n, uv_buf_t *b) { (void)h; (void)n; *b = uv_buf_init(rbuf, sizeof rbuf); }
static void written(uv_write_t *w, int st) { (void)st; free(w); }
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
  if (n < 0) { uv_close((uv_handle_t *)s, closed); return; }
  if (!n) return;
  uv_buf_t o = uv_buf_init(b->base, n);
  int k = uv_try_write(s, &o, 1);
  if (k == n) return;
  if (k < 0) { if (k != UV_EAGAIN) { uv_close((uv_handle_t *)s, closed); return; } k = 0; }
  struct wr *w = malloc(sizeof *w + n - k);
  memcpy(w->d, b->base + k, n - k);
  o = uv_buf_init(w->d, n - k);
  uv_write(&w->w, s, &o, 1, written);
}
static void on_conn(uv_stream_t *l, int st) {
  if (st < 0) return;
  uv_tcp_t *c = malloc(sizeof *c);
  uv_tcp_init(l->loop, c);
  if (uv_accept(l, (uv_stream_t *)c)) { uv_close((uv_handle_t *)c, closed); return; }
  uv_tcp_nodelay(c, 1);
  uv_read_start((uv_stream_t *)c, alloc, on_read);
}
int main(int argc, char **argv) { static uv_tcp_t s; return srv_listen(&s, argl(argc, argv, 1, 7000), on_conn); }

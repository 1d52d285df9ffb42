// asio awaitable: co_await post(use_awaitable) once per yield. args: ntasks total
#include <asio.hpp>
#include "../../common/bench.h"
static long hits;
static asio::awaitable<void> y(long n) {
  auto ex = co_await asio::this_coro::executor;
  for (long i = 0; i < n; i++) { hits++; co_await asio::post(ex, asio::use_awaitable); }
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1), total = argl(argc, argv, 2, 5000000), per = total / n;
  asio::io_context io(1);
  for (long i = 0; i < n; i++) asio::co_spawn(io, y(per), asio::detached);
  double t0 = now_s();
  io.run();
  double dt = now_s() - t0;
  checksum(hits);
  char nm[32]; sprintf(nm, "yield%ld", n);
  report(nm, dt / (per * n) * 1e9, "ns/yield");
}

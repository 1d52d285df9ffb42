// co_spawn'd awaitable with a steady_timer each. args: N millis
#include <asio.hpp>
#include "../../common/bench.h"
static long fired;
static asio::awaitable<void> sleeper(asio::io_context &io, long ms) {
  asio::steady_timer t(io, std::chrono::milliseconds(ms));
  co_await t.async_wait(asio::use_awaitable);
  fired++;
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1000000), ms = argl(argc, argv, 2, 3000);
  asio::io_context io(1);
  double t0 = now_s();
  for (long i = 0; i < n; i++) asio::co_spawn(io, sleeper(io, ms), asio::detached);
  early(fired);
  io.run();
  double dt = now_s() - t0;
  checksum(fired);
  report("sleepers", dt, "s");
}

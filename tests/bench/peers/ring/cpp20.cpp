// args: N
#include <memory>
#include "../../common/co.hpp"
using namespace co;
static long winner;
static Task<int> node(long id, Chan &in, Chan &out) {
  for (;;) {
    long v = co_await in.recv();
    if (v == 0) { winner = id; co_return 0; }
    co_await out.send(v - 1);
  }
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 10000000);
  const int P = 503;
  std::vector<std::unique_ptr<Chan>> c;
  std::vector<Task<int>> v;
  for (int i = 0; i < P; i++) c.push_back(std::make_unique<Chan>(1));
  for (int i = 0; i < P; i++) v.push_back(std::move(node(i + 1, *c[i], *c[(i + 1) % P])).spawn());
  double t0 = now_s();
  auto s = c[0]->send(n);
  if (!s.await_ready()) abort();
  run();
  double dt = now_s() - t0;
  checksum(winner);
  report("ring", dt / n * 1e9, "ns/hop");
}

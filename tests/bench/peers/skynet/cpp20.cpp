// args: leaves
#include "../../common/co.hpp"
using namespace co;
[[gnu::noinline]] static Task<long> sky(long num, long size) {
  if (size == 1) co_return num;
  long s = size / 10, acc = 0;
  std::vector<Task<long>> v;
  v.reserve(10);
  for (int i = 0; i < 10; i++) v.push_back(std::move(sky(num + i * s, s)).spawn());
  for (auto &t : v) acc += co_await t;
  co_return acc;
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1000000);
  double t0 = now_s();
  long r = block_on(sky(0, n));
  double dt = now_s() - t0;
  checksum(r);
  report("skynet", dt * 1e3, "ms");
}

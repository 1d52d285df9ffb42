// args: seq N | all N
#include "../../common/co.hpp"
using namespace co;
[[gnu::noinline]] static Task<long> empty() { co_return 1; }
static Task<long> seq(long n) {
  long acc = 0;
  for (long i = 0; i < n; i++) { Task<long> t = std::move(empty()).spawn(); acc += co_await t; }
  co_return acc;
}
static Task<long> all(long n) {
  long acc = 0;
  std::vector<Task<long>> v;
  v.reserve(n);
  for (long i = 0; i < n; i++) v.push_back(std::move(empty()).spawn());
  for (auto &t : v) acc += co_await t;
  co_return acc;
}
int main(int argc, char **argv) {
  bool s = argc < 2 || !strcmp(argv[1], "seq");
  long n = argl(argc, argv, 2, s ? 5000000 : 1000000);
  double t0 = now_s();
  long r = block_on(s ? seq(n) : all(n));
  double dt = now_s() - t0;
  checksum(r);
  report(s ? "spawnjoin" : "spawnall", dt / n * 1e9, "ns/task");
}

// args: held|free ntasks total
#include "../../common/co.hpp"
using namespace co;
static Mutex m;
static long counter;
static Task<int> w(long n, bool held) {
  for (long i = 0; i < n; i++) {
    co_await m.lock();
    if (held) co_await yield_now();
    counter++;
    m.unlock();
  }
  co_return 0;
}
int main(int argc, char **argv) {
  bool held = argc < 2 || !strcmp(argv[1], "held");
  long k = argl(argc, argv, 2, 1000), total = argl(argc, argv, 3, 1000000);
  std::vector<Task<int>> v;
  for (long i = 0; i < k; i++) v.push_back(std::move(w(total / k, held)).spawn());
  double t0 = now_s();
  run();
  double dt = now_s() - t0;
  checksum(counter);
  report(held ? "mutexheld" : "mutexfree", dt / counter * 1e9, "ns/lock");
}

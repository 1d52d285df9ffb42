// args: ntasks total
#include "../../common/co.hpp"
using namespace co;
static long hits;
static Task<int> y(long n) {
  for (long i = 0; i < n; i++) { hits++; co_await yield_now(); }
  co_return 0;
}
static Task<int> root(long n, long per, double *dt) {
  std::vector<Task<int>> v;
  double t0 = now_s();
  for (long i = 0; i < n; i++) v.push_back(std::move(y(per)).spawn());
  for (auto &t : v) co_await t;
  *dt = now_s() - t0;
  co_return 0;
}
int main(int argc, char **argv) {
  long n = argl(argc, argv, 1, 1), total = argl(argc, argv, 2, 20000000), per = total / n;
  double dt;
  block_on(root(n, per, &dt));
  checksum(hits);
  char nm[32]; sprintf(nm, "yield%ld", n);
  report(nm, dt / (per * n) * 1e9, "ns/yield");
}

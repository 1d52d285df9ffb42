// args: pp N | mpmc N
#include "../../common/co.hpp"
using namespace co;
static Task<long> ping(Chan &a, Chan &b, long n) {
  long acc = 0;
  for (long i = 0; i < n; i++) { co_await a.send(i); acc += co_await b.recv(); }
  co_return acc;
}
static Task<long> pong(Chan &a, Chan &b, long n) {
  long acc = 0;
  for (long i = 0; i < n; i++) { long v = co_await a.recv(); acc += v; co_await b.send(v + 1); }
  co_return acc;
}
static Task<long> prod(Chan &a, long n) { for (long i = 0; i < n; i++) co_await a.send(i); co_return 0; }
static Task<long> cons(Chan &a, long n) { long acc = 0; for (long i = 0; i < n; i++) acc += co_await a.recv(); co_return acc; }
static Task<long> root(bool p, long n) {
  Chan a(p ? 1 : 64), b(1);
  std::vector<Task<long>> v;
  if (p) { v.push_back(std::move(ping(a, b, n)).spawn()); v.push_back(std::move(pong(a, b, n)).spawn()); }
  else for (int i = 0; i < 4; i++) { v.push_back(std::move(prod(a, n / 4)).spawn()); v.push_back(std::move(cons(a, n / 4)).spawn()); }
  long acc = 0;
  for (auto &t : v) acc += co_await t;
  co_return acc;
}
int main(int argc, char **argv) {
  bool p = argc < 2 || !strcmp(argv[1], "pp");
  long n = argl(argc, argv, 2, 5000000);
  double t0 = now_s();
  long r = block_on(root(p, n));
  double dt = now_s() - t0;
  checksum(r);
  report(p ? "pingpong" : "mpmc", dt / n * 1e9, p ? "ns/roundtrip" : "ns/msg");
}

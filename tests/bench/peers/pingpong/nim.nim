# args: pp N | mpmc N
import std/asyncdispatch
import ../../common/chan
let pp = args(1, "pp") == "pp"
let n = arg(2, 1_000_000)
proc ping(a, b: Chan): Future[int] {.async.} =
  var s = 0
  for i in 0 ..< n:
    await a.send(i)
    s += await b.recv()
  return s
proc pong(a, b: Chan): Future[int] {.async.} =
  var s = 0
  for i in 0 ..< n:
    let v = await a.recv()
    s += v
    await b.send(v + 1)
  return s
proc prod(c: Chan): Future[int] {.async.} =
  for i in 0 ..< n div 4: await c.send(i)
  return 0
proc cons(c: Chan): Future[int] {.async.} =
  var s = 0
  for i in 0 ..< n div 4: s += await c.recv()
  return s
proc top(): Future[int] {.async.} =
  var v: seq[Future[int]]
  if pp:
    let a = newChan(1)
    let b = newChan(1)
    v = @[ping(a, b), pong(a, b)]
  else:
    let c = newChan(64)
    for i in 0 ..< 4:
      v.add prod(c)
      v.add cons(c)
  var acc = 0
  for f in v: acc += await f
  return acc
discard getGlobalDispatcher()
let t0 = now()
let r = waitFor top()
let dt = now() - t0
checksum(r)
report((if pp: "pingpong" else: "mpmc"), dt / float(n) * 1e9, (if pp: "ns/roundtrip" else: "ns/msg"))

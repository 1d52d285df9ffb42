# asyncdispatch runs an async proc eagerly: the task body has ended before the join.
# args: seq N | all N
import std/asyncdispatch
import ../../common/chan
proc empty(): Future[int] {.async.} = return 1
proc seqn(n: int): Future[int] {.async.} =
  var acc = 0
  for i in 0 ..< n:
    let f = empty()
    acc += await f
  return acc
proc alln(n: int): Future[int] {.async.} =
  var acc = 0
  var v = newSeqOfCap[Future[int]](n)
  for i in 0 ..< n: v.add empty()
  for f in v: acc += await f
  return acc
discard getGlobalDispatcher()
let s = args(1, "seq") == "seq"
let n = arg(2, 1_000_000)
let t0 = now()
let r = waitFor(if s: seqn(n) else: alln(n))
let dt = now() - t0
checksum(r)
report((if s: "spawnjoin" else: "spawnall"), dt / float(n) * 1e9, "ns/task")

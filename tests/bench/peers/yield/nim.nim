# args: ntasks total
import std/asyncdispatch
import ../../common/chan
var hits = 0
proc y(n: int) {.async.} =
  for i in 0 ..< n:
    inc hits
    await yieldNow()
let n = arg(1, 1)
let per = arg(2, 2_000_000) div n
discard getGlobalDispatcher()
let t0 = now()
var v: seq[Future[void]]
for i in 0 ..< n: v.add y(per)
waitFor all(v)
let dt = now() - t0
checksum(hits)
report("yield" & $n, dt / float(per * n) * 1e9, "ns/yield")

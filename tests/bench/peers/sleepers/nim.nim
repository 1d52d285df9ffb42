# args: N millis
import std/asyncdispatch
import ../../common/chan
var fired = 0
proc sleeper(ms: int) {.async.} =
  await sleepAsync(ms)
  inc fired
proc top(n, ms: int) {.async.} =
  var v = newSeqOfCap[Future[void]](n)
  for i in 0 ..< n: v.add sleeper(ms)
  if fired != 0: stderr.writeLine("EARLY ", fired)
  for f in v: await f
let n = arg(1, 1_000_000)
let ms = arg(2, 3000)
let t0 = now()
waitFor top(n, ms)
let dt = now() - t0
checksum(fired)
report("sleepers", dt, "s")

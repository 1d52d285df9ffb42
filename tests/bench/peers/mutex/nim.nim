# args: held|free ntasks total
import std/asyncdispatch
import ../../common/chan
let held = args(1, "held") == "held"
let k = arg(2, 1000)
let per = arg(3, 1_000_000) div k
let m = newMutex()
var counter = 0
proc w() {.async.} =
  for i in 0 ..< per:
    await m.lock()
    if held: await yieldNow()
    inc counter
    m.unlock()
proc top() {.async.} =
  var v: seq[Future[void]]
  for i in 0 ..< k: v.add w()
  for f in v: await f
discard getGlobalDispatcher()
let t0 = now()
waitFor top()
let dt = now() - t0
checksum(counter)
report("mutex" & args(1, "held"), dt / float(counter) * 1e9, "ns/lock")

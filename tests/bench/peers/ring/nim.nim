# args: N
import std/asyncdispatch
import ../../common/chan
const P = 503
let n = arg(1, 2_000_000)
discard getGlobalDispatcher()
var c: seq[Chan]
for i in 0 ..< P: c.add newChan(1)
let fin = newFuture[int]("fin")
proc node(id: int, a, b: Chan) {.async.} =
  while true:
    let v = await a.recv()
    if v == 0:
      fin.complete(id)
      return
    await b.send(v - 1)
for i in 0 ..< P: asyncCheck node(i + 1, c[i], c[(i + 1) mod P])
let t0 = now()
waitFor c[0].send(n)
let w = waitFor fin
let dt = now() - t0
checksum(w)
report("ring", dt / float(n) * 1e9, "ns/hop")

# args: leaves.  Eager async procs.
import std/asyncdispatch
import ../../common/chan
proc sky(num, size: int): Future[int] {.async.} =
  if size == 1: return num
  let s = size div 10
  var v: array[10, Future[int]]
  for i in 0 ..< 10: v[i] = sky(num + i * s, s)
  var acc = 0
  for i in 0 ..< 10: acc += await v[i]
  return acc
discard getGlobalDispatcher()
let t0 = now()
let r = waitFor sky(0, arg(1, 1_000_000))
let dt = now() - t0
checksum(r)
report("skynet", dt * 1e3, "ms")

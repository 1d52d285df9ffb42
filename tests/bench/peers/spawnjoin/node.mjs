// Node runs an async function eagerly, so "spawn" is a call and the task body has ended before the join.
// args: seq N | all N
import { now, report, checksum, arg } from '../../common/chan.mjs';
async function empty() { return 1; }
const s = process.argv[2] === 'seq', n = arg(2, 1e6);
let acc = 0;
const t0 = now();
if (s) for (let i = 0; i < n; i++) { const p = empty(); acc += await p; }
else {
  const v = [];
  for (let i = 0; i < n; i++) v.push(empty());
  for (const p of v) acc += await p;
}
const dt = now() - t0;
checksum(acc);
report(s ? 'spawnjoin' : 'spawnall', dt / n * 1e9, 'ns/task');

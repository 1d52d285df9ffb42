// args: held|free ntasks total
import { Mutex, now, report, checksum, arg } from '../../common/chan.mjs';
const held = process.argv[2] === 'held', k = arg(2, 1000), total = arg(3, 1e6), per = total / k, m = new Mutex();
let counter = 0;
async function w() {
  for (let i = 0; i < per; i++) {
    const p = m.lock();
    if (p !== undefined) await p;
    if (held) await null;
    counter++;
    m.unlock();
  }
}
const t0 = now(), v = [];
for (let i = 0; i < k; i++) v.push(w());
for (const p of v) await p;
const dt = now() - t0;
checksum(counter);
report('mutex' + process.argv[2], dt / counter * 1e9, 'ns/lock');

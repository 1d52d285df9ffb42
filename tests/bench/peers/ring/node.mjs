// args: N
import { Chan, now, report, checksum, arg } from '../../common/chan.mjs';
const n = arg(1, 3e6), P = 503, c = Array.from({ length: P }, () => new Chan(1));
let fin;
const done = new Promise(r => { fin = r; });
async function node(id, a, b) {
  for (;;) {
    const v = await a.recv();
    if (v === 0) { fin(id); return; }
    const p = b.send(v - 1);
    if (p !== undefined) await p;
  }
}
for (let i = 0; i < P; i++) node(i + 1, c[i], c[(i + 1) % P]);
const t0 = now();
c[0].send(n);
const w = await done, dt = now() - t0;
checksum(w);
report('ring', dt / n * 1e9, 'ns/hop');

// args: pp N | mpmc N.  `await` only when the operation did not finish at once (cheapest fair form).
import { Chan, now, report, checksum, arg } from '../../common/chan.mjs';
const pp = process.argv[2] === 'pp', n = arg(2, 2e6);
async function ping(a, b) { let s = 0; for (let i = 0; i < n; i++) { const p = a.send(i); if (p !== undefined) await p; s += await b.recv(); } return s; }
async function pong(a, b) { let s = 0; for (let i = 0; i < n; i++) { const v = await a.recv(); s += v; const p = b.send(v + 1); if (p !== undefined) await p; } return s; }
async function prod(c) { for (let i = 0; i < n / 4; i++) { const p = c.send(i); if (p !== undefined) await p; } return 0; }
async function cons(c) { let s = 0; for (let i = 0; i < n / 4; i++) { const r = c.recv(); s += typeof r === 'number' ? r : await r; } return s; }
const t0 = now();
let v = [];
if (pp) { const a = new Chan(1), b = new Chan(1); v = [ping(a, b), pong(a, b)]; }
else { const c = new Chan(64); for (let i = 0; i < 4; i++) v.push(prod(c), cons(c)); }
let acc = 0;
for (const p of v) acc += await p;
const dt = now() - t0;
checksum(acc);
report(pp ? 'pingpong' : 'mpmc', dt / n * 1e9, pp ? 'ns/roundtrip' : 'ns/msg');

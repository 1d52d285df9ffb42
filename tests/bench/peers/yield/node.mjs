// args: mode(micro|imm) ntasks total.  micro = `await null` (microtask queue), imm = setImmediate (a loop turn)
import { now, report, checksum, arg } from '../../common/chan.mjs';
const mode = process.argv[2], n = arg(2, 1), total = arg(3, 20e6), per = Math.floor(total / n);
let hits = 0;
const imm = () => new Promise(r => setImmediate(r));
async function ym() { for (let i = 0; i < per; i++) { hits++; await null; } }
async function yi() { for (let i = 0; i < per; i++) { hits++; await imm(); } }
const t0 = now();
const v = [];
for (let i = 0; i < n; i++) v.push(mode === 'micro' ? ym() : yi());
await Promise.all(v);
const dt = now() - t0;
checksum(hits);
report(`yield${n}`, dt / (per * n) * 1e9, 'ns/yield');

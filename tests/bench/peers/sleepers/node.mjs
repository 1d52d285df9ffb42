// args: N millis
import { now, report, checksum, arg } from '../../common/chan.mjs';
const n = arg(1, 1e6), ms = arg(2, 3000);
let fired = 0;
const sleep = ms => new Promise(r => setTimeout(r, ms));
async function sleeper() { await sleep(ms); fired++; }
const t0 = now(), v = [];
for (let i = 0; i < n; i++) v.push(sleeper());
if (fired) console.error(`EARLY ${fired}`);
for (const p of v) await p;
checksum(fired);
report('sleepers', now() - t0, 's');

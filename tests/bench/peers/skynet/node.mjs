// args: leaves.  Eager async functions: the tree is walked depth first, joined by await.
import { now, report, checksum, arg } from '../../common/chan.mjs';
async function sky(num, size) {
  if (size === 1) return num;
  const s = size / 10, v = new Array(10);
  for (let i = 0; i < 10; i++) v[i] = sky(num + i * s, s);
  let acc = 0;
  for (let i = 0; i < 10; i++) acc += await v[i];
  return acc;
}
const t0 = now(), r = await sky(0, arg(1, 1e6)), dt = now() - t0;
checksum(r);
report('skynet', dt * 1e3, 'ms');

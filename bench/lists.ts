import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { DATABASES, type DatabaseKind, startTestApp } from '../test/support/app.ts';
import { asked } from './lists-asked.ts';
import { fill } from './lists-filled.ts';
import { median, quantile } from './median.ts';
import { markdown, verdict } from './table.ts';

/**
 * `npm run bench:lists`: every list and search that the console makes, in an account of 100,000 keys, 10,000 members and 100,000
 * events. Ends with 1 when one of them misses the bar. `-- --keys 10000` only tries it.
 */
const P95_MS_MAX = 50;
const ROUNDS = 40;
const PREVIEWS = 3;

const { values } = parseArgs({ options: { keys: { type: 'string', default: '100000' } } });
const keys = Number(values.keys);

for (const kind of DATABASES) await measure(kind);

async function measure(kind: DatabaseKind): Promise<void> {
  await using server = await startTestApp(kind);
  const filled = await fill(server, keys);
  const lines: string[][] = [];
  for (const [title, ask] of Object.entries(await asked(filled))) {
    const times = await timesOf(ask, ROUNDS);
    const p95 = quantile(times, 0.95);
    const reached = p95 <= P95_MS_MAX;
    if (!reached) process.exitCode = 1;
    lines.push([title, ms(median(times)), ms(p95), verdict(reached)]);
  }
  const size = `${keys.toLocaleString('en')} keys`;
  console.log(`\n${kind}, ${cpus()[0]?.model}, Node ${process.versions.node}; ${size}, ${ROUNDS} rounds\n`);
  console.log(markdown(['list', 'median', 'p95', `p95 at most ${P95_MS_MAX} ms`], lines));
  const previews = await timesOf(() => filled.client.previewKeyPolicy({ networksRequired: true }), PREVIEWS);
  console.log(
    `\nNo list, and not judged: a preview of the key policy goes through all keys in ${ms(median(previews))}.`,
  );
}

async function timesOf(ask: () => Promise<unknown>, rounds: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    await ask();
    times.push(performance.now() - began);
  }
  return times;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

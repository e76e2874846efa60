import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { documentOf } from './document.ts';
import { measureHttp } from './http.ts';
import type { Options } from './options.ts';
import { measureInProcess, measurePeers, measureRevocation } from './parts.ts';
import { measureStart } from './start.ts';
import { type Row, tableOf } from './table.ts';

/**
 * `npm run bench`: everything that is said of speed, each figure beside its limit and the peers from the same run, and docs/benchmarks.md made of it.
 * `-- --only http|in-process|peers|revocation|start` for a part and `--quick` for a trial print the table only. Fails when something is not reached.
 */
const PARTS: Record<string, (options: Options) => Promise<Row[]>> = {
  http: measureHttp,
  'in-process': measureInProcess,
  peers: measurePeers,
  revocation: measureRevocation,
  start: measureStart,
};
const DOCUMENT = join(import.meta.dirname, '../docs/benchmarks.md');

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    out: { type: 'string' },
  },
});
if (availableParallelism() < 2) throw new Error('The bench needs two cores: one for the server, one for the load.');
const { only, quick } = values;
if (only !== undefined && !(only in PARTS)) throw new Error(`--only is one of ${Object.keys(PARTS).join(', ')}`);
const options: Options = {
  rounds: Number(values.rounds ?? (quick ? 1 : 5)),
  seconds: Number(values.seconds ?? (quick ? 1 : 2)),
  isQuick: quick,
};

const began = performance.now();
const rows: Row[] = [];
for (const [name, measure] of Object.entries(PARTS)) {
  if (only !== undefined && only !== name) continue;
  const start = performance.now();
  rows.push(...(await measure(options)));
  console.error(`${name}: ${Math.round((performance.now() - start) / 1000)} s`);
}
console.log(`${cpus()[0]?.model}, Node ${process.versions.node}\n\n${tableOf(rows)}`);
const missed = rows.filter(({ reached }) => reached === false);
console.log(`\n${missed.length} missed; it took ${Math.round((performance.now() - began) / 1000)} s`);
const out = values.out ?? (only === undefined && !quick ? DOCUMENT : undefined);
if (out !== undefined) writeFileSync(out, documentOf(rows, options));
if (rows.some(({ wanted, reached }) => wanted !== '' && reached !== true)) process.exitCode = 1;

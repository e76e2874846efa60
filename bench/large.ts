import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SHARED_SECRET } from '../test/support/app.ts';
import { findOrInstall } from '../test/support/debian.ts';
import { manyKeys } from '../test/support/many-keys.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { fill } from './keys.ts';
import { fullLoad, steadyLoad } from './load.ts';
import { median } from './median.ts';
import { type PinnedServer, startOurs } from './pinned-server.ts';
import { forwardAuth, writeRequests } from './requests.ts';
import { markdown, verdict, whole } from './table.ts';

/**
 * `npm run bench:large`: whether a node verifies as fast with ten million keys in PostgreSQL as with ten thousand, in turns; how quick
 * first sights are among so many; and how verifying grows with nodes. `-- --keys 100000` only tries it. Exits with 1 when a bar is missed.
 */
const { values } = parseArgs({ options: { keys: { type: 'string', default: '10000000' } } });
const MANY = Number(values.keys);
const FEW = 10_000;
const RATIO_MIN = 0.9;
const FIRST_P99_MS = 5;
/** First sights a second of a node that is used for long, 17 million a day; and of one that has just started. */
const FIRST_PER_SECOND = 200;
const STARTED_PER_SECOND = 1000;
const FIRST_SECONDS = 20;
const FIRST_KEYS = (FIRST_PER_SECOND + STARTED_PER_SECOND) * FIRST_SECONDS;
const ROUNDS = 7;
const SECONDS = 2;
const WARM_SECONDS = 8;
const ALL_CORES = cpus()
  .map((_, n) => n)
  .join(',');

let started = 0;
await findOrInstall({ title: 'wrk', programs: ['wrk'], folders: [], packages: ['wrk'] });
await using stack = new AsyncDisposableStack();
const folder = stack.use(tempFolder());
const postgres = stack.use(await startPostgres());
const [few, many] = [await postgres.createDatabase(), await postgres.createDatabase()];
const tokens = { few: await fill(few, FEW), many: await fill(many, FEW + FIRST_KEYS) };
const began = performance.now();
await manyKeys(many, MANY);
console.error(`${whole(MANY)} keys were made in ${whole((performance.now() - began) / 1000)} s`);
const requests = {
  few: write('few', tokens.few),
  many: write('many', tokens.many.slice(0, FEW)),
  first: write('first', tokens.many.slice(FEW, -STARTED_PER_SECOND * FIRST_SECONDS)),
  started: write('started', tokens.many.slice(-STARTED_PER_SECOND * FIRST_SECONDS)),
};

console.log(
  `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}, PostgreSQL on the same machine\n`,
);
const lines: Line[] = [];
for (const measure of [byNodes, besideFew, firstSights]) {
  const some = await measure();
  for (const { cells } of some) console.error(cells.join(' | '));
  lines.push(...some);
}
console.log(
  markdown(
    ['What', 'Keywright', 'Wanted', 'Result'],
    lines.map(({ cells }) => cells),
  ),
);
if (lines.some(({ isReached }) => !isReached)) process.exitCode = 1;

interface Line {
  cells: string[];
  isReached: boolean;
}

function write(name: string, list: readonly string[]): string {
  const file = join(folder.path, `${name}.requests`);
  return writeRequests(
    file,
    list.map(token => forwardAuth({ token })),
  );
}

function start(database: string, core?: number | string): Promise<PinnedServer> {
  const data = join(folder.path, `data-${++started}`);
  mkdirSync(data, { mode: 0o700 });
  const env = { DATABASE_URL: database, KEYWRIGHT_SECRET: SHARED_SECRET };
  return startOurs(folder.path, data, { env, ...(core !== undefined && { core }) });
}

/** Requests for each second of the processor, so that what else runs on the machine weighs on neither side. */
async function besideFew(): Promise<Line[]> {
  await using one = await start(few);
  await using other = await start(many);
  const perSecond = async (server: PinnedServer, list: string) => {
    const before = server.processorSeconds();
    const result = await fullLoad({ port: server.port, requests: list, seconds: SECONDS });
    if (result.errors > 0) throw new Error(`${result.errors} requests were not answered as they should be`);
    return (result.perSecond * SECONDS) / (server.processorSeconds() - before);
  };
  for (const [{ port }, list] of [
    [one, requests.few],
    [other, requests.many],
  ] as const) {
    await fullLoad({ port, requests: list, seconds: WARM_SECONDS }, true);
    await fullLoad({ port, requests: list, seconds: WARM_SECONDS });
  }
  const rates = { few: [] as number[], many: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    rates.few.push(await perSecond(one, requests.few));
    rates.many.push(await perSecond(other, requests.many));
  }
  const ratio = median(rates.many.map((rate, n) => rate / (rates.few[n] ?? Number.NaN)));
  const what = `forward-auth with a warm cache, ${whole(MANY)} keys in the database beside ${whole(FEW)}`;
  const ours = `${whole(median(rates.many))}/s beside ${whole(median(rates.few))}/s: ${ratio.toFixed(2)}`;
  return [lineOf(what, ours, `≥ ${RATIO_MIN}`, ratio >= RATIO_MIN)];
}

/**
 * Each key for the first time, at a steady rate; the code is warm, but not with these keys. The same load of keys that the node knows, for which it
 * asks nobody, tells what of that is the machine's.
 */
async function firstSights(): Promise<Line[]> {
  await using server = await start(many);
  const { port } = server;
  await fullLoad({ port, requests: requests.many, seconds: WARM_SECONDS }, true);
  const lines: Line[] = [];
  for (const [perSecond, list, wanted] of [
    [FIRST_PER_SECOND, requests.first, `≤ ${FIRST_P99_MS} ms`],
    [STARTED_PER_SECOND, requests.started, ''],
  ] as const) {
    const load = { port, requests: list, seconds: FIRST_SECONDS };
    const known = await steadyLoad({ ...load, requests: requests.many }, perSecond, true);
    const { p99Ms, errors } = await steadyLoad(load, perSecond, true);
    if (errors + known.errors > 0)
      throw new Error(`${errors + known.errors} requests were not answered as they should be`);
    const what = `p99 of first sights among ${whole(MANY)} keys, ${whole(perSecond)} a second, over HTTP, beside known keys`;
    const ours = `${p99Ms.toFixed(2)} ms beside ${known.p99Ms.toFixed(2)} ms`;
    lines.push(lineOf(what, ours, wanted, wanted === '' || p99Ms <= FIRST_P99_MS));
  }
  return lines;
}

/** All nodes and their loads share all cores; of how many something ran tells whether there is more to gain. */
async function byNodes(): Promise<Line[]> {
  const rates: number[] = [];
  const busy: number[] = [];
  for (const count of [1, 2, 4]) {
    await using opened = new AsyncDisposableStack();
    const nodes: PinnedServer[] = [];
    for (let n = 0; n < count; n++) nodes.push(opened.use(await start(few, ALL_CORES)));
    const all = (seconds: number) =>
      Promise.all(nodes.map(({ port }) => fullLoad({ port, requests: requests.few, seconds, cores: ALL_CORES })));
    await all(WARM_SECONDS);
    const sums: number[] = [];
    const cores: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [idle, began] = [idleSeconds(), performance.now()];
      sums.push((await all(SECONDS)).reduce((sum, { perSecond }) => sum + perSecond, 0));
      cores.push(cpus().length - (idleSeconds() - idle) / ((performance.now() - began) / 1000));
    }
    rates.push(median(sums));
    busy.push(median(cores));
  }
  const [one = Number.NaN, ...more] = rates;
  const used = (n: number) => `with ${(busy[n] ?? Number.NaN).toFixed(2)} cores busy`;
  return more.map((rate, n) => {
    const what = `forward-auth on ${2 ** (n + 1)} nodes beside one, which share ${cpus().length} cores with their load`;
    const ours = `${whole(rate)}/s ${used(n + 1)}, beside ${whole(one)}/s ${used(0)}: ${(rate / one).toFixed(2)}`;
    return lineOf(what, ours);
  });
}

/** Of all cores together, since the machine was started. */
function idleSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle / 1000, 0);
}

function lineOf(what: string, ours: string, wanted = '', isReached = true): Line {
  return { cells: [what, ours, wanted, wanted === '' ? '' : verdict(isReached)], isReached };
}

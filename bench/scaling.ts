import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type App, run } from '@keywright/server';
import { eventsAfter } from '@keywright/store';
import { callOf, makeAccount, makeKey, type TestAccount } from '../test/support/app.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { slowLine } from '../test/support/slow-line.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import { median, quantile } from './median.ts';
import { bytesOf, fillAccount, fillEvents, openNode, useKeys } from './scaling-filled.ts';
import { markdown, whole } from './table.ts';

/**
 * `npm run bench:scaling`: what docs/scaling.md counts with and bench/simulate.ts is given. Disk for each key, use and event, how quick a first sight is, how many
 * changes there are in a second at most, near the database and far from it, and how fast uses are written. `-- --keys 5000` only tries it.
 */
const { values } = parseArgs({ options: { keys: { type: 'string', default: '100000' } } });
const KEYS = Number(values.keys);
const AT_ONCE = 16;
const IDLE_MS = 3000;
/** A change that waits 5 s for those before it is refused. */
const AT_ONCE_FAR = 3;
const SIGHTS = Math.min(KEYS, 20_000);
const CHANGES_MS = Math.min(KEYS / 10, 10_000);

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}; ${whole(KEYS)} keys\n`);
const lines: string[][] = [];
using folder = tempFolder();
await measure('SQLite', folder.path, undefined);
// As one that is used: each commit reaches the disk.
await using postgres = await startPostgres({ durable: true });
const url = await postgres.createDatabase();
await measure('PostgreSQL', folder.path, url);
lines.push([`changes, ${AT_ONCE} at once on each of 4 nodes`, 'PostgreSQL', rate((await changesOf(4, url)).perSecond)]);
for (const tripMs of [2, 10, 40]) {
  const { perSecond, trips } = await changesOf(1, url, tripMs);
  const where = `PostgreSQL, ${tripMs} ms there and back`;
  lines.push([`changes, ${AT_ONCE_FAR} at once`, where, `${rate(perSecond)}, each asking ${trips.toFixed(1)} times`]);
}
console.log(markdown(['what', 'on', 'figure'], lines));

async function measure(title: string, data: string, database: string | undefined): Promise<void> {
  const say = (what: string, figure: string) => lines.push([what, title, figure]);
  await using node = await openNode(data, database);
  const { app } = node;
  const account = await makeAccount(app, 'Acme');
  const each = async (work: () => Promise<unknown>) => {
    const before = await bytesOf(app, database);
    await work();
    return `${Math.round(((await bytesOf(app, database)) - before) / KEYS)} bytes`;
  };
  let keys: string[] = [];
  say('disk for each key', await each(async () => (keys = await fillAccount(app, account, KEYS))));
  say('disk for each event', await each(() => fillEvents(app, account, keys)));
  const began = performance.now();
  say('disk for each key and day on which it was used', await each(() => useKeys(app, keys)));
  say('uses written', perSecond(KEYS, began));
  for (const atOnce of [1, 64]) {
    const { times, took } = await sights(app, keys, atOnce);
    say(
      `first sights, ${atOnce} at once`,
      `${whole(SIGHTS / took)}/s; p50 ${ms(median(times))}, p99 ${ms(quantile(times, 0.99))}`,
    );
  }
  const from = performance.now();
  say('changes followed', perSecond(await followed(app), from));
  for (const atOnce of [1, AT_ONCE])
    say(`changes, one node, ${atOnce} at once`, rate((await changes([app], account, atOnce)).perSecond));
}

/** Changes a second of several nodes on PostgreSQL, to which it takes that long and back, and how often each asks it something. */
async function changesOf(nodes: number, database: string, tripMs = 0): Promise<{ perSecond: number; trips: number }> {
  await using opened = new AsyncDisposableStack();
  const line = opened.use(await slowLine(database, tripMs / 2));
  const apps: App[] = [];
  for (let n = 0; n < nodes; n++) {
    const { path } = opened.use(tempFolder());
    apps.push(opened.use(await openNode(path, tripMs === 0 ? database : line.url)).app);
  }
  const [first] = apps as [App]; // there is one at least
  const account = await makeAccount(first, `${nodes} nodes, ${tripMs} ms`);
  // A node asks the database things at all times.
  const idle = line.sent;
  await setTimeout(IDLE_MS);
  const before = line.sent;
  const { perSecond, made } = await changes(apps, account, tripMs === 0 ? AT_ONCE : AT_ONCE_FAR);
  const unasked = ((before - idle) / IDLE_MS) * ((made / perSecond) * 1000);
  return { perSecond, trips: (line.sent - before - unasked) / made };
}

async function sights(app: App, keys: readonly string[], atOnce: number): Promise<{ times: number[]; took: number }> {
  const times: number[] = [];
  let next = 0;
  const began = performance.now();
  const one = async () => {
    while (next < SIGHTS) {
      const key = keys[(next++ * 7919) % keys.length] as Parameters<typeof app.store.findFacts>[0]; // ids of keys
      const at = performance.now();
      if ((await app.store.findFacts(key)) === undefined) throw new Error(`${key} is not there`);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { times, took: (performance.now() - began) / 1000 };
}

/** Deactivates and activates keys for some seconds. */
async function changes(
  apps: readonly App[],
  account: TestAccount,
  atOnce: number,
): Promise<{ made: number; perSecond: number }> {
  const { owner } = account.callers;
  let made = 0;
  const change = async (app: App) => {
    const { key } = await makeKey(app, owner);
    made++;
    const until = performance.now() + CHANGES_MS;
    for (let n = 0; performance.now() < until; n++, made++)
      await run(app, n % 2 === 0 ? 'deactivateAccessKey' : 'activateAccessKey', { key }, callOf(owner));
  };
  const began = performance.now();
  await Promise.all(apps.flatMap(app => Array.from({ length: atOnce }, () => change(app))));
  return { made, perSecond: (made / (performance.now() - began)) * 1000 };
}

/** Reads all events, as whoever follows them does. */
async function followed(app: App): Promise<number> {
  let read = 0;
  for (let last = 0; ; ) {
    const events = await eventsAfter(app.store.db, last);
    if (events.length === 0) return read;
    read += events.length;
    last = events.at(-1)?.id ?? last;
  }
}

function perSecond(count: number, since: number): string {
  return `${whole((count / (performance.now() - since)) * 1000)}/s`;
}

function rate(value: number): string {
  return `${value < 100 ? value.toFixed(1) : whole(value)}/s`;
}

function ms(value: number): string {
  return `${value.toFixed(2)} ms`;
}

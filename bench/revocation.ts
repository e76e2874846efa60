import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@keywright/contract';
import { startNodes } from '../test/nodes/start-nodes.ts';
import { KeywrightProcess } from '../test/robust/server-process.ts';
import { setUp } from '../test/robust/set-up.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { startRedis } from '../test/support/redis.ts';
import { tempFolder } from '../test/support/temp-folder.ts';
import type { Watched } from './revocation-watcher.ts';

/**
 * `npm run bench:revocation`: two workers and four verifiers in processes of their own, each deciding thousands of times a second about the key that is about
 * to be taken away. Prints how long after the acknowledged change somebody still let it pass, and whether anybody did after the receipt.
 * `npm run bench:revocation -- 1000 4`: the same with so many nodes on one PostgreSQL, each of which is asked and changes in its turn.
 */
const REVOCATIONS = Number(process.argv[2] ?? 1000);
const NODES = Number(process.argv[3] ?? 0);
const VERIFIERS = 4;
const P99_MS = NODES > 0 ? 100 : 50;
const MAX_MS = NODES > 0 ? Number.POSITIVE_INFINITY : 250;

await using stack = new AsyncDisposableStack();
const { urls, token } = await (NODES > 0 ? severalNodes() : twoWorkers());
const clients = urls.map(url => createClient({ server: url, token }));
const watchers = await Promise.all([
  ...Array.from({ length: VERIFIERS }, (_, n) => watcher('verifier', turn(urls, n))),
  // Over HTTP, on connections to each of the workers.
  ...urls.map(url => watcher('http', url)),
]);
const { key, token: target } = await turn(clients, 0).createAccessKey();

const place = NODES > 0 ? `${NODES} nodes, PostgreSQL, Redis` : '2 workers, SQLite';
console.log(`${cpus()[0]?.model}, Node ${process.versions.node}; ${VERIFIERS} verifiers, ${place}`);
console.log('\n| | p50 | p99 | max | accepted after it |\n|---|---|---|---|---|');
const { late: soon } = await revoke(false);
console.log(row('from the acknowledged change to the last accepted request', soon));
const { late, took } = await revoke(true);
console.log(row('from the receipt (`wait=all`) to the last accepted request', late));
if (NODES > 0) console.log(row('from the change to its receipt', took).replace(/\|[^|]*\|$/, '| |'));
for (const one of watchers) one.kill();
if (atPart(soon, 0.99) > P99_MS || atPart(soon, 1) > MAX_MS || late.some(ms => ms > 0)) process.exitCode = 1;

async function twoWorkers() {
  const folder = stack.use(tempFolder());
  const env = { KEYWRIGHT_DATA: folder.path };
  const server = stack.use(new KeywrightProcess({ words: ['serve', '--workers', '2'], env }));
  const { token } = await setUp(server);
  return { urls: [await server.listening()], token };
}

async function severalNodes() {
  const postgres = stack.use(await startPostgres({ durable: true }));
  const redis = stack.use(await startRedis());
  const { nodes, token } = stack.use(
    await startNodes(NODES, await postgres.createDatabase(), { REDIS_URL: redis.url }),
  );
  return { urls: nodes.map(({ url }) => url), token };
}

function turn<Item>(items: readonly Item[], n: number): Item {
  return items[n % items.length] as Item; // there is one
}

/**
 * Of each revocation, how many ms after its answer the last of all watchers let the key pass, below 0 when nobody did; and how long its receipt
 * took.
 */
async function revoke(wait: boolean): Promise<{ late: number[]; took: number[] }> {
  const late: number[] = [];
  const took: number[] = [];
  for (let n = 0; n < REVOCATIONS; n++) {
    const client = turn(clients, n);
    if (n > 0 || wait) await client.activateAccessKey({ key });
    const refused = watchers.map(one => watch(one));
    await Promise.all(refused.map(({ accepted }) => accepted));
    const { receipt } = await client.deactivateAccessKey(wait ? { key, wait: 'all' } : { key });
    const answeredAt = performance.timeOrigin + performance.now(); // the clock that all processes of this machine share
    if (wait && receipt?.complete !== true) throw new Error(`incomplete: ${JSON.stringify(receipt)}`);
    took.push(receipt?.ms ?? 0);
    const last = await Promise.all(refused.map(({ lastAccepted }) => lastAccepted));
    late.push(Math.max(...last) - answeredAt);
  }
  return { late, took };
}

async function watcher(kind: 'verifier' | 'http', url: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'revocation-watcher.ts'), [kind, url, token]);
  await once(child, 'message');
  return child;
}

function watch(child: ChildProcess): { accepted: Promise<void>; lastAccepted: Promise<number> } {
  const accepted = Promise.withResolvers<void>();
  const lastAccepted = Promise.withResolvers<number>();
  const hear = (told: Watched) => {
    if (told.accepted) return accepted.resolve();
    child.off('message', hear);
    lastAccepted.resolve(told.lastAccepted);
  };
  child.on('message', hear);
  child.send(target);
  return { accepted: accepted.promise, lastAccepted: lastAccepted.promise };
}

function row(title: string, late: number[]): string {
  const at = (part: number) => `${atPart(late, part).toFixed(1)} ms`;
  return `| ${title} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${late.filter(ms => ms > 0).length} of ${late.length} |`;
}

/** In how many ms the key was dead for this part of all revocations. */
function atPart(late: readonly number[], part: number): number {
  const sorted = late.map(ms => Math.max(0, ms)).sort((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}

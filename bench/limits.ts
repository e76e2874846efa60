import { cpus } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Hammer, type Hammered, hammerFor, mostWithin } from '../test/limits/hammer.ts';
import { startNodes } from '../test/nodes/start-nodes.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { startRedis } from '../test/support/redis.ts';
import { until } from '../test/support/until.ts';
import { markdown, whole } from './table.ts';

/**
 * `npm run bench:limits`: four nodes on one PostgreSQL and one Redis hammer one key that may pass 100 times a second, for a minute with Redis and for half
 * a minute without; then one with a quota of 10,000, while a node is killed. Bounds are those of the measured span. Exits with 1 where one is broken.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const SECONDS = Number(values.seconds);
const NODES = 4;
const PER_SECOND = 100;
const BURST = 20;
const QUOTA = 10_000;
/** Of what the rate allows in the span, so much passes at least. */
const LEAST = 0.99;

const STEADY = [{ name: 'steady', max: PER_SECOND, perSeconds: 1, burst: BURST }];

console.log(
  `${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}; ${NODES} nodes, PostgreSQL, Redis`,
);
console.log(`${PER_SECOND} a second with a burst of ${BURST}\n`);
await using postgres = await startPostgres();
await using redis = await startRedis();
const env = { REDIS_URL: redis.url, KEYWRIGHT_LOG: 'silent' };
await using server = await startNodes(NODES, await postgres.createDatabase(), env);
const urls = server.nodes.map(({ url }) => url);
const client = server.nodes[0]?.client ?? fail();
const lines: string[][] = [];
let isBroken = false;

const { token } = await client.createAccessKey({ rateLimits: STEADY });
// The first requests of a process are slow.
await hammerFor(3000, urls, (await client.createAccessKey({ rateLimits: STEADY })).token);
judge('with Redis', await hammerFor(SECONDS * 1000, urls, token), { least: LEAST, slip: 0 });
await redis.kill();
const without = await hammerFor(SECONDS * 500, urls, token);
judge('Redis away: each its share', without, { least: 0.5, slip: 0 });
if (!without.passed.every(one => one.isDegraded)) isBroken = true;
await redis.restart();
await until(async () => (await hammerFor(100, urls, token)).passed.every(one => !one.isDegraded));

const hammer = new Hammer(urls, token);
for (let round = 0; round < 5; round++) {
  await setTimeout(2000);
  await redis.kill();
  await setTimeout(2000);
  await redis.restart();
}
judge('Redis killed five times', await hammer.stop(), { least: 0.5, slip: 5 * BURST });
await spendQuota();
console.log(markdown(['', 'asked', 'passed', 'allowed in that span', 'most in a second', 'verdict'], lines));
if (isBroken) process.exitCode = 1;

function judge(title: string, hammered: Hammered, { least, slip }: { least: number; slip: number }): void {
  const { passed, asked, spanMs } = hammered;
  const rate = (spanMs / 1000) * PER_SECOND;
  const most = mostWithin(passed, 1000);
  const isGood =
    passed.length <= rate + BURST + slip && passed.length >= least * rate && most <= PER_SECOND + BURST + slip / 5;
  if (!isGood) isBroken = true;
  const allowed = `${whole(least * rate)} to ${whole(rate + BURST)}`;
  const bound = slip === 0 ? '' : `, and ${slip} beside it`;
  lines.push([
    title,
    whole(asked),
    whole(passed.length),
    allowed + bound,
    `${most} of ${PER_SECOND + BURST}`,
    said(isGood),
  ]);
}

async function spendQuota(): Promise<void> {
  const quotas = [{ name: 'monthly', max: QUOTA, per: 'month' as const, timeZone: 'UTC' }];
  const { token } = await client.createAccessKey({ quotas });
  const spending = new Hammer(urls, token);
  await until(() => spending.count(204) > QUOTA / 2, { ms: 120_000 });
  await server.nodes[NODES - 1]?.process.end('SIGKILL');
  await until(() => spending.count(429) > 1000, { ms: 120_000 });
  // What nodes took in advance and did not use comes back.
  await setTimeout(3000);
  const { passed, asked } = await spending.stop();
  const isGood = passed.length <= QUOTA && passed.length > 0.9 * QUOTA;
  if (!isGood) isBroken = true;
  const title = `a quota of ${whole(QUOTA)}, a node killed`;
  lines.push([title, whole(asked), whole(passed.length), `at most ${whole(QUOTA)}`, '', said(isGood)]);
}

function said(isGood: boolean): string {
  return isGood ? 'kept' : 'BROKEN';
}

function fail(): never {
  throw new Error('there is no node');
}

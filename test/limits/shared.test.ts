import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { InputOf, OutputOf } from '@keywright/contract';
import type { Limited } from '@keywright/core';
import { type App, openApp, type RunningApp, readConfig, run } from '@keywright/server';
import { Redis } from 'ioredis';
import { type Act, acting } from '../operations/acting.ts';
import { callOf, makeAccount, SHARED_SECRET } from '../support/app.ts';
import { freshDatabase } from '../support/postgres.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';

type Decision = Extract<OutputOf<'verify'>, { allowed: boolean }>;

const AT = Date.parse('2027-06-16T12:00:00Z');

const idOf = (token: string) => /KW[A-Z2-7]{18}/.exec(token)?.[0] ?? '';

async function verify(app: App, credential: string, more: Partial<InputOf<'verify'>> = {}): Promise<Decision> {
  const answer = await run(app, 'verify', { credential, method: 'GET', ...more }, callOf(undefined));
  assert.ok('allowed' in answer);
  return answer;
}

describe('rates shared through Redis', () => {
  const opened = new AsyncDisposableStack();
  let redis: RedisServer;
  let one: App;
  let two: App;
  let act: Act;
  let open: (clockMs: number, at?: string) => Promise<RunningApp>;
  let make: (
    rateLimits: InputOf<'createAccessKey'>['rateLimits'],
    more?: InputOf<'createAccessKey'>,
  ) => Promise<string>;
  before(async () => {
    redis = opened.use(await startRedis());
    const database = opened.use(await freshDatabase());
    open = async (clockMs, at = redis.url) => {
      const env = {
        KEYWRIGHT_DATA: opened.use(tempFolder()).path,
        KEYWRIGHT_PORT: '0',
        KEYWRIGHT_LOG: 'silent',
        KEYWRIGHT_SECRET: SHARED_SECRET,
        DATABASE_URL: database.url,
        REDIS_URL: at,
      };
      // The clocks of nodes do not count: that of Redis does.
      return openApp({ ...readConfig({}, env), workers: 2 }, () => Date.now() + clockMs);
    };
    one = opened.use(await open(0)).app;
    two = opened.use(await open(3_600_000)).app;
    act = acting(one, (await makeAccount(one, 'Acme')).callers.admin);
    make = async (rateLimits, more) => (await act('createAccessKey', { rateLimits, ...more })).token;
    await areTogether();
  });
  after(() => opened.disposeAsync());

  const both = () => [one, two];
  const isShared = (is: boolean) => until(() => both().every(({ limiter }) => limiter.isShared === is));
  /** Both count in Redis, and know it of each other. */
  const areTogether = async () => {
    await isShared(true);
    const token = await make(hourly(1000));
    await until(async () => {
      const said = await Promise.all(both().map(app => verify(app, token, { cost: 0 })));
      return said.every(({ degraded }) => !degraded);
    });
  };
  /** How many of so many pass, asked of both nodes in turns. */
  const passing = async (token: string, count: number, apps: readonly App[] = both()) => {
    const asked = Array.from({ length: count }, (_, n) => verify(apps[n % apps.length] as App, token));
    return (await Promise.all(asked)).filter(({ allowed }) => allowed).length;
  };
  /** A test of uses that Redis counts: where an answer of it came too late, by which more may pass, it is done again with other keys. */
  const testOfCounting = (name: string, body: () => Promise<void>) =>
    test(name, async () => {
      const late = () => both().reduce((sum, { limiter }) => sum + limiter.degradedCharges, 0);
      for (let left = 2; ; left--) {
        const before = late();
        try {
          return await body();
        } catch (error) {
          if (left === 0 || late() === before) throw error;
        }
        await areTogether();
      }
    });
  const hourly = (burst: number) => [{ name: 'hourly', max: 1, perSeconds: 3600, burst }];

  testOfCounting('all nodes together let a burst pass, and say what remains of it', async () => {
    const token = await make(hourly(10));
    assert.equal((await verify(one, token, { cost: 4 })).limits?.[0]?.remaining, 6);
    const second = await verify(two, token, { cost: 5 });
    assert.deepEqual([second.limits?.[0]?.remaining, second.degraded], [1, false]);
    assert.equal((await verify(one, token, { cost: 2 })).reason, 'rate_limited');
    assert.equal((await verify(one, token, { cost: 0 })).reason, null);
    assert.equal((await verify(two, token)).reason, null);
    assert.equal((await verify(one, token, { cost: 0 })).reason, 'rate_limited');
    const fresh = await make(hourly(10));
    assert.equal(await passing(fresh, 50), 10);
  });

  testOfCounting('of several limits all are charged, or none', async () => {
    const token = await make([
      { name: 'wide', max: 1, perSeconds: 3600, burst: 100 },
      { name: 'narrow', max: 1, perSeconds: 3600, burst: 3 },
    ]);
    assert.equal(await passing(token, 20), 3);
    const { limits, retryAt } = await verify(one, token);
    assert.deepEqual(
      limits?.map(({ name, remaining }) => [name, remaining]),
      [
        ['wide', 97],
        ['narrow', 0],
      ],
    );
    assert.ok(Math.abs(Date.parse(retryAt ?? '') - Date.now() - 3_600_000) < 60_000);
  });

  testOfCounting('what is refused takes nothing of a quota', async () => {
    const quotas = [{ name: 'monthly', max: 5, per: 'month', timeZone: 'UTC' } as const];
    const token = await make(hourly(3), { quotas });
    assert.equal(await passing(token, 20), 3);
    // What a node has taken of it in advance it gives back.
    await until(async () => (await act('getLimits', { key: idOf(token) })).limits[1]?.remaining === 2);
  });

  test('a reservation is settled, also when limits were set since, which it leaves alone', async () => {
    const wide = { name: 'wide', max: 1, perSeconds: 3600, burst: 100 };
    const { key, token } = await act('createAccessKey', { rateLimits: [wide] });
    const reserve = async () => (await verify(one, token, { reserve: 10 })).reservation?.id ?? '';
    const settle = (reservation: string, cost: number) =>
      run(one, 'settleReservation', { reservation, cost }, callOf(undefined));
    const remaining = async () => (await verify(one, token, { cost: 0 })).limits?.map(one => one.remaining) ?? [];
    const reserved = [await reserve(), await reserve(), await reserve()];
    await settle(reserved[0] as string, 4);
    await act('updateAccessKey', { key, rateLimits: [wide, ...hourly(5)] });
    assert.equal(await passing(token, 20, [one]), 5);
    await settle(reserved[1] as string, 9);
    const [left = 0, ...others] = await remaining();
    // Of what leaked meanwhile, a part of one is not given back.
    assert.ok([71, 72].includes(left), `${left}`);
    assert.deepEqual(others, [0]);
    await settle(reserved[2] as string, 1000);
    assert.deepEqual(await remaining(), [0, 0]);
    await redis.kill();
    await isShared(false);
    assert.deepEqual(await passing(token, 20, [one]), 0);
    await redis.restart();
    await isShared(true);
  });

  testOfCounting('what has leaked since it was reserved comes not back', async () => {
    const token = await make([{ name: 'steady', max: 10, perSeconds: 1 }]);
    const { reservation } = await verify(one, token, { reserve: 10 });
    await setTimeout(1100);
    const since = performance.now();
    const first = await passing(token, 20, [one]);
    await run(one, 'cancelReservation', { reservation: reservation?.id ?? '' }, callOf(undefined));
    const passed = first + (await passing(token, 20, [one]));
    const most = 10 + ((performance.now() - since) * 10) / 1000;
    assert.ok(passed >= 10 && passed <= most, `${passed} of ${most}`);
  });

  testOfCounting('a bucket lasts in Redis although an older reservation with quicker limits is settled', async () => {
    const quick = { name: 'quick', max: 1000, perSeconds: 1, burst: 1000 };
    const { key, token } = await act('createAccessKey', { rateLimits: [quick] });
    const { reservation } = await verify(one, token, { reserve: 10 });
    await act('updateAccessKey', { key, rateLimits: [quick, ...hourly(5)] });
    assert.equal(await passing(token, 20, [one]), 5);
    await run(one, 'settleReservation', { reservation: reservation?.id ?? '', cost: 11 }, callOf(undefined));
    await setTimeout(1200); // longer than a bucket that is empty is kept
    assert.equal((await verify(two, token)).reason, 'rate_limited');
  });

  testOfCounting('a clock of Redis that is set back refuses nobody for long, and opens nothing', async () => {
    const token = await make([{ name: 'steady', max: 10, perSeconds: 1, burst: 5 }]);
    assert.equal((await verify(one, token, { cost: 5 })).reason, null);
    const client = new Redis(redis.url);
    const [bucket = ''] = await client.keys(`keywright:*:${idOf(token)}`);
    await client.hset(bucket, 'at', `${(Date.now() + 3_600_000) * 1000}`);
    client.disconnect();
    assert.equal((await verify(one, token)).reason, 'rate_limited');
    await setTimeout(250);
    const passed = await passing(token, 20, [one]);
    assert.ok(passed >= 1 && passed <= 5, `${passed}`);
  });

  test('a Redis that was killed: each node enforces its share and says so, and nothing comes twice when it is back, empty', async () => {
    const [fresh, used] = [await make(hourly(10)), await make(hourly(10))];
    assert.equal(await passing(used, 6), 6);
    for (const app of both()) await verify(app, used, { cost: 0 });
    await redis.kill();
    await isShared(false);
    // What each knows was used counts; of the rest each has half.
    assert.equal(await passing(used, 20), 4);
    assert.equal(await passing(fresh, 20), 10);
    const refused = await verify(one, fresh);
    assert.deepEqual([refused.reason, refused.degraded], ['rate_limited', true]);
    const response = await fetch(`${one.origin()}/v1/auth`, { headers: { authorization: `Bearer ${fresh}` } });
    assert.deepEqual([response.status, response.headers.get('keywright-limits')], [429, 'degraded']);
    await redis.restart();
    await isShared(true);
    assert.equal(await passing(used, 20), 0);
    assert.equal(await passing(fresh, 20), 0);
    assert.equal((await verify(two, await make(hourly(1)))).degraded, false);
  });

  test('where one node alone does not reach it, all keep the limit together, and say so', async () => {
    const key = await make(hourly(20));
    const narrow = await make(hourly(1));
    const costly = await make(hourly(4));
    await using line = await TcpProxy.start(redis.url.replace('redis:', 'http:'));
    {
      await using cut = await open(0, line.through(redis.url));
      await until(() => one.followers.liveNodes === 3);
      await areTogether();
      line.refuse();
      await until(() => cut.app.limiter.isShared === false);
      await until(async () => {
        const said = await Promise.all(both().map(app => verify(app, key, { cost: 0 })));
        return said.every(({ degraded }) => degraded);
      });
      // Two thirds of it for those who count in Redis, a third for the other: of a burst of 20, 13 and 6.
      assert.deepEqual([await passing(key, 40), await passing(key, 40, [cut.app])], [13, 6]);
      assert.ok((await passing(narrow, 20)) >= 1, 'not all is refused, however small the limit');
      assert.equal((await verify(one, costly, { cost: 4 })).reason, null);
      line.release();
      await until(() => cut.app.limiter.isShared === true);
      await areTogether();
      assert.ok((await passing(key, 40)) <= 1);
    }
    await until(() => one.followers.liveNodes === 2);
  });

  test('not all is refused while it is away, however small the limit', async () => {
    await redis.kill();
    await isShared(false);
    const token = await make(hourly(1));
    assert.ok((await passing(token, 20)) >= 1);
    const costly = await make(hourly(4));
    assert.equal((await verify(one, costly, { cost: 4 })).reason, null);
    await redis.restart();
    await isShared(true);
  });

  test('a Redis that does not answer counts as away: who asks waits a moment, those after them not at all', async () => {
    const token = await make(hourly(1000));
    await verify(one, token);
    const took: number[] = [];
    redis.freeze();
    try {
      for (let n = 0; n < 21; n++) {
        const since = performance.now();
        assert.equal((await verify(one, token)).degraded, true);
        took.push(performance.now() - since);
      }
    } finally {
      redis.thaw();
    }
    // Besides the first, one may have been asked when the machine stood still.
    const [first = 0, ...others] = took;
    const rest = others.toSorted((a, b) => a - b).slice(0, -1);
    const restMs = rest.reduce((sum, ms) => sum + ms, 0);
    assert.ok(first < 2000 && restMs < 200, `${first} ms, then ${restMs} ms`);
    await isShared(true);
    assert.equal((await verify(one, token)).degraded, false);
  });

  testOfCounting('how limits stand is told without charging them', async () => {
    const token = await make(hourly(5));
    await verify(one, token, { cost: 2 });
    const id = idOf(token);
    const facts = await one.store.findFacts(id as Parameters<App['store']['findFacts']>[0]);
    const limited: Limited[] = [{ of: 'key', id, quotas: [], rateLimits: facts?.limits[0]?.rateLimits ?? [] }];
    for (let n = 0; n < 2; n++) {
      const [state] = await two.limiter.look(facts?.account.id ?? '', limited, AT);
      assert.equal(state?.remaining, 3);
    }
  });
});

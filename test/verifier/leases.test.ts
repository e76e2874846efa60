import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { InputOf } from '@keywright/contract';
import type { Decision } from '@keywright/core';
import type { RemoteVerifier } from '@keywright/verifier';
import { DATABASES, type DatabaseKind } from '../support/app.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { SERVERS } from './middleware-servers.ts';
import { countingFetch, type VerifierWorld, verdictOf, verifierWorld } from './world.ts';

const QUOTA = { name: 'monthly', max: 500, per: 'month', timeZone: 'UTC' } as const;
/** So slow that nothing comes back while a test runs. */
const RATE = { name: 'slow', max: 1, perSeconds: 2_000_000, burst: 50 };

async function limited({ act }: VerifierWorld, draft: InputOf<'createAccessKey'>) {
  const { key, token } = await act('createAccessKey', draft);
  const left = async () => (await act('getLimits', { key })).limits.map(({ remaining }) => remaining);
  return { key, token, left };
}

/** One whose verifiers wait for uses for as long as it takes: what is granted and not heard of would count as used. */
async function patientWorld(kind?: DatabaseKind): Promise<VerifierWorld> {
  const world = await verifierWorld(kind);
  return {
    ...world,
    verifier: ({ fetch: send = fetch, ...options } = {}) =>
      world.verifier({
        ...options,
        fetch: (input, init) => send(input, String(input).endsWith('/leases') ? { ...init, signal: null } : init),
      }),
  };
}

/** So many at once, over and over. */
async function hammer(verifiers: readonly RemoteVerifier[], token: string, rounds: number, atOnce = 10) {
  const decided: Decision[] = [];
  for (let round = 0; round < rounds; round++)
    decided.push(
      ...(await Promise.all(
        verifiers.flatMap(verifier => Array.from({ length: atOnce }, () => verifier.verify(token))),
      )),
    );
  return decided;
}

const passedOf = (decided: readonly Decision[]) => decided.filter(({ allowed }) => allowed).length;
const reasonsOf = (decided: readonly Decision[]) => new Set(decided.map(one => (one.allowed ? 'passed' : one.reason)));

for (const kind of DATABASES)
  describe(`leased uses, on ${kind}`, () => {
    test('several verifiers and the server together let as many pass as a quota has, and not one more', async () => {
      await using world = await patientWorld(kind);
      const { token, left } = await limited(world, { quotas: [QUOTA] });
      const verifiers = [world.verifier(), world.verifier(), world.verifier()];
      const server = async () => {
        let passed = 0;
        for (let n = 0; n < 100; n++) {
          const answer = await world.act('verify', { credential: token, method: 'GET' });
          if ('allowed' in answer && answer.allowed) passed++;
        }
        return passed;
      };
      const [decided, atServer] = await Promise.all([hammer(verifiers, token, 60), server()]);
      const inAll = passedOf(decided) + atServer;
      assert.ok(inAll <= 500, `${inAll} passed`);
      assert.deepEqual(reasonsOf(decided), new Set(['passed', 'quota_exhausted']));
      // What one of them had leased and did not use comes back to all, whoever asks next.
      let passed = inAll;
      const allPassed = async () => {
        passed += passedOf(await hammer(verifiers, token, 1, 1));
        return passed === 500;
      };
      // Near the end of a quota each takes one at a time.
      await until(allPassed, { ms: 30_000 });
      assert.deepEqual(passedOf(await hammer(verifiers, token, 3)), 0);
      assert.deepEqual(await left(), [0]);
    });

    test('what was not used is given back at the end, and by itself', async () => {
      await using world = await patientWorld(kind);
      const { token, left } = await limited(world, { rateLimits: [RATE], quotas: [QUOTA] });
      const [closing, staying] = [world.verifier(), world.verifier()];
      assert.equal(passedOf(await hammer([closing, staying], token, 1, 13)), 26);
      await closing.close();
      await until(async () => (await left()).join() === '24,474');
      assert.ok(passedOf(await hammer([staying], token, 3, 1)) === 3);
      await until(async () => (await left()).join() === '21,471');
    });
  });

describe('leased uses', () => {
  test('take few questions', async () => {
    await using world = await patientWorld();
    const { token } = await limited(world, { rateLimits: [{ name: 'wide', max: 100_000, perSeconds: 1 }] });
    const counted = countingFetch();
    const verifier = world.verifier({ fetch: counted.fetch });
    await hammer([verifier], token, 500, 1);
    const before = counted.count('leases');
    assert.equal(passedOf(await hammer([verifier], token, 2000, 1)), 2000);
    assert.ok(counted.count('leases') - before < 100, `${counted.count('leases') - before} questions for 2000 uses`);
  });

  test('say how the limits stand, and when there is more', async () => {
    await using world = await patientWorld();
    const { token } = await limited(world, { rateLimits: [{ name: 'steady', max: 2, perSeconds: 3600, burst: 2 }] });
    const verifier = world.verifier();
    const [first, second, third] = await hammer([verifier], token, 3, 1);
    for (const [one, remaining] of [
      [first, 1],
      [second, 0],
    ] as const) {
      assert.partialDeepStrictEqual(one, { allowed: true, charged: { refused: null, retryAt: null, degraded: false } });
      assert.partialDeepStrictEqual(one?.charged?.limits, [{ name: 'steady', max: 2, remaining, exceeded: false }]);
    }
    assert.partialDeepStrictEqual(third, { allowed: false, reason: 'rate_limited' });
    assert.partialDeepStrictEqual(third?.charged?.limits, [{ name: 'steady', remaining: 0, exceeded: true }]);
    const waitMs = (third?.charged?.retryAt ?? 0) - Date.now();
    assert.ok(waitMs > 1_700_000 && waitMs < 1_900_000, `${waitMs} ms`);
  });

  test('cost what is said, and nothing where it is only asked', async () => {
    await using world = await patientWorld();
    const { token, left } = await limited(world, { rateLimits: [RATE] });
    const verifier = world.verifier();
    assert.equal(await verdictOf(() => verifier.verify(token, { cost: 40 })), 'allowed');
    assert.equal(await verdictOf(() => verifier.verify(token, { cost: 11 })), 'rate_limited');
    assert.equal(await verdictOf(() => verifier.verify(token, { cost: 9 })), 'allowed');
    for (let n = 0; n < 3; n++) assert.equal(await verdictOf(() => verifier.verify(token, { cost: 0 })), 'allowed');
    assert.equal(await verdictOf(() => verifier.verify(token, { cost: 1 })), 'allowed');
    assert.equal(await verdictOf(() => verifier.verify(token, { cost: 0 })), 'rate_limited');
    await until(async () => (await left())[0] === 0);
    for (const cost of [-1, 0.5, Number.NaN, 1e9])
      assert.throws(() => verifier.verify(token, { cost }), { name: 'TypeError', message: /cost must be/ });
  });

  test('end with a change of the limits', async () => {
    await using world = await patientWorld();
    const { key, token } = await limited(world, { quotas: [QUOTA] });
    const verifier = world.verifier();
    assert.equal(passedOf(await hammer([verifier], token, 10, 5)), 50);
    await world.act('updateAccessKey', { key, quotas: [{ ...QUOTA, max: 40 }], wait: 'all' });
    assert.deepEqual(reasonsOf(await hammer([verifier], token, 1)), new Set(['quota_exhausted']));
    await world.act('updateAccessKey', { key, quotas: [], wait: 'all' });
    assert.equal(passedOf(await hammer([verifier], token, 1)), 10);
  });

  test('end with the period of a quota', async () => {
    await using world = await patientWorld();
    const { token, left } = await limited(world, { quotas: [{ ...QUOTA, max: 10_000, per: 'hour' }] });
    const counted = countingFetch();
    const verifier = world.verifier({ fetch: counted.fetch });
    await verifier.ready();
    world.server.clock.at = Date.parse('2027-06-16T12:59:59.500Z');
    assert.equal(passedOf(await hammer([verifier], token, 30, 10)), 300);
    // Half a second before the end of a lease.
    const since = performance.now();
    await until(() => performance.now() - since > 500);
    const before = counted.count('leases');
    assert.equal(await verdictOf(() => verifier.verify(token)), 'allowed');
    assert.ok(counted.count('leases') > before, 'it used what was leased in the hour before');
    await verifier.close();
    world.server.clock.at = Date.parse('2027-06-16T13:00:00.000Z');
    assert.deepEqual(await left(), [10_000]);
  });

  test('what is only asked for comes back', async () => {
    await using world = await patientWorld();
    const { token, left } = await limited(world, { quotas: [QUOTA] });
    const verifier = world.verifier();
    assert.equal(await verdictOf(() => verifier.verify(token, { cost: 0 })), 'allowed');
    await verifier.close();
    assert.deepEqual(await left(), [500]);
  });

  test('what is granted while the limits change is not used twice', async () => {
    await using world = await patientWorld();
    const { key, token, left } = await limited(world, { quotas: [QUOTA] });
    const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const verifier = world.verifier({
      fetch: async (input, init) => {
        const answer = await fetch(input, init);
        if (!String(input).endsWith('/leases')) return answer;
        asked.resolve();
        await held.promise;
        return answer;
      },
    });
    const first = verifier.verify(token);
    await asked.promise;
    await world.act('updateAccessKey', { key, quotas: [{ ...QUOTA, max: 400 }], wait: 'all' });
    const second = verifier.verify(token);
    held.resolve();
    for (const decision of [await first, await second]) assert.equal(decision.allowed, true);
    await verifier.close();
    const [remaining = 0] = await left();
    assert.ok(remaining <= 398, `${remaining} of 400 remain`);
  });

  test('while the server is away a share of each rate passes, and what has a quota can not be decided', async () => {
    await using world = await patientWorld();
    await using proxy = await TcpProxy.start(world.server.url);
    const rated = await limited(world, { rateLimits: [RATE] });
    const counted = await limited(world, { quotas: [QUOTA] });
    const [verifier] = [world.verifier({ server: proxy.url }), world.verifier()];
    assert.equal(passedOf(await hammer([verifier], rated.token, 1, 5)), 5);
    assert.equal(await verdictOf(() => verifier.verify(counted.token)), 'allowed');
    proxy.refuse();
    try {
      // Leases of before are used up first.
      await until(async () => (await verdictOf(() => verifier.verify(counted.token))) === 'unavailable');
      const decided = await hammer([verifier], rated.token, 10);
      // A server and two verifiers share 50.
      const degraded = decided.filter(one => one.charged?.degraded);
      assert.equal(passedOf(degraded), 16);
      assert.deepEqual(reasonsOf(degraded), new Set(['passed', 'rate_limited']));
      assert.ok(verifier.health().usesDegraded >= degraded.length);
    } finally {
      proxy.release();
    }
    await until(async () => {
      const decision = await verifier.verify(rated.token);
      return decision.allowed && decision.charged?.degraded === false;
    });
    assert.equal(await verdictOf(() => verifier.verify(counted.token)), 'allowed');
  });
});

describe('limits in a framework', () => {
  for (const [kind, start] of Object.entries(SERVERS))
    test(`${kind} answers 429, and says how the limits stand`, async () => {
      await using world = await patientWorld();
      const { token } = await limited(world, { rateLimits: [{ name: 'few', max: 2, perSeconds: 3600 }] });
      await using api = await start(world.verifier(), { cost: 2 });
      const ask = () => fetch(`http://127.0.0.1:${api.port}/orders/7`, { headers: { 'x-api-key': token } });
      const [good, bad] = [await ask(), await ask()];
      assert.deepEqual([good.status, bad.status], [200, 429]);
      assert.equal(good.headers.get('ratelimit-policy'), '"few";q=2;w=3600');
      assert.match(good.headers.get('ratelimit') ?? '', /^"few";r=0;t=\d+$/);
      assert.match(bad.headers.get('ratelimit') ?? '', /^"few";r=0;t=\d+$/);
      const seconds = Number(bad.headers.get('retry-after'));
      // Rounded up, from when it was asked; the server counts from when it heard.
      assert.ok(seconds > 3500 && seconds <= 3601, `${seconds} s`);
      assert.partialDeepStrictEqual(await bad.json(), {
        code: 'rate_limited',
        status: 429,
        'violated-policies': ['few'],
      });
    });
});

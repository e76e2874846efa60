import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { countingFetch, usesOf, type VerifierWorld, verdictOf, verifierWorld } from './world.ts';

test('uses are there within a second or so, with where they came from', async () => {
  await using world = await verifierWorld();
  const { token, key } = await world.act('createAccessKey', {});
  const verifier = world.verifier();
  const headers = { 'x-api-key': token, 'user-agent': 'curl/8' };
  for (let n = 0; n < 20; n++)
    assert.equal(
      await verdictOf(() => verifier.verify({ method: 'GET', headers }, { address: '192.0.2.7' })),
      'allowed',
    );
  assert.equal(
    await verdictOf(() => verifier.verify(token, { project: 'prj_aaaaaaaaaaaaaaaaaaaa' })),
    'project_mismatch',
  );
  await until(async () => (await usesOf(world, key)) === 20, { ms: 3000 });
  const { lastUsed } = await world.act('getAccessKey', { key });
  assert.deepEqual([lastUsed?.address, lastUsed?.userAgent, lastUsed?.api], ['192.0.2.7', 'curl/8', null]);
});

test('an orderly end loses no use, of hundreds of keys in several batches', async () => {
  await using world = await verifierWorld();
  const keys: { token: string; key: string }[] = [];
  for (let n = 0; n < 500; n++) keys.push(await world.act('createAccessKey', {}));
  const counted = countingFetch();
  const verifier = world.verifier({ fetch: counted.fetch });
  await verifier.ready();
  const agent = 'ÿ'.repeat(300);
  const asked = keys.flatMap(({ token }) => [1, 2, 3].map(() => verifier.verify(token, { agent })));
  const decided = await Promise.all(asked);
  assert.ok(decided.every(({ allowed }) => allowed));
  await verifier.close();
  assert.ok(counted.count('uses') > 1, 'one batch held them all');
  const counts = await Promise.all(keys.map(({ key }) => usesOf(world, key)));
  assert.deepEqual([...new Set(counts)], [3]);
  assert.equal(await verdictOf(() => verifier.verify(keys[0]?.token ?? '')), 'unavailable');
});

test('an orderly end reports what a report that failed has left, and what was used since', async () => {
  await using world = await verifierWorld();
  const [before, after] = [await world.act('createAccessKey', {}), await world.act('createAccessKey', {})];
  const { promise: failed, resolve: fail } = Promise.withResolvers<void>();
  let isAway = true;
  const verifier = world.verifier({
    fetch: async (input, init) => {
      if (!isAway || !String(input).endsWith('/uses')) return fetch(input, init);
      fail();
      throw new TypeError('fetch failed');
    },
  });
  assert.equal(await verdictOf(() => verifier.verify(before.token)), 'allowed');
  await failed;
  assert.equal(await verdictOf(() => verifier.verify(after.token)), 'allowed');
  isAway = false;
  await verifier.close();
  assert.deepEqual([await usesOf(world, before.key), await usesOf(world, after.key)], [1, 1]);
  assert.equal(verifier.health().usesWaiting, 0);
});

test('an orderly end waits for the decisions that are under way, and counts them', async () => {
  await using world = await verifierWorld();
  const { token, key } = await world.act('createAccessKey', {});
  const held = holdingFacts();
  const verifier = world.verifier({ fetch: held.fetch });
  await verifier.ready();
  const verdict = verdictOf(() => verifier.verify(token));
  await held.asked;
  const closing = verifier.close();
  assert.equal(await verdictOf(() => verifier.verify(token)), 'unavailable');
  held.answer();
  await closing;
  assert.deepEqual([await verdict, await usesOf(world, key)], ['allowed', 1]);
});

test('nobody is let pass after the end, whenever the server answers', async () => {
  await using world = await verifierWorld();
  const { token } = await world.act('createAccessKey', {});
  const held = holdingFacts();
  const verifier = world.verifier({ fetch: held.fetch });
  await verifier.ready();
  const verdict = verdictOf(() => verifier.verify(token));
  await held.asked;
  await verifier.close();
  held.answer();
  assert.equal(await verdict, 'unavailable');
});

/** A line on which the answer with facts waits, whatever becomes of the request. */
function holdingFacts() {
  const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const holding: typeof fetch = async (input, init) => {
    if (!String(input).endsWith('/facts')) return fetch(input, init);
    isAsked();
    const response = await fetch(input, { ...init, signal: null });
    await answered;
    return response;
  };
  return { fetch: holding, asked, answer };
}

async function brokenLine(t: TestContext, world: VerifierWorld) {
  const proxy = await TcpProxy.start(world.server.url);
  t.after(() => proxy[Symbol.asyncDispose]());
  return proxy;
}

test('a line that breaks while uses are on their way neither loses nor doubles them', async t => {
  await using world = await verifierWorld();
  const proxy = await brokenLine(t, world);
  const { token, key } = await world.act('createAccessKey', {});
  const counted = countingFetch();
  const verifier = world.verifier({ server: proxy.url, fetch: counted.fetch });
  let used = 0;
  for (let round = 0; round < 30; round++) {
    await until(async () => (await verdictOf(() => verifier.verify(token))) === 'allowed');
    used++;
    if (round % 5 === 0) await until(() => counted.count('uses') > round / 5, { everyMs: 1 });
    proxy.cut();
  }
  await verifier.close();
  assert.equal(await usesOf(world, key), used);
});

test('uses that the database would not take come again', async t => {
  await using world = await verifierWorld();
  const { token, key } = await world.act('createAccessKey', {});
  const verifier = world.verifier();
  assert.equal(await verdictOf(() => verifier.verify(token)), 'allowed');
  const { mock } = t.mock.method(world.server.app.store.uses, 'writeReport');
  mock.mockImplementationOnce(async () => {
    throw new Error('disk full');
  });
  await verifier.close();
  assert.equal(mock.callCount() >= 2, true);
  assert.equal(await usesOf(world, key), 1);
});

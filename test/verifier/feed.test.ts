import assert from 'node:assert/strict';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { BUILT_IN_API } from '@keywright/core';
import { appendEvents, lockChanges } from '@keywright/store';
import type { RemoteVerifier } from '@keywright/verifier';
import { median } from '../../bench/median.ts';
import { acting, managing } from '../operations/acting.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { countingFetch, VERIFIER_ENDPOINTS, type VerifierWorld, verdictOf, verifierWorld } from './world.ts';

const STALE_MS = 2000;
/** As far as the server looks back (changes-stream.ts). */
const BEHIND_MAX = 10_000;
/** How late a timer of a busy machine may be. */
const LATE_MS = 500;

describe('what a verifier knows follows the server', () => {
  let world: VerifierWorld;
  before(async () => {
    world = await verifierWorld();
  });
  after(() => world[Symbol.asyncDispose]());

  /** A verifier that knows the key, behind a line that can break. */
  async function behindProxy(t: TestContext, options: { onStale?: 'refuse' | 'serve' } = {}) {
    const proxy = await TcpProxy.start(world.server.url);
    const made = await world.act('createAccessKey', {});
    const counted = countingFetch();
    const verifier = world.verifier({ server: proxy.url, staleMaxMs: STALE_MS, fetch: counted.fetch, ...options });
    t.after(async () => {
      proxy.release();
      await verifier.close().catch(() => {});
      await proxy[Symbol.asyncDispose]();
    });
    await verifier.ready();
    const verdict = (token = made.token) => verdictOf(() => verifier.verify(token));
    assert.equal(await verdict(), 'allowed');
    return { ...made, proxy, verifier, verdict, counted };
  }

  test('a receipt names it, and after the receipt the key is dead there', async () => {
    const verifiers = [1, 2, 3].map(n => world.verifier({ name: `Shop ${n}` }));
    const took: number[] = [];
    for (let round = 0; round < 3; round++) {
      const { token, key } = await world.act('createAccessKey', {});
      for (const verifier of verifiers) assert.equal(await verdictOf(() => verifier.verify(token)), 'allowed');
      const { receipt } = await world.act('deactivateAccessKey', { key, wait: 'all' });
      for (const verifier of verifiers) assert.equal(await verdictOf(() => verifier.verify(token)), 'inactive');
      const names = receipt?.acknowledged.filter(({ kind }) => kind === 'verifier').map(({ name }) => name);
      assert.deepEqual(names?.sort(), ['Shop 1', 'Shop 2', 'Shop 3']);
      assert.deepEqual([receipt?.complete, receipt?.missing], [true, []]);
      took.push(receipt?.ms ?? 1e9);
    }
    assert.ok(median(took) < 1000, `it took ${took} ms`);
    for (const verifier of verifiers) await verifier.close();
    const { items } = await world.act('listVerifiers', {});
    assert.deepEqual(
      items.filter(({ kind }) => kind === 'verifier'),
      [],
      'they did not say good-bye',
    );
  });

  test('under load no decision comes out after the receipt as it was before, known key or first sight', async t => {
    const verifiers = [world.verifier(), world.verifier({ entriesMax: 8 })];
    const keys = await Promise.all(Array.from({ length: 60 }, () => world.act('createAccessKey', {})));
    const dead = new Set<string>();
    let [isOver, decisions, wrong] = [false, 0, 0];
    const load = verifiers.map(async verifier => {
      await verifier.ready();
      while (!isOver) {
        const all = keys.map(async ({ token }) => {
          const said = await verdictOf(() => verifier.verify(token));
          decisions++;
          if (said === 'allowed' && dead.has(token)) wrong++;
        });
        await Promise.all(all);
        await pause(0);
      }
    });
    for (const { key, token } of keys) {
      const before = decisions;
      await until(() => decisions > before + 100, { everyMs: 1 });
      const { receipt } = await world.act('deactivateAccessKey', { key, wait: 'all' });
      assert.equal(receipt?.complete, true);
      dead.add(token);
    }
    isOver = true;
    await Promise.all(load);
    t.diagnostic(`${decisions} decisions`);
    assert.equal(wrong, 0);
  });

  test('health tells of the feed', async t => {
    const { verifier, counted } = await behindProxy(t);
    const health = await until(() => (verifier.health().lagMs === null ? undefined : verifier.health()));
    assert.deepEqual(
      [health.connected, health.stale, health.entries, health.decisions, health.hitRate],
      [true, false, 1, 1, 0],
    );
    assert.ok((health.staleMs ?? 1e9) < STALE_MS && (health.lagMs ?? 1e9) < STALE_MS, JSON.stringify(health));
    await verifier.verify('kw_x');
    const { items } = await until(async () => {
      const listed = await world.act('listVerifiers', {});
      return listed.items.some(({ id, hitRate }) => id === health.id && hitRate === 0.5) && listed;
    });
    const listed = items.find(({ id }) => id === health.id);
    assert.deepEqual(
      [listed?.connected, listed?.entries, listed?.staleMaxMs, listed?.onStale],
      [true, 1, STALE_MS, 'refuse'],
    );
    assert.equal(counted.count('changes'), 1, 'it followed over more than one connection');
  });

  /** Asks without a pause until nothing is decided any more; answers when the last decision was. */
  async function lastAllowed(verifier: RemoteVerifier, token: string, withinMs: number): Promise<number> {
    let last = 0;
    for (const end = performance.now() + withinMs; performance.now() < end; await pause(2))
      if ((await verdictOf(() => verifier.verify(token))) === 'allowed') last = performance.now();
    return last;
  }

  for (const [what, isMeant] of [
    ['the whole line', undefined],
    ['the feed alone, as a proxy that buffers does', (opening: string) => opening.includes('/changes')],
  ] as const) {
    test(`a line that stands and carries nothing (${what}): nothing is decided past the bound`, async t => {
      const { proxy, verifier, token, key, verdict, counted } = await behindProxy(t);
      proxy.hold(isMeant);
      await world.act('deactivateAccessKey', { key });
      const since = performance.now();
      const last = await lastAllowed(verifier, token, STALE_MS + LATE_MS);
      assert.ok(last > since, 'it did not go on for a while');
      assert.ok(last - since <= STALE_MS, `it went on for ${last - since} ms`);
      assert.equal(await verdict(), 'unavailable');
      assert.equal(verifier.health().stale, true);
      const loads = counted.count('facts');
      // The line still stands: that it is silent must be enough to give it up.
      await until(() => counted.count('changes') > 1, { what: 'a new connection in place of the silent one' });
      proxy.release();
      await until(async () => (await verdict()) === 'inactive');
      assert.equal(counted.count('facts'), loads + 1, 'more was forgotten than what was changed');
    });
  }

  test('a line that is cut for longer: refused, and all the rest is still known afterwards', async t => {
    const { proxy, verifier, counted, verdict } = await behindProxy(t);
    proxy.hold();
    proxy.cut();
    await until(async () => (await verdict()) === 'unavailable');
    assert.equal(await verdict('kw_x'), 'unavailable');
    const loads = counted.count('facts');
    proxy.release();
    await until(async () => (await verdict()) === 'allowed');
    assert.equal(counted.count('facts'), loads, 'facts were loaded anew');
    await until(() => verifier.health().error === null);
  });

  test('who is further behind than the server looks back forgets everything and begins anew', async t => {
    const { proxy, verifier, key, token, verdict } = await behindProxy(t);
    const other = await world.act('createAccessKey', {});
    // With its receipt the verifier has heard of all before, too: of both keys that they were made.
    await world.act('updateAccessKey', { key: other.key, name: 'Other', wait: 'all' });
    assert.deepEqual([await verdict(token), await verdict(other.token)], ['allowed', 'allowed']);
    proxy.hold();
    proxy.cut();
    await until(() => !verifier.health().connected);
    assert.equal(verifier.health().entries, 2);
    await world.act('deactivateAccessKey', { key });
    await appendMany(world, BEHIND_MAX);
    await until(() => world.server.app.feed.sequence > (verifier.health().sequence ?? 0) + BEHIND_MAX);
    proxy.release();
    // Of the other key there was no change.
    await until(() => verifier.health().entries === 0);
    await until(() => !verifier.health().stale);
    assert.deepEqual([await verdict(token), await verdict(other.token)], ['inactive', 'allowed']);
  });

  test('an account that is deactivated takes its keys along where they are known', async () => {
    const { id: account } = await world.act('createManagedAccount', { name: 'Customer' });
    const there = acting(world.server.app, managing(account, world.account.callers.owner));
    const { id: owner } = await there('createServiceAccount', { name: 'Robot' });
    const { token } = await there('createAccessKey', { owner });
    const counted = countingFetch();
    const verifier = world.verifier({ account, fetch: counted.fetch });
    const verdict = () => verdictOf(() => verifier.verify(token));
    assert.equal(await verdict(), 'allowed');
    for (const [operation, expected] of [
      ['deactivateAccount', 'account_inactive'],
      ['activateAccount', 'allowed'],
    ] as const) {
      const { receipt } = await world.act(operation, { account, wait: 'all' });
      const names = receipt?.acknowledged.map(({ id }) => id) ?? [];
      assert.deepEqual([receipt?.complete, names.includes(verifier.health().id)], [true, true], operation);
      assert.equal(await verdict(), expected);
    }
    assert.equal(counted.count('facts'), 3);
    await verifier.close();
  });

  test('who is told to serve goes on with what it knows, and knows nobody new', async t => {
    const { proxy, verifier, key, verdict } = await behindProxy(t, { onStale: 'serve' });
    const other = await world.act('createAccessKey', {});
    proxy.hold();
    proxy.cut();
    await until(() => verifier.health().stale);
    await world.act('deactivateAccessKey', { key });
    assert.equal(await verdict(), 'allowed');
    assert.equal(await verdict(other.token), 'unavailable');
    proxy.release();
    await until(async () => (await verdict()) === 'inactive');
    assert.equal(await verdict(other.token), 'allowed');
  });

  test('who is told to serve, and was never let in, knows nobody', async () => {
    const { token } = await world.act('createAccessKey', {});
    // A credential that may ask for facts, and not follow the changes.
    const { id: owner } = await world.act('createServiceAccount', { name: 'Half a verifier', role: 'admin' });
    const grants = { [BUILT_IN_API]: VERIFIER_ENDPOINTS.filter(id => !id.endsWith('/changes')) };
    const { token: credential } = await world.act('createAccessKey', { owner, permission: 'restricted', grants });
    const verifier = world.verifier({ credential, onStale: 'serve' });
    await assert.rejects(verifier.ready(), { code: 'unavailable' });
    for (let n = 0; n < 2; n++) assert.equal(await verdictOf(() => verifier.verify(token)), 'unavailable');
    assert.equal(verifier.health().entries, 0);
  });

  test('the receipt names who was not reached, and is complete once that one must have stopped', async t => {
    const { proxy, verifier, key, token } = await behindProxy(t);
    const { id } = verifier.health();
    proxy.hold();
    const early = await world.act('deactivateAccessKey', { key, wait: 'all', waitMs: 200 });
    assert.deepEqual([early.receipt?.complete, early.receipt?.missing.map(missing => missing.id)], [false, [id]]);
    const late = await world.act('deactivateAccessKey', { key, wait: 'all', waitMs: STALE_MS + 5000 });
    assert.equal(late.receipt?.complete, true);
    assert.equal(late.receipt?.acknowledged.find(one => one.id === id)?.lapsed, true);
    assert.equal(await verdictOf(() => verifier.verify(token)), 'unavailable');
  });

  test('cut and restored 100 times: never past the bound, and no change is lost', async t => {
    const { proxy, verifier, verdict, counted } = await behindProxy(t);
    const keys = await Promise.all(Array.from({ length: 100 }, () => world.act('createAccessKey', {})));
    for (const { token } of keys) assert.equal(await verdict(token), 'allowed');
    const known = keysAskedFor(counted).length;
    let worst = 0;
    const took: number[] = [];
    for (const [n, { key, token }] of keys.entries()) {
      if (n % 3 === 0) proxy.hold();
      proxy.cut();
      await world.act('deactivateAccessKey', { key });
      const since = performance.now();
      if (n % 3 === 0) await pause(20);
      proxy.release();
      const isDead = async () => {
        const said = await verdict(token);
        if (said === 'allowed') worst = Math.max(worst, performance.now() - since);
        return said === 'inactive';
      };
      await until(isDead, { everyMs: 1 });
      took.push(performance.now() - since);
    }
    t.diagnostic(`a key passed for ${Math.round(worst)} ms, and was dead after ${Math.round(Math.max(...took))} ms`);
    assert.ok(worst <= STALE_MS, `it passed for ${worst} ms`);
    assert.ok(median(took) <= STALE_MS, `it took ${took} ms`);
    const dead = new Set(keys.map(({ key }) => key));
    const later = keysAskedFor(counted).slice(known);
    assert.deepEqual(
      later.filter(key => !dead.has(key)),
      [],
      'more was forgotten than what was changed',
    );
    await until(() => verifier.health().error === null && !verifier.health().stale);
  });
});

test('the same on PostgreSQL: after the receipt the key is dead', async () => {
  await using world = await verifierWorld('postgres');
  const verifier = world.verifier({ name: 'Shop' });
  for (let n = 0; n < 20; n++) {
    const { token, key } = await world.act('createAccessKey', {});
    assert.equal(await verdictOf(() => verifier.verify(token)), 'allowed');
    const { receipt } = await world.act('deactivateAccessKey', { key, wait: 'all' });
    assert.equal(await verdictOf(() => verifier.verify(token)), 'inactive');
    assert.deepEqual([receipt?.complete, receipt?.acknowledged.some(({ name }) => name === 'Shop')], [true, true]);
  }
});

/** Events that are no changes of facts. */
async function appendMany({ server, account }: VerifierWorld, count: number): Promise<void> {
  const { owner } = account.callers.owner;
  const event = { action: 'signIn', account: account.id, actor: owner, target: owner, owner: null, address: null };
  const { store, now } = server.app;
  await store.transact(async tx => {
    await lockChanges(tx, store);
    await appendEvents(tx, Array(count).fill({ ...event, at: now(), details: {} }));
  });
}

function keysAskedFor(counted: ReturnType<typeof countingFetch>): string[] {
  return counted.bodies('facts').flatMap(body => (body as { keys?: string[] }).keys ?? []);
}

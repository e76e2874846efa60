import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '@keywright/core';
import { run } from '@keywright/server';
import { lastEventId, lockChanges } from '@keywright/store';
import { createVerifier } from '@keywright/verifier';
import { Client } from 'pg';
import { acting } from '../operations/acting.ts';
import { callOf, makeAccount, makeKey, startTestApp, type TestApp } from '../support/app.ts';
import { freshDatabase, startPostgres } from '../support/postgres.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { makeCredential } from '../verifier/world.ts';
import { statusAt } from './start-nodes.ts';

const staleMaxMs = limits.staleMsMin;
/** What a busy machine takes longer than is promised. */
const BUSY_MS = 2000;
/** Within which whoever needs the database hears that it is away. */
const BOUND_MS = 4000 + BUSY_MS;
/** From the end of a fault to when all is as before. */
const BACK_MS = 2000 + BUSY_MS;

/** A lease of which much is left, though the machine stood still before the line broke. */
const LONG_MS = 4000;

/** More than a lease is long. */
const BEATS = 4;

const FAULTS: Record<string, (proxy: TcpProxy) => void> = {
  'every connection is cut': proxy => proxy.refuse(),
  'nothing comes through, and nobody is told': proxy => proxy.hold(),
  'nothing reaches the database': proxy => proxy.hold(undefined, 'toServer'),
  'no answer of the database comes': proxy => proxy.hold(undefined, 'toClient'),
};

const startNode = (database: string, leaseMs: number = staleMaxMs) =>
  startTestApp('sqlite', { database, staleMaxMs: leaseMs });

describe('a node whose line to PostgreSQL breaks', () => {
  test('decides by what it knows until its lease is over, then says 503; the others count on it no longer', async t => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await freshDatabase());
    const near = stack.use(await startNode(url, LONG_MS));
    const { owner: caller } = (await makeAccount(near.app, 'Acme')).callers;
    const owner = callOf(caller);
    const make = async () => ({
      known: await makeKey(near.app, caller),
      never: await makeKey(near.app, caller),
    });
    const cases = await Promise.all(
      Object.entries(FAULTS).map(async ([what, act]) => {
        const proxy = stack.use(await TcpProxy.start(url));
        return { what, act, proxy, far: stack.use(await startNode(proxy.through(url), LONG_MS)), ...(await make()) };
      }),
    );
    // A node that is stopped writes its last uses.
    stack.defer(() => {
      for (const { proxy } of cases) proxy.release();
    });
    const spared = cases.map(({ known }) => known.key);
    for (const { far, known } of cases) {
      await caughtUp(near, far);
      assert.equal(await statusAt(far.url, known.token), 204);
    }

    for (const { act, proxy } of cases) act(proxy);
    let isDead = false;
    const watched = cases.map(({ what, far, known }) => servedMs(what, far, known.token, () => isDead));
    const refused = cases.map(({ what, far, known, never }) =>
      refusedSoon(what, far, { known: known.token, never: never.token }),
    );
    for (const key of spared) await run(near.app, 'deactivateAccessKey', { key }, owner);
    const { receipt } = await run(
      near.app,
      'deactivateAccessKey',
      { key: spared[0] ?? '', wait: 'all', waitMs: 20_000 },
      owner,
    );
    isDead = true;
    assert.equal(receipt?.complete, true);
    assert.equal(receipt.acknowledged.filter(({ lapsed }) => lapsed).length, cases.length);
    const served = await Promise.all(watched);
    t.diagnostic(`what was known was served for ${served.map(Math.round).join(', ')} ms`);
    for (const ms of served) assert.ok(ms > LONG_MS - 2500, 'it was given up too soon');
    await Promise.all(refused);

    const ended = performance.now();
    for (const { proxy } of cases) proxy.release();
    await Promise.all(
      cases.map(async ({ what, far, known, never }) => {
        await until(async () => (await statusAt(far.url, never.token)) === 204, {
          ms: BACK_MS,
          what: `${what}: to be back`,
        });
        assert.equal(await statusAt(far.url, known.token), 401, what);
        await run(far.app, 'activateAccessKey', { key: known.key }, owner);
      }),
    );
    t.diagnostic(`back after ${Math.round(performance.now() - ended)} ms`);
    // The lines on which they hear of changes are up again, too.
    await until(async () => near.app.followers.liveNodes === cases.length + 1, { what: 'all to be heard again' });
    const { receipt: whole } = await run(near.app, 'deactivateAccessKey', { key: spared[0] ?? '', wait: 'all' }, owner);
    assert.deepEqual([whole?.complete, whole?.acknowledged.some(({ lapsed }) => lapsed)], [true, false]);
  });

  test('and that is cut off in the middle of a change lets the others make theirs', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await freshDatabase());
    const near = stack.use(await startNode(url));
    const proxy = stack.use(await TcpProxy.start(url));
    const far = stack.use(await startNode(proxy.through(url)));
    const { owner } = (await makeAccount(near.app, 'Acme')).callers;
    const half = far.app.store.transact(async tx => {
      await lockChanges(tx, far.app.store);
      proxy.hold();
      await tx.selectFrom('events').select('id').execute();
    });
    await Promise.all([assert.rejects(half), makeKey(near.app, owner)]);
    proxy.release();
  });
});

test('who holds the row of a verifier, as a node that stands still while it writes uses, keeps no node from its lease', async () => {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await freshDatabase());
  const { app, url: server } = stack.use(await startNode(url));
  const account = await makeAccount(app, 'Acme');
  const credential = await makeCredential(acting(app, account.callers.owner));
  const verifier = createVerifier({ server, credential });
  stack.defer(() => verifier.close());
  await verifier.ready();
  const holder = new Client(url);
  await holder.connect();
  stack.defer(() => holder.end());
  const beatOf = async (table: 'nodes' | 'verifiers') =>
    (await app.store.db.selectFrom(table).select('beat').executeTakeFirstOrThrow()).beat;
  await holder.query('begin');
  await holder.query('select 1 from verifiers for update');
  const before = [await beatOf('nodes'), await beatOf('verifiers')] as const;
  await until(
    async () => {
      assert.ok(app.feed.mayDecide, 'its lease is over');
      return (await beatOf('nodes')) > before[0] + BEATS;
    },
    { ms: 3 * BEATS * limits.heartbeatMs, what: 'the node to say how it stands' },
  );
  assert.equal(await beatOf('verifiers'), before[1]);
  await holder.query('commit');
  await until(async () => (await beatOf('verifiers')) > before[1], { what: 'the word of the verifier' });
});

test('a PostgreSQL that is killed and starts again: known keys pass, then 503, and all is as before when it is back', async t => {
  await using postgres = await startPostgres({ durable: true });
  const url = await postgres.createDatabase();
  await using one = await startNode(url);
  await using other = await startNode(url);
  const { owner } = (await makeAccount(one.app, 'Acme')).callers;
  const { key, token } = await makeKey(one.app, owner);
  const never = await makeKey(one.app, owner);
  await caughtUp(one, other);
  assert.equal(await statusAt(other.url, token), 204);
  await postgres.kill();
  assert.equal(await statusAt(other.url, token), 204);
  await refusedSoon('killed', other, { known: token, never: never.token });
  await until(async () => (await statusAt(other.url, token)) === 503, { ms: staleMaxMs + BACK_MS });
  await postgres.restart();
  const since = performance.now();
  await Promise.all(
    [one, other].map(({ url: at }) => until(async () => (await statusAt(at, token)) === 204, { ms: BACK_MS })),
  );
  t.diagnostic(`back after ${Math.round(performance.now() - since)} ms`);
  await until(() => one.app.followers.liveNodes === 2 && other.app.followers.liveNodes === 2);
  const { receipt } = await run(one.app, 'deactivateAccessKey', { key, wait: 'all' }, callOf(owner));
  assert.equal(receipt?.complete, true);
  assert.equal(await statusAt(other.url, token), 401);
  const isWritten = async () => {
    const use = await one.app.store.db.selectFrom('last_uses').select('at').where('key', '=', key).executeTakeFirst();
    return use?.at !== null;
  };
  await until(isWritten, { what: 'the use to be written' });
});

/** It has heard of the keys that were made: what it learns of them from now on it keeps. */
async function caughtUp({ app: { store } }: TestApp, { app: { feed } }: TestApp): Promise<void> {
  const last = await lastEventId(store.db);
  await until(() => feed.sequence === last, { what: 'it to hear of the keys' });
}

/** For how long the known key passes from now on, until that can not be decided any more. It is never refused, and never passes once it is dead. */
async function servedMs(what: string, { url }: TestApp, token: string, isDead: () => boolean): Promise<number> {
  const since = performance.now();
  for (let ms = 0; ; ms = performance.now() - since) {
    const wasDead = isDead();
    const status = await statusAt(url, token);
    if (status === 503) return ms;
    assert.equal(status, 204, what);
    assert.ok(!wasDead, `${what}: a dead key passed`);
    assert.ok(ms < LONG_MS + BACK_MS, what);
  }
}

/** A first sight, and a change by a known key, are told soon that it can not be done now, and never that the key is no good. */
async function refusedSoon(what: string, { url }: TestApp, { known, never }: { known: string; never: string }) {
  const since = performance.now();
  const asked = [
    fetch(`${url}/v1/auth`, { headers: { 'x-api-key': never } }),
    fetch(`${url}/v1/access-keys`, { method: 'POST', headers: { 'x-api-key': known } }),
  ];
  for (const answer of await Promise.all(asked)) {
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'], what);
    await answer.body?.cancel();
  }
  const ms = performance.now() - since;
  assert.ok(ms < BOUND_MS, `${what}: it took ${ms} ms`);
}

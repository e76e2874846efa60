import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { DAY_MS, newId, newKeyId } from '@keywright/core';
import {
  type CountedUse,
  deleteAccessKey,
  deleteUseBatches,
  deleteVerifier,
  FROM_THE_FIRST,
  findIdleKeys,
  getAccessKey,
  governedKeys,
  insertAccessKeys,
  lastUseBatch,
  listAccessKeys,
  listUseBatches,
  type NewKey,
  openStore,
  saveVerifier,
  usedDaysOf,
} from '@keywright/store';
import { AT, DATABASES, makeAccount, makeKey, NASTY_TEXTS, openedForSuite, plainKey } from './stores.ts';

const DAY = Math.floor(AT / DAY_MS);
const MINUTE_MS = 60_000;

for (const name of DATABASES) {
  describe(`uses of keys on ${name}`, () => {
    const opened = openedForSuite(name);

    test('a key that was never used says so, then shows the last use', async () => {
      const { store } = opened;
      const key = await makeKey(store, await makeAccount(store));
      assert.equal(await lastUsed(key), null);
      await store.uses.writeUses([]);
      await store.uses.writeUses([plainUse(key.key, AT)]);
      assert.deepEqual(await lastUsed(key), { at: AT, address: null, userAgent: null, api: null });
      for (const text of NASTY_TEXTS) {
        await store.uses.writeUses([
          { key: key.key, at: AT, address: '2001:db8::1', agent: text, api: text, count: 1 },
        ]);
        assert.deepEqual(await lastUsed(key), { at: AT, address: '2001:db8::1', userAgent: text, api: text });
      }
    });

    test('a batch that a verifier reports is written once, whoever writes it, together with its uses', async () => {
      const { store } = opened;
      const { account, owner: by } = await makeAccount(store);
      const { key } = await makeKey(store, { account, owner: by });
      const about = { project: null, name: null, version: null, staleMaxMs: 2000, onStale: 'refuse', by } as const;
      const verifier = newId('ver', randomBytes);
      await store.transact(tx => saveVerifier(tx, { id: verifier, account, connectedAt: AT, ...about }, 10));
      const report = (batch: number) => store.uses.writeReport({ verifier, batch, uses: [plainUse(key, AT)] });
      const said = await Promise.all([1, 1, 1, 1].map(report));
      assert.deepEqual(said.sort(), ['repeated', 'repeated', 'repeated', 'written']);
      assert.deepEqual([await report(3), await report(2), await report(3)], ['written', 'repeated', 'repeated']);
      assert.deepEqual(await daysOf(key), [[DAY, 2]]);
      const broken = { ...plainUse(key, AT), at: 'never' as unknown as number }; // as nothing is that comes through the doors
      await assert.rejects(store.uses.writeReport({ verifier, batch: 4, uses: [broken] }));
      assert.equal(await report(4), 'written');
      await store.transact(tx => deleteVerifier(tx, { id: verifier, connectedAt: AT }));
      assert.equal(await report(5), 'unknown');
    });

    test('an older use never replaces a newer one', async () => {
      const { store } = opened;
      const key = await makeKey(store, await makeAccount(store));
      const use = (at: number, agent: string) => ({ ...plainUse(key.key, at), agent });
      await store.uses.writeUses([use(AT, 'new')]);
      await store.uses.writeUses([use(AT - 1, 'old')]);
      assert.equal((await lastUsed(key))?.userAgent, 'new');
      await store.uses.writeUses([use(AT, 'same moment')]);
      assert.equal((await lastUsed(key))?.userAgent, 'same moment');
      await store.uses.writeUses([use(AT + 1, 'newer')]);
      assert.deepEqual(await lastUsed(key), { at: AT + 1, address: null, userAgent: 'newer', api: null });
    });

    test('of very many keys the last use is exact, and their place that of some minutes before', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const keys = Array.from({ length: 20 }, () => plainKey(whose));
      await store.transact(tx => insertAccessKeys(tx, keys));
      const [first, second] = keys as [NewKey, NewKey];
      const useAll = (at: number) =>
        store.uses.writeUses(
          keys.map(({ key }) => plainUse(key, at)),
          true,
        );
      const useOne = ({ key }: NewKey, at: number) => store.uses.writeUses([plainUse(key, at)]);
      const list = async (unusedSince?: number) => {
        const filter = { sort: '-lastUsed', limit: 100, ...(unusedSince === undefined ? {} : { unusedSince }) };
        return (await listAccessKeys(store.db, { account: whose.account, owner: undefined }, filter, AT)).items;
      };
      await useAll(AT);
      await useOne(second, AT + 1);
      await useAll(AT + 2 * MINUTE_MS);
      await useAll(AT + MINUTE_MS);
      const used = await list();
      assert.equal(used[0]?.key, second.key);
      assert.ok(used.every(({ lastUsed }) => lastUsed?.at === AT + 2 * MINUTE_MS));
      assert.equal((await list(AT + 2 * MINUTE_MS)).length, 0);
      assert.equal((await list(AT + 2 * MINUTE_MS + 1)).length, 20);
      const place = { account: whose.account, project: undefined };
      const governed = await governedKeys(store.db, place, FROM_THE_FIRST, 100);
      assert.ok(governed.every(({ lastUsedAt }) => lastUsedAt === AT + 2 * MINUTE_MS));
      const idle = (unusedSince: number) =>
        findIdleKeys(store.db, { ...place, project: null }, { at: AT, unusedSince }, FROM_THE_FIRST, 100);
      assert.equal((await idle(AT + 2 * MINUTE_MS - 1)).keys.length, 0);
      assert.equal((await idle(AT + 2 * MINUTE_MS)).keys.length, 20);
      // One by itself moves at once, and back only if it is the last one.
      await useOne(first, AT + 3 * MINUTE_MS);
      await useOne(second, AT + MINUTE_MS);
      assert.deepEqual(await movedAt([first, second]), [AT + 3 * MINUTE_MS, AT + 1]);
      assert.equal((await lastUsed(second))?.at, AT + 2 * MINUTE_MS);
      await useAll(AT + 14 * MINUTE_MS);
      assert.deepEqual(await movedAt(keys), Array(20).fill(AT + 14 * MINUTE_MS));
      // Each page by itself is in the exact order.
      await store.uses.writeUses(
        keys.map(({ key }, n) => plainUse(key, AT + 15 * MINUTE_MS - n)),
        true,
      );
      assert.deepEqual(
        (await list()).map(({ key }) => key),
        keys.map(({ key }) => key),
      );
      // Days of use are not later than the day of its place.
      const midnight = (DAY + 1) * DAY_MS;
      await useAll(midnight - MINUTE_MS);
      await useAll(midnight);
      assert.deepEqual(await movedAt(keys), Array(20).fill(midnight));
      await useAll(midnight + MINUTE_MS);
      assert.deepEqual(await movedAt(keys), Array(20).fill(midnight));
      // As the version before writes it.
      await store.transact(tx =>
        tx
          .updateTable('last_uses')
          .set({ at: midnight + 2 * MINUTE_MS })
          .where('key', '=', first.key)
          .execute(),
      );
      assert.equal((await lastUsed(first))?.at, midnight + 2 * MINUTE_MS);
      assert.equal((await lastUsed(second))?.at, midnight + MINUTE_MS);
    });

    test('keys that are deleted are passed over, and the others written', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const [gone, there] = [await makeKey(store, whose), await makeKey(store, whose)];
      await store.transact(tx => deleteAccessKey(tx, gone.key));
      const keys = [gone.key, newKeyId(randomBytes), there.key];
      await store.uses.writeUses(keys.map(key => plainUse(key, AT)));
      assert.equal((await lastUsed(there))?.at, AT);
      assert.deepEqual(await daysOf(there.key), [[DAY, 1]]);
      assert.deepEqual(await daysOf(gone.key), []);
    });

    test('keys that are deleted at the same moment are passed over as well', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const [going, there] = [await makeKey(store, whose), await makeKey(store, whose)];
      const keys = [going.key, there.key];
      const deleted = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const deletion = store.transact(async tx => {
        await deleteAccessKey(tx, going.key);
        deleted.resolve();
        await held.promise;
      });
      await deleted.promise;
      const written = store.uses.writeUses(keys.map(key => plainUse(key, AT)));
      await store.db.selectFrom('access_keys').select('key').where('key', '=', there.key).execute();
      held.resolve();
      await Promise.all([deletion, written]);
      assert.equal((await lastUsed(there))?.at, AT);
      assert.deepEqual(await daysOf(there.key), [[DAY, 1]]);
    });

    test('the counts of days add up', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const [key, other] = [await makeKey(store, whose), await makeKey(store, whose)];
      const write = (...rows: [string, number, number][]) =>
        store.uses.writeUses(rows.map(([key, day, count]) => ({ ...plainUse(key, day * DAY_MS), count })));
      await write([key.key, DAY, 2], [key.key, DAY + 1, 1], [other.key, DAY, 40_000_000_000]);
      await write([key.key, DAY, 3]);
      await Promise.all(Array.from({ length: 10 }, () => write([key.key, DAY, 1])));
      await write([key.key, DAY + 2, 0]);
      assert.deepEqual(await daysOf(key.key), [
        [DAY, 15],
        [DAY + 1, 1],
      ]);
      assert.deepEqual(await daysOf(key.key, DAY + 1), [[DAY + 1, 1]]);
      assert.deepEqual(await daysOf(other.key), [[DAY, 40_000_000_000]]);
    });

    test('thousands of keys are written at once', async () => {
      const { store } = opened;
      const whose = await makeAccount(store);
      const keys = Array.from({ length: 2000 }, () => plainKey(whose));
      for (let at = 0; at < keys.length; at += 500)
        await store.transact(tx => insertAccessKeys(tx, keys.slice(at, at + 500)));
      const uses = keys.map(({ key }, n) => plainUse(key, AT + n));
      await store.uses.writeUses(uses);
      const rows = await store.db.selectFrom('last_uses').select('at').where('at', '>=', AT).orderBy('at').execute();
      const times = new Set(rows.map(row => row.at));
      assert.ok(uses.every(use => times.has(use.at)));
    });

    test('batches that were put by come back, oldest first, until they are settled', async () => {
      const { store } = opened;
      const batches = NASTY_TEXTS.map((agent, n) =>
        Array.from({ length: n }, (_, m) => ({
          key: `KW${m}`,
          at: AT + m,
          address: m % 2 ? '::1' : null,
          agent,
          api: null,
        })),
      );
      const ids: number[] = [];
      for (const uses of batches) ids.push(await store.uses.putBy(uses));
      const put = batches.map((uses, n) => ({ id: ids[n], uses }));
      assert.deepEqual(await listUseBatches(store.db, 0, 1000), put);
      assert.equal(await lastUseBatch(store.db), put.at(-1)?.id);
      await store.transact(tx => deleteUseBatches(tx, ids.slice(0, 5)));
      assert.deepEqual(await listUseBatches(store.db, 0, 1000), put.slice(5));
      await store.transact(tx => deleteUseBatches(tx, ids));
      assert.deepEqual(await listUseBatches(store.db, 0, 1000), []);
      assert.equal(await lastUseBatch(store.db), 0);
    });

    async function lastUsed({ account, key }: NewKey) {
      return (await getAccessKey(opened.store.db, { account, owner: undefined }, key))?.lastUsed;
    }

    /** Where they stand in the order of last uses. */
    async function movedAt(keys: readonly NewKey[]): Promise<(number | null)[]> {
      const rows = await opened.store.db.selectFrom('last_uses').select(['key', 'at']).execute();
      const times = new Map(rows.map(({ key, at }) => [key, at]));
      return keys.map(({ key }) => times.get(key) ?? null);
    }

    async function daysOf(key: string, since = 0): Promise<[number, number][]> {
      return (await usedDaysOf(opened.store.db, key, since)).map(({ day, count }) => [day, count]);
    }
  });
}

describe('two nodes on one PostgreSQL', () => {
  const opened = openedForSuite('PostgreSQL');

  test('write the uses of the same keys in any order', async () => {
    const { store, location } = opened;
    await using other = await openStore(location);
    const whose = await makeAccount(store);
    const keys = Array.from({ length: 400 }, () => plainKey(whose));
    await store.transact(tx => insertAccessKeys(tx, keys));
    for (let round = 0; round < 15; round++) {
      const uses = keys.map(({ key }) => plainUse(key, AT + round));
      await Promise.all([store.uses.writeUses(uses), other.uses.writeUses(uses.toReversed())]);
    }
    const [first] = keys;
    const counted = await usedDaysOf(store.db, first?.key ?? '', DAY);
    assert.deepEqual(
      counted.map(day => day.count),
      [30],
    );
  });
});

function plainUse(key: string, at: number): CountedUse {
  return { key, at, address: null, agent: null, api: null, count: 1 };
}

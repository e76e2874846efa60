import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { insertAccessKeys, listUseBatches, type Store } from '@keywright/store';
import { Uses } from '@keywright/verifier';
import { pino } from 'pino';
import { UseRecorder } from '../../packages/server/src/jobs/record-uses.ts';
import { AT, DATABASES, makeAccount, openedForSuite, plainKey } from '../store/stores.ts';
import { until } from '../support/until.ts';

/** Too many to be written one by one. */
const KEYS = 1200;

for (const name of DATABASES) {
  describe(`uses of very many keys on ${name}`, () => {
    const opened = openedForSuite(name);

    test('are in the database soon, settled by whoever starts after a crash, and counted once at an orderly end', async () => {
      const { store } = opened;
      const keys = await makeKeys(store);
      const { uses, recorder } = await begin(store);
      use(uses, keys, AT);
      use(uses, keys, AT + 5);
      await until(async () => (await putBy(store)).size === KEYS, { what: 'all to be put by' });
      assert.deepEqual(await settled(store, keys), []);
      assert.equal(recorder.waiting, KEYS);

      const next = await begin(store);
      assert.deepEqual(await settled(store, keys), [], 'a start waits for nothing that was left behind');
      await next.recorder.flush();
      assert.deepEqual(await settled(store, keys), keys.toSorted());
      assert.equal((await putBy(store)).size, 0);
      assert.equal(await counted(store, keys), 0, 'the counts went with the crash');

      use(uses, keys.slice(0, 10), AT + 10);
      const flushing = recorder.flush();
      await recorder.stop();
      await Promise.all([flushing, next.recorder.stop()]);
      assert.equal(await counted(store, keys), 2 * KEYS + 10);
      assert.deepEqual([recorder.waiting, (await putBy(store)).size], [0, 0]);
    });

    test('that a crash left behind let a node stop at once, and wait for the next start', async () => {
      const { store } = opened;
      const keys = await makeKeys(store);
      const left = keys.map(key => ({ key, at: AT, address: '203.0.113.24', agent: null, api: null }));
      for (let n = 0; n < KEYS; n += 100) await store.uses.putBy(left.slice(n, n + 100));
      const { uses, recorder } = await begin(store);
      use(uses, keys.slice(0, 10), AT + 1);
      const flushing = recorder.flush();
      await until(async () => (await settled(store, keys)).length > 10, { what: 'some to be settled' });
      await Promise.all([recorder.stop(), flushing]);
      const some = (await settled(store, keys)).length;
      assert.ok(some < KEYS, `${some} are settled`);
      assert.equal((await putBy(store)).size, KEYS);
      assert.equal(await counted(store, keys), 10);

      const next = await begin(store);
      await next.recorder.flush();
      assert.deepEqual(await settled(store, keys), keys.toSorted());
      assert.equal(await lastUseOf(store, keys[0] ?? ''), AT + 1);
      await next.recorder.stop();
      assert.deepEqual([await counted(store, keys), (await putBy(store)).size], [10, 0]);
    });

    test('are settled little by little while others are put by, and lost or counted twice by no failure', async t => {
      const { store } = opened;
      const keys = await makeKeys(store);
      const { writeUses } = store.uses;
      let left = Number.POSITIVE_INFINITY;
      store.uses.writeUses = async (...part) => {
        if (left-- <= 0) throw new Error('the disk is full');
        return writeUses(...part);
      };
      t.after(() => Object.assign(store.uses, { writeUses }));
      const { uses, recorder } = await begin(store);
      use(uses, keys, AT);
      await until(async () => (await putBy(store)).size === KEYS, { what: 'all to be put by' });
      left = 3;
      elapse(t);
      use(uses, keys, AT + 1);
      await until(() => recorder.failedWrites > 1, { what: 'a part to fail again' });
      const some = (await settled(store, keys)).length;
      assert.ok(some > 0 && some < KEYS, `${some} are settled`);
      assert.ok((await putBy(store)).size === KEYS, 'nothing that is not settled is lost by a crash');

      use(uses, keys, AT + 2);
      left = Number.POSITIVE_INFINITY;
      const atLeast = (count: number) =>
        until(async () => (await counted(store, keys)) >= count, { what: `${count} to be counted`, ms: 60_000 });
      await atLeast(2 * KEYS);
      elapse(t);
      await atLeast(3 * KEYS);
      await recorder.stop();
      assert.equal(await counted(store, keys), 3 * KEYS);
      const rows = await store.db
        .selectFrom('last_uses')
        .select(['at', 'later_at'])
        .where('key', 'in', keys.slice(0, 100))
        .execute();
      assert.ok(
        rows.every(row => row.later_at === AT + 2 && Number(row.at) < AT + 2),
        'so many stay in their places',
      );
      assert.deepEqual([recorder.waiting, (await putBy(store)).size], [0, 0]);
    });
  });
}

async function makeKeys(store: Store): Promise<string[]> {
  const whose = await makeAccount(store);
  const keys = Array.from({ length: KEYS }, () => plainKey(whose));
  for (let at = 0; at < KEYS; at += 400) await store.transact(tx => insertAccessKeys(tx, keys.slice(at, at + 400)));
  return keys.map(({ key }) => key);
}

async function begin(store: Store): Promise<{ uses: Uses; recorder: UseRecorder }> {
  const uses = new Uses();
  const recorder = new UseRecorder(uses, store, pino({ level: 'silent' }));
  await recorder.start();
  return { uses, recorder };
}

const noted = new WeakMap<Uses, Map<string, number>>();

function use(uses: Uses, keys: readonly string[], at: number): void {
  const notes = noted.get(uses) ?? new Map<string, number>();
  noted.set(uses, notes);
  for (const key of keys) notes.set(key, uses.add(key, { project: null, address: '203.0.113.24' }, at, notes.get(key)));
}

/** Half a minute goes by. */
function elapse(t: { mock: { method: typeof test.mock.method } }): void {
  const { now } = performance;
  t.mock.method(performance, 'now', () => now.call(performance) + 31_000);
}

async function putBy(store: Store): Promise<Set<string>> {
  return new Set((await listUseBatches(store.db, 0, 1000)).flatMap(batch => batch.uses.map(({ key }) => key)));
}

async function settled(store: Store, keys: readonly string[]): Promise<string[]> {
  const rows = await store.db.selectFrom('last_uses').select('key').where('at', 'is not', null).execute();
  const used = new Set(rows.map(({ key }) => key));
  return keys.filter(key => used.has(key)).toSorted();
}

async function lastUseOf(store: Store, key: string): Promise<number | null> {
  return (await store.db.selectFrom('last_uses').select('at').where('key', '=', key).executeTakeFirstOrThrow()).at;
}

async function counted(store: Store, keys: readonly string[]): Promise<number> {
  const rows = await store.db.selectFrom('used_days').select(['key', 'count']).execute();
  const ours = new Set(keys);
  return rows.filter(({ key }) => ours.has(key)).reduce((sum, { count }) => sum + Number(count), 0);
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  byPlace,
  deleteQuotasBefore,
  placeOf,
  type QuotaCounter,
  returnQuota,
  takeQuota,
  usedQuota,
} from '@keywright/store';
import { AT, DATABASES, type Opened, openedForSuite } from './stores.ts';

const HOUR_MS = 3_600_000;
const counter = (name: string, more: Partial<QuotaCounter> = {}): QuotaCounter => ({
  subject: 'KWA',
  name,
  startsAt: AT,
  endsAt: AT + HOUR_MS,
  ...more,
});

test('counters are locked in one order, in whatever order they are given', () => {
  const sorted = [
    counter('a'),
    counter('b'),
    counter('b', { startsAt: AT + HOUR_MS }),
    counter('a', { subject: 'KWB' }),
  ];
  assert.deepEqual(
    sorted.toReversed().sort((a, b) => byPlace(a, b)),
    sorted,
  );
  assert.equal(new Set(sorted.map(one => placeOf(one))).size, sorted.length);
});

for (const name of DATABASES) {
  describe(`quotas on ${name}`, () => {
    const opened = openedForSuite(name);
    const take = ({ store }: Opened, of: QuotaCounter, wanted: number, max: number) =>
      store.transactBeside(tx => takeQuota(tx, store.dialect, of, wanted, max));

    test('are granted as far as they go, and not by one more', async () => {
      const of = counter('granted');
      const granted: unknown[] = [];
      for (const wanted of [3, 4, 5, 1, 100]) granted.push(await take(opened, of, wanted, 10));
      assert.deepEqual(granted, [
        { granted: 3, used: 3 },
        { granted: 4, used: 7 },
        { granted: 3, used: 10 },
        { granted: 0, used: 10 },
        { granted: 0, used: 10 },
      ]);
      assert.deepEqual(await take(opened, of, 100, 12), { granted: 2, used: 12 });
      assert.deepEqual(await take(opened, of, 1, 5), { granted: 0, used: 12 }, 'of less than is used already');
      assert.deepEqual(await take(opened, counter('first'), 100, 7), { granted: 7, used: 7 });
    });

    test('are granted not at all where less than the least is left', async () => {
      const { store } = opened;
      const of = counter('least');
      const take = (wanted: number, least: number, max = 10) =>
        store.transactBeside(async tx => (await takeQuota(tx, store.dialect, of, wanted, max, least)).granted);
      const granted: number[] = [];
      for (const [wanted, least] of [
        [11, 11],
        [4, 4],
        [8, 7],
        [8, 6],
        [1, 1],
      ] as const)
        granted.push(await take(wanted, least));
      assert.deepEqual(granted, [0, 4, 0, 6, 0]);
    });

    test('hold as many as there can be', async () => {
      const of = counter('large');
      const max = 1_000_000_000_000;
      assert.deepEqual(await take(opened, of, max - 1, max), { granted: max - 1, used: max - 1 });
      assert.deepEqual(await take(opened, of, 5, max), { granted: 1, used: max });
    });

    test('of each subject, name and period are counted by themselves', async () => {
      const all = [
        counter('same'),
        counter('same', { subject: 'KWB' }),
        counter('same', { startsAt: AT + HOUR_MS, endsAt: AT + 2 * HOUR_MS }),
        counter('other'),
      ];
      for (const one of all) assert.equal((await take(opened, one, 10, 10)).granted, 10);
    });

    test('are given back, never more than was taken', async () => {
      const of = counter('returned');
      const { store } = opened;
      const back = (units: number) => store.transactBeside(tx => returnQuota(tx, of, units));
      await take(opened, of, 6, 10);
      await back(4);
      assert.equal(await usedQuota(store.db, of), 2);
      await back(3);
      assert.equal(await usedQuota(store.db, of), 2);
      assert.equal(await usedQuota(store.db, counter('nobody')), 0);
    });

    test('taken by many at once are never more than there are', async () => {
      const of = counter('hammered');
      const wanted = Array.from({ length: 60 }, (_, n) => (n % 5) + 1);
      const granted = await Promise.all(wanted.map(units => take(opened, of, units, 100)));
      assert.equal(
        granted.reduce((sum, one) => sum + one.granted, 0),
        100,
      );
      assert.equal(await usedQuota(opened.store.db, of), 100);
    });

    test('of long ago are forgotten', async () => {
      const { store } = opened;
      const olds = [3, 1, 2].map(age => counter('old', { startsAt: AT - age, endsAt: AT - age }));
      const all = [...olds, counter('young')];
      for (const one of all) await take(opened, one, 1, 1);
      const left = () => Promise.all(all.map(one => usedQuota(store.db, one)));
      const forget = (limit: number) => store.transact(tx => deleteQuotasBefore(tx, AT, limit));
      assert.deepEqual([await forget(2), await left()], [2, [0, 1, 0, 1]]);
      assert.deepEqual([await forget(2), await left()], [1, [0, 0, 0, 1]]);
      assert.equal(await forget(2), 0);
    });
  });
}

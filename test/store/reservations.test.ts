import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import {
  deleteReservationsBefore,
  endLeases,
  getReservation,
  insertReservation,
  type Reservation,
  settleReservation,
  takeQuota,
  usedQuota,
} from '@keywright/store';
import { sql } from 'kysely';
import { AT, DATABASES, type Opened, openedForSuite } from './stores.ts';

const quota = (subject: string) => ({ subject, name: 'daily', startsAt: AT, endsAt: AT + 1000, max: 10 });

for (const name of DATABASES) {
  describe(`reservations on ${name}`, () => {
    const opened = openedForSuite(name);
    const settle = ({ store }: Opened, id: string, cost: number, at = AT) =>
      store.transactBeside(tx => settleReservation(tx, store.dialect, id, cost, at));

    async function reserve({ store }: Opened, id: string, more: Partial<Reservation> = {}) {
      const charged = { account: 'acc_a', limited: [], quotas: [quota(`${id} a`), quota(`${id} b`)] };
      const reservation = { id, reserved: 4, charged, lapsesAt: AT + 1, ...more };
      await store.transactBeside(async tx => {
        for (const one of charged.quotas) await takeQuota(tx, store.dialect, one, 4, one.max);
        await insertReservation(tx, reservation);
      });
      return { ...reservation, cost: null, uncharged: 0 };
    }
    const used = (id: string) => Promise.all(['a', 'b'].map(one => usedQuota(opened.store.db, quota(`${id} ${one}`))));

    test('come back as they were given', async () => {
      const reserved = await reserve(opened, 'rsv_kept');
      assert.deepEqual(await getReservation(opened.store.db, 'rsv_kept'), reserved);
      assert.equal(await getReservation(opened.store.db, 'rsv_none'), undefined);
    });

    test('are settled once, and their quotas in the same transaction', async () => {
      await reserve(opened, 'rsv_less');
      assert.equal((await settle(opened, 'rsv_less', 1))?.cost, 1);
      assert.deepEqual(await used('rsv_less'), [1, 1]);
      assert.equal(await settle(opened, 'rsv_less', 1), undefined);
      assert.deepEqual(await used('rsv_less'), [1, 1]);
      await reserve(opened, 'rsv_more');
      await opened.store.transactBeside(tx => takeQuota(tx, opened.store.dialect, quota('rsv_more a'), 3, 10));
      assert.equal((await settle(opened, 'rsv_more', 9))?.uncharged, 2);
      assert.deepEqual(await used('rsv_more'), [10, 9]);
      assert.equal((await getReservation(opened.store.db, 'rsv_more'))?.uncharged, 2);
    });

    test('are settled no more once they have lapsed', async () => {
      await reserve(opened, 'rsv_late');
      assert.equal(await settle(opened, 'rsv_late', 1, AT + 1), undefined);
      assert.deepEqual(await used('rsv_late'), [4, 4]);
    });

    test('that are leases end with what was not used, once, for their account alone', async () => {
      await reserve(opened, 'lse_one');
      await reserve(opened, 'lse_late', { lapsesAt: AT });
      const ended = ['lse_one', 'lse_late', 'lse_none'].map(lease => ({ lease, unused: 3 }));
      const end = async (account: string) => {
        const all = await opened.store.transactBeside(tx => endLeases(tx, account, ended, AT));
        return all.map(({ id, cost }) => [id, cost]);
      };
      assert.deepEqual(await end('acc_b'), []);
      assert.deepEqual(await used('lse_one'), [4, 4]);
      assert.deepEqual(await end('acc_a'), [['lse_one', 1]]);
      assert.deepEqual([...(await used('lse_one')), ...(await used('lse_late'))], [1, 1, 4, 4]);
      assert.equal(await getReservation(opened.store.db, 'lse_one'), undefined);
      assert.deepEqual(await end('acc_a'), []);
    });

    test('of long ago are forgotten', async () => {
      for (const age of [3, 1, 2]) await reserve(opened, `rsv_old${age}`, { lapsesAt: AT - 1000 - age });
      const forget = (limit: number) => opened.store.transact(tx => deleteReservationsBefore(tx, AT - 1000, limit));
      assert.equal(await forget(2), 2);
      assert.ok(await getReservation(opened.store.db, 'rsv_old1'));
      assert.equal(await forget(2), 1);
      assert.equal(await getReservation(opened.store.db, 'rsv_old1'), undefined);
      assert.equal(await forget(2), 0);
      assert.ok(await getReservation(opened.store.db, 'rsv_kept'));
    });

    test('are settled also when another transaction locks their quotas the other way round', async () => {
      await reserve(opened, 'rsv_met');
      const { store } = opened;
      const settling = await store.transact(async tx => {
        const lock = (one: string) => takeQuota(tx, store.dialect, quota(`rsv_met ${one}`), 0, 10);
        await lock('b');
        if (name === 'PostgreSQL') await sql`set local deadlock_timeout = '1min'`.execute(tx);
        const settled = settle(opened, 'rsv_met', 1);
        await setTimeout(300);
        // Who has waited for a second finds that each waits for the other, and is ended: that is the settling, which looks sooner.
        await lock('a');
        return { settled };
      });
      assert.equal((await settling.settled)?.cost, 1);
      assert.deepEqual(await used('rsv_met'), [1, 1]);
    });
  });
}

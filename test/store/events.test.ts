import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  appendEvents,
  checkChain,
  type EventPlace,
  eventsAfter,
  eventsSince,
  lastEventId,
  lastEventUpTo,
  listEvents,
  lockChanges,
  openStore,
  type Store,
  type StoredEvent,
} from '@keywright/store';
import { type RawBuilder, sql } from 'kysely';
import { until } from '../support/until.ts';
import { AT, change, DATABASES, makeAccount, NASTY_TEXTS, openedForSuite, plainEvent } from './stores.ts';

for (const name of DATABASES) {
  describe(`events on ${name}`, () => {
    const opened = openedForSuite(name);

    test('come back as they were given, with texts of every kind', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      for (const text of [...NASTY_TEXTS, '😀'.repeat(50_000)]) {
        const before = await lastEventId(store.db);
        const event = plainEvent(account, {
          actor: { kind: 'member', id: 'mem_a', name: text },
          target: { kind: 'access_key', id: 'KWA', name: text },
          details: { [text]: { from: null, to: [text, 1.5, true, '\0'] } },
        });
        const bare = { actor: { ...event.actor, name: null }, target: { ...event.target, name: null } };
        const appended = await change(store, event, plainEvent(account, { ...bare, owner: null, address: null }));
        assert.deepEqual((await eventsAfter(store.db, before)).map(plain), appended.map(plain));
        const { id: _, seq: __, hash: ___, ...given } = appended[0] ?? assert.fail();
        assert.deepEqual(given, event);
        assert.equal(await lastEventId(store.db), appended.at(-1)?.id);
        for (const { id, hash } of appended)
          assert.deepEqual(plain(await lastEventUpTo(store.db, id)), plain({ id, hash }));
        assert.equal((await lastEventUpTo(store.db)).id, appended.at(-1)?.id);
      }
      assert.equal((await checkChain(store.db, account)).brokenAt, null);
    });

    test('each account counts for itself, without gaps', async () => {
      const { store } = opened;
      const [a, b] = [(await makeAccount(store)).account, (await makeAccount(store)).account];
      const appended = await change(store, ...[a, b, a, a, b].map(account => plainEvent(account)));
      assert.deepEqual(
        appended.map(event => event.seq),
        [1, 1, 2, 3, 2],
      );
      // A change that fails takes its numbers back.
      const failed = store.transact(async tx => {
        await appendEvents(tx, [plainEvent(a)]);
        throw new Error('changed my mind');
      });
      await assert.rejects(failed, /changed my mind/);
      assert.deepEqual(
        (await change(store, plainEvent(a))).map(event => event.seq),
        [4],
      );
      assert.deepEqual(await checkChain(store.db, a), { events: 4, brokenAt: null });
      assert.deepEqual(await checkChain(store.db, b), { events: 2, brokenAt: null });
      assert.deepEqual(await checkChain(store.db, 'acc_none'), { events: 0, brokenAt: null });
    });

    test('changes at once make one chain', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      await Promise.all(
        Array.from({ length: 30 }, (_, n) => change(store, plainEvent(account, { at: n }), plainEvent(account))),
      );
      assert.deepEqual(await checkChain(store.db, account), { events: 60, brokenAt: null });
    });

    test('the same event hashes differently in another place, and alike on each database and in each release', async () => {
      const { store } = opened;
      const id = 'acc_fixed';
      await store.transact(tx =>
        tx
          .insertInto('accounts')
          .values({ ...ACCOUNT, id })
          .execute(),
      );
      const hashes = (await change(store, plainEvent(id), plainEvent(id))).map(event => Buffer.from(event.hash));
      assert.notDeepEqual(hashes[0], hashes[1]);
      assert.equal(hashes[1]?.toString('hex'), HASH_OF_SECOND);
    });

    test('a chain of more events than are read at once is followed to its end', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const last = await lastEventId(store.db);
      const events = await change(store, ...Array.from({ length: 1005 }, () => plainEvent(account)));
      assert.deepEqual(await checkChain(store.db, account), { events: 1005, brokenAt: null });
      const first = await eventsAfter(store.db, last);
      const rest = await eventsAfter(store.db, first.at(-1)?.id ?? 0);
      assert.deepEqual(
        [...first, ...rest].map(event => event.id),
        events.map(event => event.id),
      );
      assert.ok(first.length < 1005);
      await store.transact(tx =>
        tx
          .deleteFrom('events')
          .where('id', '=', events[1002]?.id ?? 0)
          .execute(),
      );
      assert.deepEqual(await checkChain(store.db, account), { events: 1002, brokenAt: 1003 });
    });

    test('who follows the feed misses no change that commits late', async () => {
      const { store, location } = opened;
      const { account } = await makeAccount(store);
      await using other = name === 'PostgreSQL' ? await openStore(location) : unowned(store);
      const last = await lastEventId(store.db);
      const begun = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const slow = store.transact(async tx => {
        await lockChanges(tx, store);
        await appendEvents(tx, [plainEvent(account, { action: 'slow' })]);
        begun.resolve();
        await held.promise;
      });
      await begun.promise;
      const fast = change(other, plainEvent(account, { action: 'fast' }));
      if (name === 'PostgreSQL') await until(() => isWaiting(store), { what: 'the second change to wait' });
      assert.deepEqual(await eventsAfter(store.db, last), []);
      held.resolve();
      await Promise.all([slow, fast]);
      assert.deepEqual(
        (await eventsAfter(store.db, last)).map(event => event.action),
        ['slow', 'fast'],
      );
      assert.equal((await checkChain(store.db, account)).brokenAt, null);
    });

    test('who stands at a place that is there reads on from it; who stands at another has followed another history', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const [first, second, third] = await change(store, ...Array.from({ length: 3 }, () => plainEvent(account)));
      assert.ok(first && second && third);
      const idsSince = async (place: EventPlace) => (await eventsSince(store.db, place))?.map(({ id }) => id);
      assert.deepEqual(await idsSince(first), [second.id, third.id]);
      assert.deepEqual(await idsSince(third), []);
      assert.ok(((await idsSince({ id: 0, hash: new Uint8Array(32) }))?.[0] ?? Infinity) <= first.id);
      assert.equal(await idsSince({ id: first.id, hash: second.hash }), undefined);
      assert.equal(await idsSince({ id: third.id + 1, hash: third.hash }), undefined);
    });

    test('within a time are listed by when they were, those of one moment by their place', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const times = [7, 5, 5, 5, 6, 9];
      await change(store, ...times.map(at => plainEvent(account, { at })));
      const first = await listEvents(store.db, account, { since: 5, until: 9, limit: 3 });
      const second = await listEvents(store.db, account, {
        since: 5,
        until: 9,
        limit: 3,
        cursor: first.nextCursor ?? '',
      });
      const places = [first, second].map(({ items }) => items.map(({ seq }) => seq));
      assert.deepEqual(
        [places, second.nextCursor],
        [
          [
            [1, 5, 4],
            [3, 2],
          ],
          null,
        ],
      );
    });

    test('are listed newest first, page by page, by each filter', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const [ada, bob] = [
        { kind: 'member', id: 'mem_ada', name: 'Ada' },
        { kind: 'member', id: 'mem_bob', name: 'Bob' },
      ];
      const key = { kind: 'access_key', id: 'KWA', name: null };
      await change(
        store,
        plainEvent(account, { at: 1, action: 'a', actor: ada, owner: null, target: key }),
        plainEvent(account, { at: 2, action: 'b', actor: bob, owner: ada.id, target: key }),
        plainEvent(account, { at: 3, action: 'a', actor: bob, owner: null, target: ada }),
        plainEvent(account, { at: 4, action: 'c', actor: bob, owner: bob.id, target: bob }),
        plainEvent((await makeAccount(store)).account, { at: 5, actor: ada, target: ada }),
      );
      const expected: [object, number[]][] = [
        [{}, [4, 3, 2, 1]],
        [{ own: ada.id }, [3, 2, 1]],
        [{ action: 'a' }, [3, 1]],
        [{ target: key.id }, [2, 1]],
        [{ actor: bob.id }, [4, 3, 2]],
        [{ since: 2, until: 4 }, [3, 2]],
        [{ until: 5 }, [4, 3, 2, 1]],
        [{ own: ada.id, since: 1 }, [3, 2, 1]],
        [{ own: ada.id, actor: bob.id, since: 3 }, [3]],
        [{ action: '%' }, []],
      ];
      for (const [filter, times] of expected) {
        const listed: StoredEvent[] = [];
        let cursor: string | undefined;
        do {
          const page = await listEvents(store.db, account, { ...filter, limit: 2, cursor });
          listed.push(...page.items);
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        assert.deepEqual(
          listed.map(event => event.at),
          times,
          JSON.stringify(filter),
        );
      }
    });
  });

  describe(`the chain of events on ${name} shows`, () => {
    const opened = openedForSuite(name);

    const texts = ['action', 'actor_kind', 'actor_id', 'actor_name', 'owner_id', 'target_kind', 'target_id'];
    for (const column of [...texts, 'target_name', 'details', 'address'])
      test(`a changed ${column}`, () => breaks(3, set(column, sql`'forged'`)));
    for (const column of ['actor_name', 'owner_id', 'target_name', 'address'])
      test(`a forgotten ${column}`, () => breaks(3, set(column, sql`null`)));
    test('a changed time', () => breaks(3, set('at', sql`at + 1`)));
    test('a changed hash', () => breaks(3, set('hash', sql`${new Uint8Array(32)}`)));

    test('a removed event', () => breaks(3, sql`delete from events where seq = 3`));

    test('a removed event whose place was closed', () =>
      breaks(
        3,
        sql`delete from events where seq = 3`,
        sql`update events set seq = 3 where seq = 4`,
        sql`update events set seq = 4 where seq = 5`,
      ));

    test('a removed beginning', () => breaks(1, sql`delete from events where seq < 3`));

    test('a removed end', () => breaks(4, sql`delete from events where seq > 3`));

    test('a removed chain', () => breaks(1, sql`delete from events where seq > 0`));

    test('a chain that was computed anew, but not up to its noted end', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      await change(store, ...Array.from({ length: 3 }, () => plainEvent(account)));
      const { account: other } = await makeAccount(store);
      await change(store, plainEvent(other));
      await store.transact(tx =>
        sql`update chain_heads set hash = (select hash from chain_heads where account_id = ${other}) where account_id = ${account}`.execute(
          tx,
        ),
      );
      assert.deepEqual(await checkChain(store.db, account), { events: 2, brokenAt: 3 });
    });

    test('nothing where a node of the version before has appended without noting it', async () => {
      const { store } = opened;
      const { account } = await makeAccount(store);
      await change(store, plainEvent(account), plainEvent(account));
      await store.transact(async tx => {
        await sql`update chain_heads set seq = 1, hash = (select hash from events where account_id = ${account} and seq = 1) where account_id = ${account}`.execute(
          tx,
        );
      });
      assert.deepEqual(await checkChain(store.db, account), { events: 2, brokenAt: null });
      await change(store, plainEvent(account));
      assert.deepEqual(await checkChain(store.db, account), { events: 3, brokenAt: null });
    });

    test('swapped events', () =>
      breaks(
        2,
        sql`update events set seq = 99 where seq = 2`,
        sql`update events set seq = 2 where seq = 4`,
        sql`update events set seq = 4 where seq = 99`,
      ));

    function set(column: string, value: RawBuilder<unknown>): RawBuilder<unknown> {
      return sql`update events set ${sql.ref(column)} = ${value} where seq = 3`;
    }

    /** Five events, with which one who can write to the database tampers, in this account only. */
    async function breaks(at: number, ...tampers: RawBuilder<unknown>[]): Promise<void> {
      const { store } = opened;
      const { account } = await makeAccount(store);
      const other = (await makeAccount(store)).account;
      for (const one of [account, other])
        await change(store, ...Array.from({ length: 5 }, (_, n) => plainEvent(one, { at: AT + n })));
      await store.transact(async tx => {
        for (const tamper of tampers) await sql`${tamper} and account_id = ${account}`.execute(tx);
      });
      assert.deepEqual(await checkChain(store.db, account), { events: at - 1, brokenAt: at });
      assert.deepEqual(await checkChain(store.db, other), { events: 5, brokenAt: null });
    }
  });
}

const ACCOUNT = { name: 'Acme', sort_name: 'acme', active: 1, key_policy: '{}', created_at: AT };
/** What was computed once must be computed for ever: chains that exist are checked by it. */
const HASH_OF_SECOND = 'dc43055e872d2786089e1c8b361ca816296936274e12b15d28c894564781edc0';

/** PostgreSQL gives bytes as a Buffer, which is no plain Uint8Array. */
function plain(event: EventPlace): object {
  return { ...event, hash: Buffer.from(event.hash).toString('hex') };
}

/** The same store, which its suite closes. */
function unowned(store: Store): Store {
  return { ...store, [Symbol.asyncDispose]: async () => {} };
}

async function isWaiting(store: Store): Promise<boolean> {
  const { rows } = await sql`select 1 from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`.execute(store.db);
  return rows.length === 1;
}

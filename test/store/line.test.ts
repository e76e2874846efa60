import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { appendEvents, lastEventId, lockChanges, openStore, type Store, type Told } from '@keywright/store';
import { sql } from 'kysely';
import { freshDatabase } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { change, makeAccount, plainEvent } from './stores.ts';

describe('the line of a node to PostgreSQL', () => {
  test('tells of a change when it has committed, and not before', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await freshDatabase());
    const store = stack.use(await openStore(url));
    const { heard, hears } = await listening(url, stack);
    const { account } = await makeAccount(store);
    const [written, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const changed = store.transact(async tx => {
      await lockChanges(tx, store);
      await appendEvents(tx, [plainEvent(account)]);
      written.resolve();
      await commit.promise;
    });
    await written.promise;
    await hears.asked();
    assert.deepEqual(heard, []);
    commit.resolve();
    await changed;
    await until(() => heard.length > 0, { what: 'it to be told' });
    assert.deepEqual(heard, ['changed']);
    const takenBack = store.transact(async tx => {
      await lockChanges(tx, store);
      throw new Error('taken back');
    });
    await assert.rejects(takenBack, /taken back/);
    await hears.asked();
    assert.deepEqual(heard, ['changed']);
  });

  test('hears again after its connection was ended', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await freshDatabase());
    const store = stack.use(await openStore(url));
    const { heard, hears } = await listening(url, stack);
    const { account } = await makeAccount(store);
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where query like '%as asked%' and pid <> pg_backend_pid()`.execute(
      store.db,
    );
    await until(hears.asked, { what: 'a new connection' });
    await change(store, plainEvent(account));
    await until(() => heard.length > 0, { what: 'it to be told' });
  });

  test('tells nothing where it shall not, and is a connection like any other', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await freshDatabase());
    const store = stack.use(await openStore(url, undefined, { notify: false }));
    const { heard, hears } = await listening(url, stack);
    const { account } = await makeAccount(store);
    const [event] = await change(store, plainEvent(account));
    assert.equal(await lastEventId(store.line), event?.id);
    await hears.asked();
    assert.deepEqual(heard, []);
  });
});

/** What another store hears, and a way to make sure that it has heard all that was told by now. */
async function listening(url: string, stack: AsyncDisposableStack) {
  const store: Store = stack.use(await openStore(url));
  const heard: Told[] = [];
  store.listen(told => heard.push(told));
  const hears = { asked: async () => (await sql`select 1 as asked`.execute(store.line)).rows.length === 1 };
  await hears.asked();
  return { heard, hears };
}

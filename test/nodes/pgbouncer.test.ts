import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { run } from '@keywright/server';
import { sql } from 'kysely';
import { callOf, makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { ComingAgain } from '../support/coming-again.ts';
import { startPgbouncer } from '../support/pgbouncer.ts';
import { freshDatabase } from '../support/postgres.ts';
import { statusAt } from './start-nodes.ts';

/** More than there are connections behind PgBouncer, so that they go from hand to hand. */
const AT_ONCE = 30;
const ROUNDS = 5;

describe('behind PgBouncer in transaction mode', () => {
  test('two nodes make keys, see them for the first time, and take them away with receipts', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await freshDatabase());
    const { url: database } = stack.use(await startPgbouncer(url));
    const one = stack.use(await startTestApp('sqlite', { database }));
    const other = stack.use(await startTestApp('sqlite', { database }));
    // One that needs no pooler hears of the others' changes, and they of its own.
    const direct = stack.use(await startTestApp('sqlite', { database: url }));
    const { owner } = (await makeAccount(one.app, 'Acme')).callers;
    const nodes = [one, other, direct];
    const firstSights = new ComingAgain();
    for (let round = 0; round < ROUNDS; round++) {
      const keys = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => makeKey(nodeOf(n).app, owner)));
      for (const { url } of nodes) {
        const statuses = await Promise.all(keys.map(({ token }) => statusAt(url, token, firstSights.fetch)));
        assert.deepEqual(new Set(statuses), new Set([204]));
      }
      const { key, token } = keys[0] ?? assert.fail();
      const call = callOf(owner);
      const { receipt } = await run(nodeOf(round).app, 'deactivateAccessKey', { key, wait: 'all' }, call);
      assert.deepEqual([receipt?.complete, receipt?.acknowledged.length], [true, nodes.length]);
      for (const { url } of nodes) assert.equal(await statusAt(url, token, firstSights.fetch), 401);
    }
    const { events, intact } = await run(one.app, 'checkEvents', {}, callOf(owner));
    assert.deepEqual([events, intact], [ROUNDS * (AT_ONCE + 1), true]);
    assert.ok(firstSights.count <= AT_ONCE, `${firstSights.count} were told to come again`);

    function nodeOf(n: number) {
      return nodes[n % nodes.length] ?? one;
    }
  });

  test('nothing that a change sets is left to whoever gets its connection next', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await freshDatabase());
    const { url: database } = stack.use(await startPgbouncer(url));
    const { app } = stack.use(await startTestApp('sqlite', { database }));
    const { owner } = (await makeAccount(app, 'Acme')).callers;
    const settings = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'synchronous_commit'];
    const read = sql<
      Record<string, string>
    >`select name, setting from pg_settings where name in (${sql.join(settings)})`;
    await Promise.all(Array.from({ length: AT_ONCE }, () => makeKey(app, owner)));
    const seen = await Promise.all(Array.from({ length: AT_ONCE }, () => read.execute(app.store.db)));
    const texts = seen.map(({ rows }) =>
      rows
        .map(({ name, setting }) => `${name}=${setting}`)
        .sort()
        .join(),
    );
    const untouched = 'idle_in_transaction_session_timeout=0,lock_timeout=0,statement_timeout=0,synchronous_commit=off';
    assert.deepEqual(new Set(texts), new Set([untouched]), 'the server of the tests commits without waiting by itself');
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '@keywright/core';
import { run } from '@keywright/server';
import { appendEvents, lockChanges, type StoredEvent } from '@keywright/store';
import { sql } from 'kysely';
import { median } from '../../bench/median.ts';
import { plainEvent } from '../store/stores.ts';
import { callOf, makeAccount, makeKey, startTestApp, type TestApp } from '../support/app.ts';
import { freshDatabase } from '../support/postgres.ts';
import { slowLine } from '../support/slow-line.ts';
import { until } from '../support/until.ts';
import { statusAt } from './start-nodes.ts';

const CHANGES = 60;

test('every node sees all changes in one order without a gap, also those that commit late or not at all', async () => {
  await using stack = new AsyncDisposableStack();
  const { url: database } = stack.use(await freshDatabase());
  const nodes: TestApp[] = [];
  // One of them hears of nothing, and polls.
  for (const notify of [true, true, false]) nodes.push(stack.use(await startTestApp('sqlite', { database, notify })));
  const [one] = nodes as [TestApp];
  const { id: account } = await makeAccount(one.app, 'Acme');
  const seen = nodes.map(({ app }) => {
    const ids: number[] = [];
    app.feed.follow((events, from) => {
      assert.equal(from, ids.at(-1) ?? 0);
      ids.push(...events.map(({ id }) => id));
    });
    return ids;
  });
  const made = await Promise.all(Array.from({ length: CHANGES }, (_, n) => change(nodes[n % 3] ?? one, n)));
  const committed = made.flat().map(({ id }) => id);
  for (const ids of seen) {
    await until(() => ids.length === committed.length, { what: 'all to be seen' });
    assert.deepEqual(
      ids,
      committed.toSorted((a, b) => a - b),
    );
  }

  /** Some are held open for as long as it takes all nodes to look; every fifth is taken back. */
  async function change({ app }: TestApp, n: number): Promise<readonly StoredEvent[]> {
    const isTakenBack = n % 5 === 0;
    const changed = app.store.transact(async tx => {
      await lockChanges(tx, app.store);
      const events = await appendEvents(tx, [plainEvent(account, { action: `change ${n}` })]);
      if (n % 20 === 1) await pause(limits.feedPollMs + 50);
      if (isTakenBack) throw new Error('taken back');
      return events;
    });
    if (!isTakenBack) return changed;
    await assert.rejects(changed, /taken back/);
    return [];
  }
});

test('a node far away knows how far it has come while changes never stop', async () => {
  await using stack = new AsyncDisposableStack();
  const { url: database } = stack.use(await freshDatabase());
  const near = stack.use(await startTestApp('sqlite', { database }));
  const line = stack.use(await slowLine(database, 40));
  const far = stack.use(await startTestApp('sqlite', { database: line.url }));
  const { owner } = (await makeAccount(near.app, 'Acme')).callers;
  const began = performance.now();
  const ages: number[] = [];
  for (let n = 0; n < 200; n++) {
    await makeKey(near.app, owner);
    ages.push(far.app.feed.ageMs() / (performance.now() - began));
  }
  const age = median(ages.slice(100));
  assert.ok(age < 0.5, `it knew nothing for certain for ${age} of the time`);
});

test('a node forgets everything when another history is in the database', async () => {
  await using stack = new AsyncDisposableStack();
  const { url: database } = stack.use(await freshDatabase());
  const { app, url } = stack.use(await startTestApp('sqlite', { database }));
  const { owner } = (await makeAccount(app, 'Acme')).callers;
  const { key, token } = await makeKey(app, owner);
  assert.equal(await statusAt(url, token), 204);
  await until(() => app.feed.sequence > 0);
  // As after a restored backup: as many changes, but others.
  await app.store.transact(async tx => {
    await sql`update access_keys set enabled = 0 where key = ${key}`.execute(tx);
    await sql`update events set hash = sha256(hash)`.execute(tx);
  });
  await until(async () => (await statusAt(url, token)) === 401, { what: 'it to look again' });
  await run(app, 'activateAccessKey', { key }, callOf(owner));
  assert.equal(await statusAt(url, token), 204);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyze, insertAccessKeys, listAccessKeys, openStore, type Store } from '@keywright/store';
import { Client } from 'pg';
import { freshDatabase } from '../support/postgres.ts';
import { stepsOf } from './plans.ts';
import { AT, makeAccount, openedForSuite, plainKey } from './stores.ts';

const ROWS_AT_ONCE = 500;
/** Enough that PostgreSQL prefers an index of its own accord. */
const MANY = 15_000;

/** So many keys and one that is called otherwise, and how a search for it is made. */
async function needle(store: Store, count: number): Promise<() => Promise<(string | null)[]>> {
  const whose = await makeAccount(store);
  for (let from = 0; from < count; from += ROWS_AT_ONCE) {
    const keys = Array.from({ length: ROWS_AT_ONCE }, (_, n) => plainKey(whose, { name: `sensor ${from + n}` }));
    await store.transact(tx => insertAccessKeys(tx, keys));
  }
  await store.transact(tx => insertAccessKeys(tx, [plainKey(whose, { name: 'Night Train' })]));
  await analyze(store);
  const scope = { account: whose.account, owner: undefined };
  const filter = { text: 'ight tr', sort: 'name', limit: 10 };
  return async () => (await listAccessKeys(store.db, scope, filter, AT)).items.map(key => key.name);
}

describe('a search that finds few keys on PostgreSQL', () => {
  const opened = openedForSuite('PostgreSQL');

  test('does not read the texts of all', async () => {
    const search = await needle(opened.store, MANY);
    assert.deepEqual(await search(), ['Night Train']);
    const steps = await stepsOf(opened, { freely: true }, search);
    assert.match(steps.map(({ text }) => text).join('\n'), /Bitmap Index Scan access_keys_by_trigram/);
  });

  test('finds the same where the extension may not be created', async () => {
    await using database = await freshDatabase();
    const client = new Client(database.url);
    await client.connect();
    const role = `plain_${new URL(database.url).pathname.slice(1)}`;
    try {
      await client.query(`create role "${role}" login; grant create on schema public to "${role}"`);
      const url = Object.assign(new URL(database.url), { username: role }).href;
      {
        await using store = await openStore(url);
        assert.deepEqual(await (await needle(store, ROWS_AT_ONCE))(), ['Night Train']);
      }
      const { rows } = await client.query(`select 1 from pg_extension where extname = 'pg_trgm'`);
      assert.deepEqual(rows, []);
    } finally {
      await client.query(`drop owned by "${role}"; drop role "${role}"`);
      await client.end();
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyze } from '@keywright/store';
import { sql } from 'kysely';
import { DATABASES, makeAccount, makeKey, openedForSuite } from './stores.ts';

for (const name of DATABASES) {
  describe(`counting what is in the tables on ${name}`, () => {
    const opened = openedForSuite(name);

    test('leaves numbers that the database chooses its indexes by', async () => {
      const { store } = opened;
      await makeKey(store, await makeAccount(store));
      await analyze(store);
      const counted =
        name === 'SQLite'
          ? sql<{ tables: number }>`select count(distinct tbl) as tables from sqlite_stat1 where tbl = 'access_keys'`
          : sql<{
              tables: number;
            }>`select count(*) as tables from pg_class where relname = 'access_keys' and reltuples = 1`;
      assert.equal((await counted.execute(store.db)).rows[0]?.tables, 1);
    });
  });
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { newId } from '@keywright/core';
import { findTopAccount, getAccount, insertAccessKey, insertAccount, openSqlite, openStore } from '@keywright/store';
import { sql } from 'kysely';
import { Client } from 'pg';
import { AT, DATABASES, freshLocation, makeAccount, makeKey, openedForSuite, plainKey } from './stores.ts';

const runFile = promisify(execFile);

const newAccount = () => ({ id: newId('acc', randomBytes), name: 'Acme', createdAt: AT });

for (const name of DATABASES) {
  describe(`the database on ${name}`, () => {
    const opened = openedForSuite(name);

    test('a transaction that fails leaves nothing, and the next one works', async () => {
      const { store } = opened;
      const account = newAccount();
      const failed = store.transact(async tx => {
        await insertAccount(tx, account);
        await getAccount(tx, account.id);
        throw new Error('changed my mind');
      });
      await assert.rejects(failed, /changed my mind/);
      await assert.rejects(getAccount(store.db, account.id));
      await store.transact(tx => insertAccount(tx, account));
      assert.equal((await getAccount(store.db, account.id)).name, 'Acme');
    });

    test('a statement that fails takes the whole transaction with it', async () => {
      const { store } = opened;
      const account = newAccount();
      const failed = store.transact(async tx => {
        await insertAccount(tx, account);
        await insertAccount(tx, account);
      });
      await assert.rejects(failed, /unique/i);
      await assert.rejects(getAccount(store.db, account.id));
    });

    test('the reading handle does not see an open transaction', async () => {
      const { store } = opened;
      const account = newAccount();
      const inserted = Promise.withResolvers<void>();
      const looked = Promise.withResolvers<void>();
      const written = store.transact(async tx => {
        await insertAccount(tx, account);
        inserted.resolve();
        await looked.promise;
      });
      await inserted.promise;
      await assert.rejects(getAccount(store.db, account.id));
      looked.resolve();
      await written;
      assert.equal((await getAccount(store.db, account.id)).id, account.id);
    });

    test('transactions at once all come through', async () => {
      const { store } = opened;
      const accounts = Array.from({ length: 30 }, newAccount);
      await Promise.all(accounts.map(account => store.transact(tx => insertAccount(tx, account))));
      for (const { id } of accounts) assert.equal((await getAccount(store.db, id)).id, id);
    });

    test('foreign keys are on', async () => {
      const { store } = opened;
      const { account, owner } = await makeAccount(store);
      const orphans = [
        plainKey({ account, owner: 'sva_nobody' }),
        plainKey({ account: 'acc_none', owner }),
        plainKey({ account, owner }, { project: 'prj_none' }),
      ];
      for (const key of orphans)
        await assert.rejects(
          store.transact(tx => insertAccessKey(tx, key)),
          /foreign key/i,
        );
    });

    test('opened again, it keeps everything', async () => {
      await using stack = new AsyncDisposableStack();
      const location = await freshLocation(name, stack);
      const account = newAccount();
      {
        await using first = await openStore(location);
        assert.equal(await findTopAccount(first.db), undefined);
        await first.transact(tx => insertAccount(tx, account));
      }
      await using second = await openStore(location);
      assert.equal(await findTopAccount(second.db), account.id);
      assert.equal((await getAccount(second.db, account.id)).name, account.name);
    });

    test('several processes may open a new database at once', async () => {
      await using stack = new AsyncDisposableStack();
      const location = await freshLocation(name, stack);
      const script = `
        const { openStore } = await import(${JSON.stringify(import.meta.resolve('@keywright/store'))});
        await using store = await openStore(process.argv[1]);
      `;
      const open = () => runFile(process.execPath, ['--input-type=module', '-e', script, location]);
      await Promise.all(Array.from({ length: 4 }, open));
      await using store = await openStore(location);
      await makeAccount(store);
    });

    test('a migration that fails leaves no half of a schema', async () => {
      await using stack = new AsyncDisposableStack();
      const location = await freshLocation(name, stack);
      await execute(location, 'create table verifications (id text)'); // the last of the tables stands in the way
      await assert.rejects(openStore(location), /verifications/);
      await execute(location, 'drop table verifications');
      await using store = await openStore(location);
      await makeAccount(store);
    });
  });
}

async function execute(location: string, statement: string): Promise<void> {
  if (location.startsWith('postgres')) {
    const client = new Client(location);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  } else {
    const database = openSqlite(location);
    database.exec(statement);
    database.close();
  }
}

describe('the SQLite file', () => {
  const opened = openedForSuite('SQLite');

  test('is written so that what is answered is on disk', async () => {
    const pragma = async (name: string) => {
      const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(opened.store.signInDb);
      return Object.values(rows[0] ?? {})[0];
    };
    assert.equal(await pragma('journal_mode'), 'wal');
    assert.equal(await pragma('synchronous'), 2); // FULL
    assert.equal(await pragma('foreign_keys'), 1);
  });

  test('cannot be written by the reading handle', async () => {
    const { store } = opened;
    const key = await makeKey(store, await makeAccount(store));
    const write = store.db.deleteFrom('access_keys').where('key', '=', key.key).execute();
    await assert.rejects(write, /readonly/);
    assert.notEqual(await store.findFacts(key.key), undefined);
  });
});

test('a database that cannot be reached is an error, not a crash', async () => {
  await assert.rejects(openStore('postgres://keywright@127.0.0.1:1/none'), /ECONNREFUSED/);
  await assert.rejects(openStore('/nowhere/at/all/keywright.db'), /unable to open/);
});

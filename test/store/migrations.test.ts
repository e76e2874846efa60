import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { findTopAccount, getAccount, openStore } from '@keywright/store';
import { Kysely, sql } from 'kysely';
import { Client } from 'pg';
import { migrate, STEPS } from '../../packages/store/src/migrations/index.ts';
import { bringUpToDate } from '../../packages/store/src/on-postgres.ts';
import { Connections, postgresDialect } from '../../packages/store/src/postgres.ts';
import type { Tables } from '../../packages/store/src/tables.ts';
import { freshDatabase } from '../support/postgres.ts';
import { read, root } from '../support/source-tree.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { LAST_STEPS, NEXT_INDEXES, NEXT_STEPS } from './next-version.ts';
import { DATABASES, freshLocation, makeAccount, makeKey } from './stores.ts';

/** Four seconds, and what a busy machine takes longer. */
const SOON_MS = 12_000;

for (const name of DATABASES) {
  describe(`a schema that a later version made on ${name}`, () => {
    test('is served where that version only added to it', async () => {
      await using stack = new AsyncDisposableStack();
      const location = await freshLocation(name, stack);
      {
        await using store = await openStore(location);
        await migrate(store.signInDb, store.dialect, NEXT_STEPS);
      }
      await using store = await openStore(location);
      const key = await makeKey(store, await makeAccount(store));
      assert.equal((await store.findFacts(key.key))?.key, key.key);
    });

    test('is refused where that version took something away', async () => {
      await using stack = new AsyncDisposableStack();
      const location = await freshLocation(name, stack);
      {
        await using store = await openStore(location);
        await migrate(store.signInDb, store.dialect, LAST_STEPS);
      }
      await assert.rejects(openStore(location), {
        message:
          'a later version of Keywright has changed it in a way that this one can not serve (9006-contract-tags): start that version, or restore the backup of before (docs/upgrading.md)',
      });
    });
  });
}

describe('a migration on PostgreSQL', () => {
  test('that waits for a table lets all others through, and comes again', async () => {
    await using database = await freshDatabase();
    await using store = await openStore(database.url);
    const { account } = await makeAccount(store);
    await using holder = await connect(database.url);
    await holder.query('begin');
    await holder.query('select 1 from accounts');
    const migrated = migrate(store.signInDb, store.dialect, NEXT_STEPS);
    await until(async () => (await waitingFor(database.url, 'accounts')) > 0, { what: 'the step to wait' });
    // It stands behind the step, which stands behind the holder.
    assert.equal((await getAccount(store.db, account)).name, 'Acme');
    await holder.query('commit');
    await migrated;
    assert.equal(await findTopAccount(store.db), account);
  });

  test('that is cut off in the middle lets the next start within seconds', async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await freshDatabase());
    const proxy = stack.use(await TcpProxy.start(url));
    // As bringUpToDate asks.
    const connections = new Connections({ url: proxy.through(url), onError() {}, isDirect: false, queryMs: 0 });
    const db = new Kysely<Tables>({ dialect: postgresDialect(connections) });
    stack.defer(() => db.destroy());
    const isCutOff = Promise.withResolvers<void>();
    const migrated = migrate(db, 'postgres', {
      ...STEPS,
      '9001-cut-off': async db => {
        await sql`lock table accounts`.execute(db);
        proxy.hold();
        isCutOff.resolve();
        await sql`select 1`.execute(db);
      },
    });
    const end = Promise.allSettled([migrated]);
    await isCutOff.promise;
    const next = openStore(url);
    const soon = await Promise.race([next, setTimeout(SOON_MS, undefined, { ref: false })]);
    proxy.release();
    await using store = await next;
    assert.ok(soon, 'it waits for the one that is cut off');
    assert.equal(await findTopAccount(store.db), undefined);
    assert.equal((await end)[0].status, 'rejected');
  });

  test('builds a large index anew that a crash left half built', async () => {
    await using database = await freshDatabase();
    await using client = await connect(database.url);
    const validity = async () => {
      const { rows } = await client.query(
        `select indisvalid from pg_index where indexrelid = to_regclass('access_keys_by_project_name')`,
      );
      return rows.map(({ indisvalid }) => indisvalid);
    };
    await (await openStore(database.url))[Symbol.asyncDispose]();
    assert.deepEqual(await validity(), [true]);
    await client.query(
      `update pg_index set indisvalid = false where indexrelid = 'access_keys_by_project_name'::regclass`,
    );
    await (await openStore(database.url))[Symbol.asyncDispose]();
    assert.deepEqual(await validity(), [true]);
  });
});

describe('a large index that takes its time', () => {
  /** A database with somebody who may still look at rows of before: the building of an index waits for them. */
  async function held(stack: AsyncDisposableStack) {
    const { url } = stack.use(await freshDatabase());
    await (await openStore(url))[Symbol.asyncDispose]();
    const [holder, client] = [stack.use(await connect(url)), stack.use(await connect(url))];
    await holder.query('begin isolation level repeatable read');
    await holder.query('select txid_current()');
    const errors: Error[] = [];
    return {
      start: () => bringUpToDate(url, error => errors.push(error), NEXT_INDEXES, 50),
      errors,
      goOn: () => holder.query('commit'),
      isValid: async () => {
        const { rows } = await client.query(
          `select indisvalid as valid from pg_index where indexrelid = to_regclass('access_keys_by_permission')`,
        );
        return rows[0]?.valid;
      },
      builders: async () => {
        const { rows } = await client.query(
          `select pid from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
        );
        return rows.length;
      },
    };
  }

  test('is built beside a node that serves', async () => {
    await using stack = new AsyncDisposableStack();
    const { start, errors, goOn, isValid } = await held(stack);
    const letGo = await start();
    await until(async () => (await isValid()) === false, { what: 'the building to begin' });
    await goOn();
    await until(isValid, { what: 'the index to be built' });
    letGo();
    assert.deepEqual(errors, []);
  });

  test('is let go of by a node that stops, and built by the next', async () => {
    await using stack = new AsyncDisposableStack();
    const { start, errors, goOn, isValid, builders } = await held(stack);
    const letGo = await start();
    await until(async () => (await isValid()) === false, { what: 'the building to begin' });
    letGo();
    await until(async () => (await builders()) === 0, { what: 'the lock to be free' });
    await goOn();
    const letGoOfNext = await start();
    await until(isValid, { what: 'the index to be built' });
    letGoOfNext();
    assert.deepEqual(errors, []);
  });
});

describe('the files of migrations', () => {
  const files = globSync('packages/store/src/migrations/[0-9]*.ts', { cwd: root });
  // The first six came before there was anything to serve meanwhile.
  const later = files.filter(file => basename(file) > '0007');

  test('are all among the steps', () => assert.equal(files.length, Object.keys(STEPS).length));

  test('take nothing away that nodes of the version before need, unless their name says so', () => {
    const adding = later.filter(file => !/^\d+-contract-/.test(basename(file)));
    const taking = /\b(drop|rename|set not null|dropColumn|dropTable|renameTo|renameColumn|setNotNull)\b/i;
    assert.deepEqual(
      adding.filter(file => taking.test(read(file))),
      [],
    );
  });

  // Requests lock tables in orders of their own: a step that holds one and waits for another ends some of them.
  test('change one table each', () => {
    const altered = (file: string) =>
      [...read(file).matchAll(/(?:alterTable\('|alter table )(\w+)/g)].map(([, table]) => table);
    assert.deepEqual(
      later.filter(file => new Set(altered(file)).size > 1),
      [],
    );
  });
});

async function connect(url: string) {
  const client = new Client(url);
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

/** How many wait for a lock on the table. */
async function waitingFor(url: string, table: string): Promise<number> {
  await using client = await connect(url);
  const { rows } = await client.query('select 1 from pg_locks where relation = to_regclass($1) and not granted', [
    table,
  ]);
  return rows.length;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { newId } from '@keywright/core';
import {
  checkDatabase,
  insertAccount,
  insertApi,
  insertProject,
  insertServiceAccount,
  openStore,
  type Store,
  takeQuota,
} from '@keywright/store';
import { sql } from 'kysely';
import { Client } from 'pg';
import { tempFolder } from '../support/temp-folder.ts';
import { AT, change, DATABASES, freshLocation, makeAccount, makeKey, makeProject, plainEvent } from './stores.ts';

/** What somebody or something did to the database behind our back, and what is found. */
interface Sabotage {
  does: string;
  statements: string[];
  finds: RegExp;
}

const SABOTAGES: Sabotage[] = [
  {
    does: 'an event was changed',
    statements: [`update events set details = '{"by":"me"}' where seq = 2`],
    finds: /^chains: event 2 of account acc_\w+ was changed, or is missing$/,
  },
  {
    does: 'the newest events were cut off',
    statements: ['delete from events where seq > 2'],
    finds: /^chains: event 3 of account acc_\w+ was changed, or is missing$/,
  },
  {
    does: 'a row went whose key others name',
    statements: [`delete from owners where id <> 'sva_other'`, `delete from service_accounts where id <> 'sva_other'`],
    finds: /^(file|references): 1 rows of access_keys name a row of owners that is not there$/,
  },
  {
    does: 'a key was given to somebody of another account',
    statements: [`update access_keys set owner_id = 'sva_other'`],
    finds: /^rows: access key whose owner is of another account: KW\w+$/,
  },
  {
    does: 'a key was moved to a project of another account',
    statements: [`update access_keys set project_id = 'prj_other'`],
    finds: /^rows: access key whose project is of another account: KW\w+$/,
  },
  {
    does: 'an API was moved to a project of another account',
    statements: [`update apis set project_id = 'prj_other' where project_id is not null`],
    finds: /^rows: API whose project is of another account: api_\w+$/,
  },
  {
    does: 'an owner lost its other half',
    statements: [`delete from service_accounts where id <> 'sva_other'`],
    finds: /^rows: owner that is neither member nor service account, or both: sva_\w+$/,
  },
  {
    does: 'an imported secret was moved',
    statements: [`update legacy_secrets set account_id = 'acc_other'`],
    finds: /^rows: imported secret of a key of another account: KW\w+$/,
  },
  {
    does: 'a scheme was forgotten',
    statements: ['delete from legacy_schemes'],
    finds: /^rows: imported secret of a scheme that is not among the schemes: KW\w+$/,
  },
  {
    does: 'a grant was widened by hand',
    statements: [`update access_keys set grants = '{"api_a":"read_write","api_b":"read_write"}'`],
    finds: /^rows: access key that is not found by the APIs of its grants: KW\w+$/,
  },
  {
    does: 'the place of a last use went',
    statements: ['delete from last_uses', 'delete from used_days'],
    finds: /^rows: access key without a place for its last use: KW\w+$/,
  },
  {
    does: 'a last use went back',
    statements: ['update last_uses set at = 1'],
    finds: /^rows: access key with uses on a day after its last use: KW\w+$/,
  },
  {
    does: 'a count was emptied',
    statements: ['update used_days set count = 0'],
    finds: /^rows: access key with a day of no uses: KW\w+$/,
  },
  {
    does: 'a quota was given back more often than taken',
    statements: ['update quota_counters set used = used - 9'],
    finds: /^rows: quota used less than nothing, or in a period that ends before it begins: KW\w+$/,
  },
];

for (const name of DATABASES) {
  describe(`a check on ${name}`, () => {
    const made = new AsyncDisposableStack();
    let model: string;
    before(async () => {
      model = await filled(name, made);
    });
    after(() => made.disposeAsync());

    test('finds nothing in what is sound, and tells how much it looked at', async () => {
      await using stack = new AsyncDisposableStack();
      const location = await copyOf(model, stack);
      const shares: number[] = [];
      const found = await checkDatabase(location, share => shares.push(share));
      assert.deepEqual(
        found.flatMap(({ wrong }) => wrong),
        [],
      );
      assert.equal(found.find(({ check }) => check === 'chains')?.looked, 5);
      assert.ok(found.every(({ looked }) => looked > 0));
      assert.deepEqual(
        shares,
        shares.toSorted((a, b) => a - b),
      );
    });

    for (const { does, statements, finds } of SABOTAGES) {
      test(`finds that ${does}`, async () => {
        await using stack = new AsyncDisposableStack();
        const location = await copyOf(model, stack);
        await sabotage(location, statements);
        const found = await checkDatabase(location, () => {});
        const words = found.flatMap(({ check, wrong }) => wrong.map(what => `${check}: ${what}`));
        assert.equal(words.length, 1, words.join('\n'));
        assert.match(words[0] ?? '', finds);
      });
    }

    test('is refused for a schema of another version', async () => {
      await using stack = new AsyncDisposableStack();
      const location = await copyOf(model, stack);
      await sabotage(location, ['delete from kysely_migration where name = (select max(name) from kysely_migration)']);
      await assert.rejects(
        checkDatabase(location, () => {}),
        /its schema is of an earlier version: start Keywright once/,
      );
    });
  });
}

test('a check finds pages of a file that are of something else', async () => {
  await using stack = new AsyncDisposableStack();
  const location = await filled('SQLite', stack);
  overwritePage(location, 'events_by_time');
  const [file] = await checkDatabase(location, () => {});
  assert.equal(file?.check, 'file');
  assert.notDeepEqual(file?.wrong, []);
});

test('a check finds an index that PostgreSQL does not use', async () => {
  await using stack = new AsyncDisposableStack();
  const location = await filled('PostgreSQL', stack);
  await sabotage(location, [`update pg_index set indisvalid = false where indexrelid = 'events_by_time'::regclass`]);
  const [file] = await checkDatabase(location, () => {});
  assert.deepEqual(file?.wrong, ['index that was not built to its end: events_by_time']);
});

/** A database with one of everything that is looked at. */
async function filled(name: (typeof DATABASES)[number], stack: AsyncDisposableStack): Promise<string> {
  const location = await freshLocation(name, stack);
  await using store = await openStore(location);
  const whose = await makeAccount(store);
  const project = await makeProject(store, whose.account);
  const api = {
    id: newId('api', randomBytes),
    account: whose.account,
    name: 'Orders',
    description: null,
    createdAt: AT,
  };
  await store.transact(tx => insertApi(tx, { ...api, project }));
  const { key } = await makeKey(store, whose, { project, permission: 'restricted', grants: { api_a: 'read_write' } });
  await store.uses.writeUses([{ key, at: AT, address: null, agent: null, api: null, count: 3 }]);
  await change(store, ...Array.from({ length: 5 }, () => plainEvent(whose.account)));
  await importSecret(store, whose.account, key);
  const quota = { subject: key, name: 'day', startsAt: AT, endsAt: AT + 1 };
  await store.transact(tx => takeQuota(tx, store.dialect, quota, 5, 10));
  await makeOthers(store);
  // Everything into the one file, which is copied and looked into.
  if (name === 'SQLite') await sql`pragma wal_checkpoint(truncate)`.execute(store.signInDb);
  return location;
}

async function makeOthers(store: Store): Promise<void> {
  const [account, owner, named] = ['acc_other', 'sva_other', { name: 'Other', description: null, createdAt: AT }];
  await store.transact(async tx => {
    await insertAccount(tx, { id: account, ...named });
    await insertServiceAccount(tx, { id: owner, account, role: 'member', ...named });
    await insertProject(tx, { id: 'prj_other', account, ...named });
  });
}

/** The first page of an index is of something else. */
function overwritePage(file: string, index: string): void {
  using database = new DatabaseSync(file);
  const { page } = database.prepare('select rootpage as page from sqlite_master where name = ?').get(index) ?? {};
  const { page_size: size } = database.prepare('pragma page_size').get() ?? {};
  database.close();
  const bytes = readFileSync(file);
  bytes.fill(0x5a, (Number(page) - 1) * Number(size), Number(page) * Number(size));
  writeFileSync(file, bytes);
}

/** The same database once more, which goes with the stack. */
async function copyOf(location: string, stack: AsyncDisposableStack): Promise<string> {
  if (!location.startsWith('postgres')) {
    const to = join(stack.use(tempFolder()).path, 'keywright.db');
    copyFileSync(location, to);
    return to;
  }
  const name = new URL(location).pathname.slice(1);
  const copy = `${name}_${randomBytes(4).toString('hex')}`;
  const server = Object.assign(new URL(location), { pathname: 'postgres' }).href;
  await execute(server, `create database "${copy}" template "${name}"`);
  stack.defer(() => execute(server, `drop database "${copy}" with (force)`));
  return Object.assign(new URL(location), { pathname: copy }).href;
}

async function execute(url: string, ...statements: string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function importSecret(store: Store, account: string, key: string): Promise<void> {
  await store.transact(async tx => {
    await tx.insertInto('legacy_schemes').values({ scheme: '{}' }).execute();
    const secret = { account_id: account, lookup: randomBytes(32), key, scheme: '{}', hash: '' };
    await tx.insertInto('legacy_secrets').values(secret).execute();
  });
}

/** As one who holds himself to nothing. */
async function sabotage(location: string, statements: string[]): Promise<void> {
  if (!location.startsWith('postgres')) {
    using database = new DatabaseSync(location, { enableForeignKeyConstraints: false });
    for (const statement of statements) database.exec(statement);
    return;
  }
  await execute(location, 'set session_replication_role = replica', ...statements);
}

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createClient } from '@keywright/contract';
import { checkChain, findTopAccount, openStore } from '@keywright/store';
import { holdDataFolder } from '../../packages/server/src/data-folder.ts';
import { makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { config, environment } from '../support/config.ts';
import { execute, freshDatabase, postgresFolder } from '../support/postgres.ts';
import { root } from '../support/source-tree.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { setUp } from './set-up.ts';

const run = promisify(execFile);

/** The lines for the shell that docs/backup.md holds, each where it says so. */
const LINES = readFileSync(join(root, 'docs', 'backup.md'), 'utf8')
  .split('\n')
  .filter(line => /^(npx keywright|pg_)/.test(line));
const linesOf = (beginning: string) =>
  LINES.filter(line => line.startsWith(beginning)).join('\n') || assert.fail(beginning);

/** Runs a line of the page as a person does, in that folder. */
async function shell(line: string, cwd: string, env: Record<string, string>): Promise<string> {
  const launcher = join(root, 'packages', 'cli', 'bin', 'keywright.js');
  const command = line.replace(/^npx keywright/, `"${process.execPath}" "${launcher}"`);
  return (await run('/bin/sh', ['-ec', command], { cwd, env: environment(env) })).stdout;
}

describe('a backup of SQLite', () => {
  test('made while the server writes is of one moment, and brings sessions back, too', async () => {
    using folder = tempFolder();
    const env = { KEYWRIGHT_DATA: join(folder.path, 'data'), DATABASE_URL: '' };
    await using server = new KeywrightProcess({ env });
    const { token, cookie } = await setUp(server);
    const client = createClient({ server: await server.listening(), token });
    const made: { key: string; doneBefore: number }[] = [];
    let stopped = false;
    const writing = Array.from({ length: 3 }, async () => {
      while (!stopped) {
        const { key } = await client.createAccessKey();
        made.push({ key, doneBefore: Date.now() });
        await client.deactivateAccessKey({ key });
      }
    });
    await until(() => made.length > 20, { what: 'keys to be made' });
    const began = Date.now();
    const words = await shell(linesOf('npx keywright backup'), folder.path, env);
    stopped = true;
    await Promise.all(writing);
    assert.match(words, /^.*keywright\.backup: 1 accounts, \d+ access keys, changes up to \d+; \d+ MB, checked\.\n/);
    assert.equal(statSync(join(folder.path, 'keywright.backup')).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder.path).sort(), ['data', 'keywright.backup']);
    await server.end('SIGTERM');

    const again = { ...env, KEYWRIGHT_DATA: join(folder.path, 'again') };
    await shell(linesOf('npx keywright restore'), folder.path, again);
    {
      await using store = await openStore(join(folder.path, 'again', 'keywright.db'));
      const account = (await findTopAccount(store.db)) ?? '';
      const chain = await checkChain(store.db, account);
      assert.equal(chain.brokenAt, null);
      // Keys and their events are of the same moment: each was made once, and deactivated at most once.
      const keys = await store.db.selectFrom('access_keys').select(['key', 'enabled']).execute();
      const events = await store.db.selectFrom('events').select(['action', 'target_id']).execute();
      const ofAction = (action: string) =>
        events.filter(event => event.action === action).map(event => event.target_id);
      assert.deepEqual(ofAction('createAccessKey').sort(), keys.map(({ key }) => key).sort());
      const inactive = keys.filter(({ enabled }) => enabled === 0).map(({ key }) => key);
      assert.deepEqual(ofAction('deactivateAccessKey').sort(), inactive.sort());
      const before = made.filter(({ doneBefore }) => doneBefore < began).map(({ key }) => key);
      assert.deepEqual(
        before.filter(key => !keys.some(kept => kept.key === key)),
        [],
      );
    }
    await using restored = new KeywrightProcess({ env: again });
    const me = await fetch(`${await restored.listening()}/v1/profile`, { headers: { cookie } });
    assert.equal(me.status, 200);
  });

  test('what can not be done is one sentence, and nothing is touched', async () => {
    using folder = tempFolder();
    const at = (name: string) => join(folder.path, name);
    await makeData(at('data'), 'Old');
    await makeData(at('used'), 'Used');
    await keywright(['backup', at('good'), '--data', at('data')]);
    writeFileSync(at('text'), 'no backup at all '.repeat(500));
    cpSync(join(at('data'), 'keywright.db'), at('plain.db'));
    damage(at('good'), at('damaged'));
    later(at('good'), at('later'));
    using _held = holdDataFolder(at('used'));
    const before = contentOf(folder.path);
    const cases: [words: string[], code: number, stderr: RegExp][] = [
      [['backup', at('new'), '--data', at('none')], 1, /^error: There is no database in the data folder .*none\. Name/],
      [
        ['backup', at('good'), '--data', at('data')],
        2,
        /good is there already\. Name another file, or replace it with --overwrite\.$/m,
      ],
      [['backup', join(at('none'), 'new'), '--data', at('data')], 1, /^error: The backup .*new can not be made: /],
      [['restore', at('nothing'), '--data', at('data')], 2, /^error: There is no file .*nothing\.$/m],
      [
        ['restore', at('good'), '--data', at('used'), '--overwrite'],
        1,
        /^error: Another Keywright is running on the data folder/,
      ],
      [
        ['restore', at('good'), '--data', at('data')],
        1,
        /holds a database already\. Choose another with --data, or replace what is there with --overwrite\.$/m,
      ],
      [
        ['restore', at('text'), '--data', at('data'), '--overwrite'],
        1,
        /nothing was replaced: it is no backup that keywright backup made\.$/m,
      ],
      [
        ['restore', at('plain.db'), '--data', at('data'), '--overwrite'],
        1,
        /nothing was replaced: it is no backup that keywright backup made\.$/m,
      ],
      [['restore', at('damaged'), '--data', at('data'), '--overwrite'], 1, /nothing was replaced: it is damaged: /],
      [
        ['restore', at('later'), '--data', at('data'), '--overwrite'],
        1,
        /a later version of Keywright has changed it .*9999-contract-all.*/,
      ],
    ];
    for (const [words, code, stderr] of cases) {
      const ended = await keywright(words);
      assert.match(ended.stderr, stderr, words.join(' '));
      assert.deepEqual([ended.code, ended.stdout], [code, ''], words.join(' '));
    }
    for (const word of ['backup', 'restore']) {
      const { code, stderr } = await keywright([word, at('good')], { DATABASE_URL: 'postgres://127.0.0.1:1/none' });
      assert.deepEqual([code, stderr.includes(word === 'backup' ? 'pg_dump' : 'pg_restore')], [2, true]);
    }
    assert.deepEqual(contentOf(folder.path), before);
    const told = await keywright(['restore', at('text'), '--data', at('data'), '--json']);
    assert.deepEqual([JSON.parse(told.stderr).code, told.stdout], ['conflict', '']);
  });
});

describe('a restore that is cut off', () => {
  test('leaves what was there or what is restored, wherever kill -9 comes', async t => {
    using folder = tempFolder();
    const at = (name: string) => join(folder.path, name);
    await makeData(at('new'), 'New');
    await keywright(['backup', at('backup'), '--data', at('new')]);
    await makeData(at('old'), 'Old');
    const took = performance.now();
    cpSync(at('old'), at('tried'), { recursive: true });
    await keywright(['restore', at('backup'), '--data', at('tried'), '--overwrite']);
    const ms = performance.now() - took;
    const found: string[] = [];
    for (let n = 0; n < 4; n++) {
      cpSync(at('old'), at(`data${n}`), { recursive: true });
      const words = ['restore', at('backup'), '--data', at(`data${n}`), '--overwrite'];
      await using restoring = new KeywrightProcess({ words });
      // The last quarter is where files are touched.
      await pause(ms * (0.6 + 0.4 * (n / 4)));
      await restoring.end('SIGKILL');
      found.push(await nameIn(at(`data${n}`)));
    }
    t.diagnostic(found.join(' '));
    assert.deepEqual(
      [...new Set(found)].filter(name => !['Old', 'New'].includes(name)),
      [],
    );
  });

  for (const moved of [[], ['keywright.db'], ['keywright.db', 'secret']]) {
    test(`is brought to its end by the next start, with ${moved.length} of its files in place`, async () => {
      using folder = tempFolder();
      const data = join(folder.path, 'data');
      await makeData(data, 'Old');
      await makeData(join(data, 'restored'), 'New');
      const secret = readFileSync(join(data, 'restored', 'secret'), 'utf8');
      rmSync(join(data, 'restored', 'lock'));
      // A log of the old database that would be taken for one of the new.
      writeFileSync(join(data, 'keywright.db-wal'), 'of the old one');
      for (const name of moved) {
        rmSync(join(data, 'keywright.db-wal'), { force: true });
        renameSync(join(data, 'restored', name), join(data, name));
      }
      assert.equal(await nameIn(data), 'New');
      assert.equal(readFileSync(join(data, 'secret'), 'utf8'), secret);
      assert.equal(existsSync(join(data, 'restored')), false);
    });
  }

  test('when it was ready is told as what it is, and the next start brings it to its end', async () => {
    using folder = tempFolder();
    const data = join(folder.path, 'data');
    await makeData(join(folder.path, 'other'), 'New');
    await makeData(data, 'Old');
    const at = join(folder.path, 'backup');
    await keywright(['backup', at, '--data', join(folder.path, 'other')]);
    // Can not be removed like a file.
    mkdirSync(join(data, 'keywright.db-journal'));
    const { code, stderr } = await keywright(['restore', at, '--data', data, '--overwrite']);
    assert.equal(code, 1);
    assert.match(stderr, /is restored, but not in its place: the next start puts it there/);
    rmSync(join(data, 'keywright.db-journal'), { recursive: true });
    assert.equal(await nameIn(data), 'New');
  });

  test('before it was ready leaves what was there, and nothing else', async () => {
    using folder = tempFolder();
    await makeData(folder.path, 'Old');
    await makeData(join(folder.path, 'restoring'), 'New');
    assert.equal(await nameIn(folder.path), 'Old');
    assert.equal(existsSync(join(folder.path, 'restoring')), false);
  });
});

test('PostgreSQL comes back by pg_dump and pg_restore as the page says', async () => {
  using folder = tempFolder();
  await using database = await plainDatabase();
  const env = { DATABASE_URL: database.url, PATH: `${await postgresFolder()}:${config.path}` };
  const data = join(folder.path, 'data');
  const open = () => openStore(database.url);
  {
    await using server = await startTestApp('sqlite', { database: database.url, data });
    await makeKey(server.app, (await makeAccount(server.app, 'Before')).callers.owner);
  }
  await shell(linesOf('pg_dump'), folder.path, env);
  {
    await using store = await open();
    await store.transact(tx => tx.updateTable('accounts').set({ name: 'After' }).execute());
  }
  await shell(linesOf('pg_restore'), folder.path, env);
  await using store = await open();
  const [account, ...others] = await store.db.selectFrom('accounts').selectAll().execute();
  assert.deepEqual([account?.name, others], ['Before', []]);
  assert.deepEqual(await checkChain(store.db, account?.id ?? ''), { events: 1, brokenAt: null });
  await using empty = await plainDatabase();
  await shell(linesOf('pg_restore'), folder.path, { ...env, DATABASE_URL: empty.url });
  await using copy = await openStore(empty.url);
  assert.equal((await copy.db.selectFrom('access_keys').selectAll().execute()).length, 1);
});

/** One whose owner is no administrator, with the extension of somebody else. */
async function plainDatabase(): Promise<{ url: string } & AsyncDisposable> {
  const database = await freshDatabase();
  const url = new URL(database.url);
  const name = url.pathname.slice(1);
  await execute(database.url, `create role "${name}" login; alter database "${name}" owner to "${name}"`);
  await execute(database.url, `create extension pg_trgm; grant all on schema public to "${name}"`);
  url.username = name;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A data folder as a server leaves it, with one account of that name. */
async function makeData(data: string, name: string): Promise<void> {
  mkdirSync(data, { recursive: true });
  await using server = await startTestApp('sqlite', { data, database: join(data, 'keywright.db') });
  await makeKey(server.app, (await makeAccount(server.app, name)).callers.owner);
}

/** The name of the account that a server finds there. */
async function nameIn(data: string): Promise<string> {
  await using server = await startTestApp('sqlite', { data, database: join(data, 'keywright.db') });
  const accounts = await server.app.store.db.selectFrom('accounts').select('name').execute();
  return accounts.map(({ name }) => name).join(' and ');
}

async function keywright(words: string[], env: Record<string, string> = {}) {
  await using ran = new KeywrightProcess({ words, env });
  return await ran.ended;
}

/** Every file below, but those that SQLite makes and removes; and locks, which this process would let go of by reading them. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const paths = files.map(entry => join(entry.parentPath, entry.name)).filter(path => !/(-wal|-shm|lock)$/.test(path));
  return Object.fromEntries(paths.map(path => [path, readFileSync(path).toString('base64')]));
}

/** A page in the middle of the file is of something else. */
function damage(from: string, to: string): void {
  const bytes = readFileSync(from);
  bytes.fill(0x5a, bytes.length >> 1, (bytes.length >> 1) + 4096);
  writeFileSync(to, bytes);
}

function later(from: string, to: string): void {
  cpSync(from, to);
  using database = new DatabaseSync(to);
  database.exec(`insert into kysely_migration (name, timestamp) values ('9999-contract-all', '')`);
}

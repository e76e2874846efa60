import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createClient } from '@keywright/contract';
import { openStore } from '@keywright/store';
import { Client } from 'pg';
import { fillEveryTable } from '../store/every-table.ts';
import { makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { freshDatabase } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { KeywrightProcess } from './server-process.ts';
import { setUp } from './set-up.ts';

test('a team moves to PostgreSQL, and everything that worked before works there', async () => {
  using folder = tempFolder();
  await using database = await freshDatabase();
  const data = join(folder.path, 'data');
  const env = { KEYWRIGHT_DATA: data };
  const before = new KeywrightProcess({ env });
  const { token, key, cookie } = await setUp(before);
  const client = createClient({ server: await before.listening(), token });
  const dead = await client.createAccessKey();
  await client.deactivateAccessKey({ key: dead.key });
  const used = await keywright(['move', '--to', database.url], env);
  assert.match(used.stderr, /^error: Another Keywright is running on the data folder /);
  assert.equal(used.code, 1);
  await before.end('SIGTERM');

  const moved = await keywright(['move', '--to', database.url], env);
  assert.deepEqual([moved.code, moved.stderr], [0, '']);
  const { host, pathname } = new URL(database.url);
  assert.match(
    moved.stdout,
    new RegExp(`^postgres://${host}${pathname} holds the same now: \\d+ rows in \\d+ tables, each compared`),
  );
  // Whoever starts on what was left behind would bring dead keys to life.
  const left = await keywright(['serve'], env);
  const sentence = `The data of ${data} was moved to postgres://${host}${pathname}. Set DATABASE_URL to that, or remove the file ${data}/moved to go on with what was left behind.`;
  assert.deepEqual([left.code, left.stderr], [1, `${sentence}\n`]);
  assert.equal((await keywright(['serve', '--workers', '2'], env)).stderr, `${sentence}\n`);
  assert.equal((await keywright(['backup', join(folder.path, 'backup')], env)).stderr, `error: ${sentence}\n`);

  await using after = new KeywrightProcess({ env: { ...env, DATABASE_URL: database.url } });
  const server = await after.listening();
  assert.equal((await createClient({ server, token }).whoami()).key, key);
  const refused = await createClient({ server }).verify({ credential: dead.token });
  assert.equal('reason' in refused && refused.reason, 'inactive');
  assert.equal((await fetch(`${server}/v1/profile`, { headers: { cookie } })).status, 200);
  assert.equal((await createClient({ server, token }).checkEvents()).intact, true);
});

test('kill -9 in the middle, and the same line again', async () => {
  using folder = tempFolder();
  await using database = await freshDatabase();
  const file = join(folder.path, 'keywright.db');
  await (await openStore(file))[Symbol.asyncDispose]();
  fillEveryTable(file, 4000);
  const env = { KEYWRIGHT_DATA: folder.path, DATABASE_URL: database.url };
  await using cut = new KeywrightProcess({ words: ['move'], env });
  await until(() => noted(database.url), { ms: 60_000, everyMs: 5, what: 'some tables to be there' });
  await cut.end('SIGKILL');
  const unfinished = await keywright(['serve'], env);
  assert.equal(
    unfinished.stderr,
    'The database of DATABASE_URL can not be opened: a move into it is not finished: run keywright move again.\n',
  );
  const again = await keywright(['move', '--json'], env);
  assert.equal(again.code, 0, again.stderr);
  const told = JSON.parse(again.stdout);
  assert.deepEqual([told.how, told.rows], ['resumed', 4000 * told.tables.length]);
  const third = await keywright(['move'], env);
  assert.match(third.stdout, /^postgres:\S+ held the same already: /);
});

test('a terminal shows how far it is', async () => {
  using folder = tempFolder();
  await using database = await freshDatabase();
  const file = join(folder.path, 'keywright.db');
  await (await openStore(file))[Symbol.asyncDispose]();
  fillEveryTable(file, 1000);
  const env = { KEYWRIGHT_DATA: folder.path, DATABASE_URL: database.url };
  await using ran = new KeywrightProcess({ words: ['move'], env, inTerminal: true });
  const { code, stdout } = await ran.ended;
  assert.equal(code, 0, stdout);
  // The bar is drawn over itself, and what came of it over the bar.
  const drawn = stripVTControlCharacters(stdout).split('\r');
  const bars = drawn.map(text => /^([█░]{30}) (\d+) % \w/.exec(text)).filter(bar => bar !== null);
  const percents = bars.map(([, , percent]) => Number(percent));
  assert.deepEqual(
    percents,
    percents.toSorted((a, b) => a - b),
  );
  assert.ok(new Set(percents).size > 10, `${percents}`);
  for (const [text, bar = '', percent] of bars)
    assert.ok(Math.abs(bar.lastIndexOf('█') + 1 - (bar.length * Number(percent)) / 100) <= 1, text);
  assert.ok(drawn.some(text => /^postgres:\S+ holds the same now: /.test(text)));
});

test('what can not be moved is said in a sentence without a password', async () => {
  using folder = tempFolder();
  const data = join(folder.path, 'data');
  mkdirSync(data);
  {
    await using server = await startTestApp('sqlite', { data, database: join(data, 'keywright.db') });
    await makeKey(server.app, (await makeAccount(server.app, 'Acme')).callers.owner);
  }
  const nowhere = 'postgres://me:secret-word@127.0.0.1:1/none';
  const cases: [words: string[], code: number, stderr: RegExp][] = [
    [['--data', data], 2, /^error: Say where to with --to postgres:\/\/… or DATABASE_URL\.$/m],
    [['--data', data, '--to', 'mysql://x'], 2, /^error: Say where to with --to postgres:/],
    [['--data', folder.path, '--to', nowhere], 1, /^error: There is no database in the data folder /],
    [
      ['--data', data, '--to', nowhere],
      1,
      /^error: .* can not be moved to postgres:\/\/127\.0\.0\.1:1\/none: connect ECONNREFUSED 127\.0\.0\.1:1\.$/m,
    ],
  ];
  for (const [words, code, stderr] of cases) {
    const ended = await keywright(['move', ...words], {});
    assert.match(ended.stderr, stderr);
    assert.deepEqual([ended.code, ended.stdout, ended.stderr.includes('secret-word')], [code, '', false]);
  }
});

async function keywright(words: string[], env: Record<string, string>) {
  await using ran = new KeywrightProcess({ words, env });
  return await ran.ended;
}

/** Whether the move has noted some tables on the target. */
async function noted(url: string): Promise<boolean> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query('select 1 from moving where kind = $1', ['table'])).rows.length > 5;
  } finally {
    await client.end();
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { DATABASES, makeAccount, makeKey, startTestApp } from '../support/app.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { KeywrightProcess } from './server-process.ts';

for (const kind of DATABASES) {
  test(`keywright check tells beside a running server on ${kind} whether the data is sound`, async () => {
    await using server = await startTestApp(kind);
    const { config, store } = server.app;
    await makeKey(server.app, (await makeAccount(server.app, 'Acme')).callers.owner);
    const env = { KEYWRIGHT_DATA: config.data, DATABASE_URL: kind === 'postgres' ? config.database : '' };
    const sound = await keywright(['check'], env);
    assert.deepEqual([sound.code, sound.stderr], [0, '']);
    const whole =
      kind === 'postgres'
        ? '\\d+ indexes and constraints\nsound {2}\\d+ references between tables'
        : 'the database as a whole';
    assert.match(
      sound.stdout,
      new RegExp(
        `^sound  ${whole}\nsound  the chains of 1 events\nsound  accounts, .* by \\d+ rules\nEverything is sound\\.\n$`,
      ),
    );

    await store.transact(tx => sql`delete from events`.execute(tx));
    const broken = await keywright(['check'], env);
    assert.deepEqual([broken.code, broken.stderr], [1, '']);
    assert.match(
      broken.stdout,
      /\nWRONG {2}the chains of 0 events\n {7}event 1 of account acc_\w+ was changed, or is missing\n/,
    );
    assert.match(broken.stdout, /\nNot everything is sound: /);
    const told = await keywright(['check', '--json'], env);
    const { sound: isSound, checks } = JSON.parse(told.stdout);
    assert.deepEqual([told.code, isSound], [1, false]);
    assert.deepEqual(
      checks.filter(({ wrong }: { wrong: string[] }) => wrong.length > 0).map(({ check }: { check: string }) => check),
      ['chains'],
    );
  });
}

test('keywright check says in a sentence why it can not tell', async () => {
  using folder = tempFolder();
  const cases: [env: Record<string, string>, stderr: RegExp][] = [
    [{ KEYWRIGHT_DATA: folder.path }, /^error: There is no database in the data folder /],
    [
      { DATABASE_URL: 'postgres://keywright@127.0.0.1:1/none' },
      /^error: The database of DATABASE_URL can not be checked: connect ECONNREFUSED/,
    ],
    [{ DATABASE_URL: 'mysql://x' }, /^error: DATABASE_URL must begin with postgres:/],
  ];
  for (const [env, stderr] of cases) {
    const ended = await keywright(['check'], env);
    assert.match(ended.stderr, stderr);
    assert.deepEqual([ended.code, ended.stdout], [1, '']);
  }
});

async function keywright(words: string[], env: Record<string, string>) {
  await using ran = new KeywrightProcess({ words, env });
  return await ran.ended;
}

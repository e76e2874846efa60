import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from '../support/postgres.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { killInRounds } from './kill-rounds.ts';

test('nothing is lost in 100 rounds of kill -9 on PostgreSQL, ten of them of PostgreSQL itself', async t => {
  await using postgres = await startPostgres({ durable: true });
  using folder = tempFolder();
  const report = await killInRounds({
    rounds: 100,
    data: folder.path,
    databaseUrl: await postgres.createDatabase(),
    crashDatabase: {
      rounds: 10,
      crash: async () => {
        await postgres.kill();
        await postgres.restart();
      },
    },
  });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.acknowledged > 200, 'the rounds were too short to say anything');
});

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { tempFolder } from '../support/temp-folder.ts';
import { killInRounds } from './kill-rounds.ts';

test('nothing is lost in 100 rounds of kill -9 on SQLite', async t => {
  using folder = tempFolder();
  const file = join(folder.path, 'data', 'keywright.db');
  const report = await killInRounds({ rounds: 100, data: join(folder.path, 'data'), checkFile: () => checkFile(file) });
  t.diagnostic(JSON.stringify(report));
  assert.ok(report.acknowledged > 200, 'the rounds were too short to say anything');
});

function checkFile(file: string): void {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    assert.equal(db.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok');
    assert.deepEqual(db.prepare('PRAGMA foreign_key_check').all(), []);
  } finally {
    db.close();
  }
}

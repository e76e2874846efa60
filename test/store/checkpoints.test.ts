import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Checkpoints } from '../../packages/store/src/checkpoints.ts';
import { tempFolder } from '../support/temp-folder.ts';

const ROWS = 30_000;

test('once much was written a thread moves the log into the file, and writing goes on', async () => {
  using folder = tempFolder();
  const { file, db } = open(folder.path);
  await using checkpoints = new Checkpoints(file, [db], error => assert.fail(error));
  write(db, 10);
  checkpoints.committed();
  assert.equal(pagesBeforeCheckpoint(db), 1000, 'little was written: SQLite does it by itself');
  write(db, ROWS);
  const size = statSync(file).size;
  checkpoints.committed();
  assert.equal(pagesBeforeCheckpoint(db), 100_000);
  write(db, ROWS);
  checkpoints.committed();
  while (statSync(file).size === size) await setTimeout(10);
  write(db, 10);
  assert.equal(db.prepare('select count(*) as n from rows').get()?.n, 2 * ROWS + 20);
  db.close();
});

test('a thread that fails is told, and harms nobody', async () => {
  using folder = tempFolder();
  const { db } = open(folder.path);
  const failed = Promise.withResolvers<Error>();
  await using checkpoints = new Checkpoints(join(folder.path, 'nowhere', 'db'), [db], failed.resolve);
  checkpoints.soon();
  assert.match((await failed.promise).message, /unable to open/);
  write(db, 10);
  checkpoints.soon();
  db.close();
});

function open(folder: string): { file: string; db: DatabaseSync } {
  const file = join(folder, 'db');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; create table rows (text text)');
  return { file, db };
}

function write(db: DatabaseSync, count: number): void {
  db.exec(`insert into rows select 'text' from (
    with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count}) select i from n)`);
}

function pagesBeforeCheckpoint(db: DatabaseSync): unknown {
  return db.prepare('PRAGMA wal_autocheckpoint').get()?.wal_autocheckpoint;
}

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { newId } from '@keywright/core';
import { BackupError, copySqlite, insertAccount, openStore, surveySqlite, unpackSqlite } from '@keywright/store';
import { tempFolder } from '../support/temp-folder.ts';

const NOTE = { at: 1_800_000_000_000, version: '0.1.0', secret: 'secret' };

test('a copy of a database in use is a backup, which says what it is and is a database again', async () => {
  using folder = tempFolder();
  const [file, copy] = [join(folder.path, 'a.db'), join(folder.path, 'copy')];
  await using store = await openStore(file);
  const account = { id: newId('acc', randomBytes), name: 'Acme', createdAt: NOTE.at };
  await store.transact(tx => insertAccount(tx, account));
  const shares: number[] = [];
  await copySqlite(file, copy, NOTE, share => shares.push(share));
  assert.ok(shares.every(share => share >= 0 && share <= 1));
  assert.deepEqual({ ...unpackSqlite(copy) }, NOTE);
  const { accounts, keys } = await surveySqlite(copy);
  assert.deepEqual([accounts, keys], [1, 0]);
  assert.throws(() => unpackSqlite(copy), BackupError, 'it is a backup no more');
});

test('what is damaged or something else is no backup', async () => {
  using folder = tempFolder();
  const [file, copy] = [join(folder.path, 'a.db'), join(folder.path, 'copy')];
  await using _ = await openStore(file);
  await copySqlite(file, copy, NOTE, () => {});
  truncateSync(copy, 20_000);
  await assert.rejects(async () => {
    unpackSqlite(copy);
    await surveySqlite(copy);
  }, BackupError);
  writeFileSync(copy, 'a letter');
  assert.throws(() => unpackSqlite(copy), BackupError);
});

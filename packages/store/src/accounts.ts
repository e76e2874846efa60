import { DEFAULT_KEY_POLICY, type KeyPolicy } from '@keywright/core';
import type { Db, Tx } from './database.ts';

export interface Account {
  id: string;
  name: string;
  active: boolean;
  keyPolicy: KeyPolicy;
  createdAt: number;
}

export async function insertAccount(tx: Tx, account: { id: string; name: string; createdAt: number }): Promise<void> {
  const row = {
    id: account.id,
    name: account.name,
    active: 1,
    key_policy: JSON.stringify(DEFAULT_KEY_POLICY),
    created_at: account.createdAt,
  };
  await tx.insertInto('accounts').values(row).execute();
}

/** The account; it must exist, because a caller was found in it. */
export async function getAccount(db: Db, id: string): Promise<Account> {
  const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  // A rule added later has its default in accounts made before.
  const keyPolicy: KeyPolicy = { ...DEFAULT_KEY_POLICY, ...JSON.parse(row.key_policy) };
  return { id: row.id, name: row.name, active: row.active === 1, keyPolicy, createdAt: row.created_at };
}

export async function updateAccount(
  tx: Tx,
  id: string,
  change: { name?: string; keyPolicy?: KeyPolicy },
): Promise<void> {
  const keyPolicy = change.keyPolicy && JSON.stringify(change.keyPolicy);
  await tx.updateTable('accounts').set({ name: change.name, key_policy: keyPolicy }).where('id', '=', id).execute();
}

/** Whether anybody has set the server up. */
export async function hasAccount(db: Db): Promise<boolean> {
  return (await db.selectFrom('accounts').select('id').limit(1).executeTakeFirst()) !== undefined;
}

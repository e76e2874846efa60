import { DEFAULT_KEY_POLICY, limits, type UseLimits } from '@keywright/core';
import type { Db, Tx } from './database.ts';
import { limitsColumn, limitsOf } from './use-limits.ts';

export interface Account extends UseLimits {
  id: string;
  name: string;
  active: boolean;
  createdAt: number;
  /** The account whose administrators act as administrators here. */
  managedBy: AccountName | null;
}

export interface AccountName {
  id: string;
  name: string;
}

export interface NewAccount {
  id: string;
  name: string;
  createdAt: number;
  managedBy?: string;
}

export async function insertAccount(tx: Tx, account: NewAccount): Promise<void> {
  const row = {
    id: account.id,
    name: account.name,
    sort_name: account.name.toLowerCase(),
    active: 1,
    key_policy: JSON.stringify(DEFAULT_KEY_POLICY),
    created_at: account.createdAt,
    managed_by: account.managedBy ?? null,
  };
  await tx.insertInto('accounts').values(row).execute();
}

/** The account; it must exist, because a caller was found in it. */
export async function getAccount(db: Db, id: string): Promise<Account> {
  const row = await db
    .selectFrom('accounts as a')
    .leftJoin('accounts as m', 'm.id', 'a.managed_by')
    .selectAll('a')
    .select('m.name as manager_name')
    .where('a.id', '=', id)
    .executeTakeFirstOrThrow();
  const { name, active, created_at: createdAt } = row;
  return { id, name, active: active === 1, createdAt, managedBy: managerOf(row), ...limitsOf(row.limits) };
}

export function managerOf(row: { managed_by: string | null; manager_name: string | null }): AccountName | null {
  return row.managed_by === null ? null : { id: row.managed_by, name: row.manager_name ?? '' };
}

export async function updateAccount(
  tx: Tx,
  id: string,
  change: { name?: string; active?: boolean; limits?: UseLimits },
): Promise<void> {
  const { name, active } = change;
  const set = { name, sort_name: name?.toLowerCase(), limits: change.limits && limitsColumn(change.limits) };
  await tx
    .updateTable('accounts')
    .set({ ...set, active: active === undefined ? undefined : Number(active) })
    .where('id', '=', id)
    .execute();
}

/** The accounts above this one, the nearest first; none for an account that is not there. */
export async function managersOf(db: Db, account: string): Promise<string[]> {
  const managers: string[] = [];
  for (let at = account; managers.length < limits.managedLevelsMax; ) {
    const row = await db.selectFrom('accounts').select('managed_by').where('id', '=', at).executeTakeFirst();
    if (!row?.managed_by) break;
    managers.push(row.managed_by);
    at = row.managed_by;
  }
  return managers;
}

/** The names of accounts by their ids. */
export async function accountNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('accounts').select(['id', 'name']).where('id', 'in', ids).execute();
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The oldest account that nobody manages: where setting up and open access happen. */
export async function findTopAccount(db: Db): Promise<string | undefined> {
  const row = await db
    .selectFrom('accounts')
    .select('id')
    .where('managed_by', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

/** Whether anybody has set the server up: an account that open access made has no person yet. */
export async function isSetUp(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('members')
    .select('id')
    // As `is not null`, for which SQLite would pass over the index.
    .where('person_id', '>', '')
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

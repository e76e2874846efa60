import { NO_USE_LIMITS, type OwnerKind, type Role, type UseLimits } from '@keywright/core';
import type { Db, Tx } from './database.ts';
import { limitsColumn, limitsOf } from './use-limits.ts';

/** A new owner of keys; `words` are what a search finds besides the name. */
export interface NewOwner {
  id: string;
  account: string;
  kind: OwnerKind;
  name: string;
  role: Role;
  active: boolean;
  createdAt: number;
  limits?: UseLimits;
  words?: string | null;
}

export async function insertOwner(tx: Tx, owner: NewOwner): Promise<void> {
  const { id, kind, name, role } = owner;
  await tx
    .insertInto('owners')
    .values({
      id,
      account_id: owner.account,
      kind,
      name,
      role,
      active: Number(owner.active),
      created_at: owner.createdAt,
      limits: limitsColumn(owner.limits ?? NO_USE_LIMITS),
      ...namedBy(name, owner.words),
    })
    .execute();
}

export async function updateOwner(
  tx: Tx,
  id: string,
  change: { name?: string; words?: string | null; role?: Role; active?: boolean; limits?: UseLimits },
): Promise<void> {
  const named = change.name === undefined ? {} : namedBy(change.name, change.words);
  const active = change.active === undefined ? undefined : Number(change.active);
  const limits = change.limits && limitsColumn(change.limits);
  await tx
    .updateTable('owners')
    .set({ name: change.name, role: change.role, active, limits, ...named })
    .where('id', '=', id)
    .execute();
}

/** The owner of that id in the account, or undefined; for a foreign one likewise. */
export async function findOwner(
  db: Db,
  account: string,
  id: string,
): Promise<{ kind: OwnerKind; id: string; name: string; role: Role; active: boolean } | undefined> {
  const row = await db
    .selectFrom('owners')
    .select(['id', 'kind', 'name', 'role', 'active'])
    .where('account_id', '=', account)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && { ...row, active: row.active === 1 };
}

/** The limits of the owner of that id in the account, or undefined; for a foreign one likewise. */
export async function getOwnerLimits(db: Db, account: string, id: string): Promise<UseLimits | undefined> {
  const row = await db
    .selectFrom('owners')
    .select('limits')
    .where('account_id', '=', account)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && limitsOf(row.limits);
}

/** The account of an owner whose id is known to the server itself. */
export async function accountOfOwner(db: Db, id: string): Promise<string | undefined> {
  return (await db.selectFrom('owners').select('account_id').where('id', '=', id).executeTakeFirst())?.account_id;
}

/** Removes the owner and what hangs on it; its keys must be gone. */
export async function deleteOwner(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('owners').where('id', '=', id).execute();
}

function namedBy(name: string, words: string | null | undefined) {
  return { sort_name: name.toLowerCase(), search: searchText(name, words) };
}

/** What a search looks at. */
export function searchText(...words: (string | null | undefined)[]): string {
  return words.map(word => word?.toLowerCase() ?? '').join('\n');
}

import type { Role, UseLimits } from '@keywright/core';
import type { Db, Tx } from './database.ts';
import { insertOwner, type NewOwner, updateOwner } from './owners.ts';
import { contains, fetchPage, orderBy, type Page } from './page.ts';
import { limitsOf } from './use-limits.ts';

/** A service account can hold every role but owner. */
export type ServiceRole = Exclude<Role, 'owner'>;

export interface ServiceAccount extends UseLimits {
  id: string;
  name: string;
  description: string | null;
  role: ServiceRole;
  active: boolean;
  keys: number;
  createdAt: number;
}

export interface NewServiceAccount extends Omit<NewOwner, 'kind' | 'active' | 'words'> {
  description: string | null;
  role: ServiceRole;
}

export async function insertServiceAccount(tx: Tx, one: NewServiceAccount): Promise<void> {
  await insertOwner(tx, { ...one, kind: 'service_account', active: true, words: one.description });
  await tx.insertInto('service_accounts').values({ id: one.id, description: one.description }).execute();
}

export async function updateServiceAccount(
  tx: Tx,
  id: string,
  change: { name: string; description: string | null; role: ServiceRole } & UseLimits,
): Promise<void> {
  const { name, role, description: words } = change;
  await updateOwner(tx, id, { name, role, words, limits: change });
  await tx.updateTable('service_accounts').set({ description: change.description }).where('id', '=', id).execute();
}

export async function getServiceAccount(db: Db, account: string, id: string): Promise<ServiceAccount | undefined> {
  const row = await selectServiceAccounts(db)
    .where('o.account_id', '=', account)
    .where('o.id', '=', id)
    .executeTakeFirst();
  return row && serviceAccountOf(row);
}

export async function getServiceAccounts(db: Db, account: string, ids: readonly string[]): Promise<ServiceAccount[]> {
  const rows = await selectServiceAccounts(db).where('o.account_id', '=', account).where('o.id', 'in', ids).execute();
  return rows.map(serviceAccountOf);
}

const SORTS = {
  name: { column: 'o.sort_name', type: 'string' },
  createdAt: { column: 'o.created_at', type: 'number' },
} as const;

export async function listServiceAccounts(
  db: Db,
  account: string,
  filter: { text?: string; sort: string; limit: number; cursor?: string },
): Promise<Page<ServiceAccount>> {
  let query = selectServiceAccounts(db).where('o.account_id', '=', account).where('o.kind', '=', 'service_account');
  if (filter.text) query = query.where(contains('o.search', filter.text));
  const page = await fetchPage(query, orderBy(filter.sort, SORTS, 'o.id', filter));
  return { ...page, items: page.items.map(serviceAccountOf) };
}

function selectServiceAccounts(db: Db) {
  return db
    .selectFrom('owners as o')
    .innerJoin('service_accounts as s', 's.id', 'o.id')
    .select(['o.id', 'o.name', 'o.role', 'o.active', 'o.created_at', 'o.limits', 's.description'])
    .select(eb =>
      eb
        .selectFrom('access_keys as k')
        .whereRef('k.owner_id', '=', 'o.id')
        .select(keys => keys.fn.countAll<number>().as('count'))
        .as('keys'),
    );
}

function serviceAccountOf(
  row: Awaited<ReturnType<ReturnType<typeof selectServiceAccounts>['executeTakeFirstOrThrow']>>,
): ServiceAccount {
  const role = row.role as ServiceRole; // insert and update take nothing else
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    role,
    active: row.active === 1,
    keys: row.keys ?? 0,
    createdAt: row.created_at,
    ...limitsOf(row.limits),
  };
}

import type { OwnerKind, Permission, Role } from '@keywright/core';
import { sql } from 'kysely';
import type { Db } from './database.ts';
import type { After } from './key-notices.ts';
import { lastUseOf } from './uses.ts';

/** A key as the rules of a policy see it. */
export interface GovernedRow {
  key: string;
  name: string | null;
  owner: string;
  enabled: boolean;
  permission: Permission;
  networks: unknown[];
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
}

export interface OwnerRow {
  kind: OwnerKind;
  id: string;
  name: string;
  role: Role;
}

/** The keys of an account, or of one project of it, oldest first: one page after the other, so that no query keeps others waiting. */
export async function governedKeys(
  db: Db,
  { account, project }: { account: string; project: string | undefined },
  after: After,
  limit: number,
): Promise<GovernedRow[]> {
  const keys = db
    .selectFrom('access_keys as k')
    .innerJoin('last_uses as u', 'u.key', 'k.key')
    .select([
      'k.key',
      'k.name',
      'k.owner_id',
      'k.enabled',
      'k.permission',
      'k.networks',
      'k.created_at',
      'k.expires_at',
    ])
    .select(lastUseOf('u').as('used_at'))
    .where('k.account_id', '=', account)
    .where(sql<boolean>`(k.created_at, k.key) > (${after.at}, ${after.key})`);
  const inPlace = project === undefined ? keys : keys.where('k.project_id', '=', project);
  const rows = await inPlace.orderBy('k.created_at').orderBy('k.key').limit(limit).execute();
  return rows.map(row => ({
    key: row.key,
    name: row.name,
    owner: row.owner_id,
    enabled: row.enabled === 1,
    permission: row.permission,
    networks: JSON.parse(row.networks),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.used_at,
  }));
}

/** The owners of these ids, by id. */
export async function ownersById(db: Db, account: string, ids: readonly string[]): Promise<Map<string, OwnerRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('owners')
    .select(['kind', 'id', 'name', 'role'])
    .where('account_id', '=', account)
    .where('id', 'in', ids)
    .execute();
  return new Map(rows.map(row => [row.id, row]));
}

/** How many active owners have one of the roles, and the first of them. */
export async function ownersInRoles(
  db: Db,
  account: string,
  roles: readonly Role[],
  limit: number,
): Promise<{ count: number; first: OwnerRow[] }> {
  const query = db
    .selectFrom('owners')
    .where('account_id', '=', account)
    .where('active', '=', 1)
    .where('role', 'in', roles);
  const { count } = await query.select(eb => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  const first = await query
    .select(['kind', 'id', 'name', 'role'])
    .orderBy('kind')
    .orderBy('sort_name')
    .orderBy('id')
    .limit(limit)
    .execute();
  return { count, first };
}

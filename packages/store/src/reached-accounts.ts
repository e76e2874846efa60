import { limits, type Role } from '@keywright/core';
import { sql } from 'kysely';
import { type Account, managerOf } from './accounts.ts';
import type { Db } from './database.ts';
import { contains, fetchPage, orderBy, type Page } from './page.ts';
import { limitsOf } from './use-limits.ts';

/** An account that somebody is of. */
export interface Home {
  account: string;
  /** Whether they act in the accounts below it, too. */
  manages: boolean;
}

/** A place where a person is an active member of an active account. */
export interface Membership {
  account: string;
  member: string;
  name: string;
  role: Role;
}

/** Where the person can act as themselves, the oldest membership first. */
export async function membershipsOf(db: Db, person: string): Promise<Membership[]> {
  return await db
    .selectFrom('members as m')
    .innerJoin('owners as o', 'o.id', 'm.id')
    .innerJoin('accounts as a', 'a.id', 'o.account_id')
    .select(['o.account_id as account', 'o.id as member', 'o.name', 'o.role'])
    .where('m.person_id', '=', person)
    .where('o.active', '=', 1)
    .where('a.active', '=', 1)
    .orderBy('o.created_at')
    .orderBy('o.id')
    .execute();
}

/** An account and how far below it lies; `managedDepth` is null where nobody but its own members reach it. */
export interface ReachedAccount extends Account {
  managedDepth: number | null;
}

export interface AccountFilter {
  text?: string;
  sort: string;
  limit: number;
  cursor?: string;
}

const SORTS = {
  name: { column: 'a.sort_name', type: 'string' },
  createdAt: { column: 'a.created_at', type: 'number' },
} as const;

/** The homes and all that is managed by them, each once. */
export async function listReachedAccounts(
  db: Db,
  homes: readonly Home[],
  filter: AccountFilter,
): Promise<Page<ReachedAccount>> {
  let query = selectReached(db, homes);
  if (filter.text) query = query.where(contains('a.sort_name', filter.text));
  const page = await fetchPage(query, orderBy(filter.sort, SORTS, 'a.id', filter));
  const items = page.items.map(row => {
    const { id, name, active, created_at: createdAt, managed_depth: managedDepth } = row;
    const about = { id, name, active: active === 1, createdAt, managedBy: managerOf(row), managedDepth };
    return { ...about, ...limitsOf(row.limits) };
  });
  return { ...page, items };
}

/** How many accounts `listReachedAccounts` would list, the homes among them. */
export async function countReachedAccounts(db: Db, homes: readonly Home[]): Promise<number> {
  const reached = selectReached(db, homes).clearSelect();
  const { count } = await reached.select(eb => eb.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  return count;
}

/** Goes down from each home level by level, so that only what is reached is read. */
function selectReached(db: Db, homes: readonly Home[]) {
  const all = homes.map(home => home.account);
  const managing = homes.filter(home => home.manages).map(home => home.account);
  return db
    .withRecursive('reached(id, depth)', cte =>
      cte
        .selectFrom('accounts')
        .select(['id', sql<number>`0`.as('depth')])
        .where('id', 'in', all)
        .unionAll(
          cte
            .selectFrom('accounts')
            .innerJoin('reached', 'reached.id', 'accounts.managed_by')
            .select(['accounts.id', sql<number>`reached.depth + 1`.as('depth')])
            .where('reached.depth', '<', limits.managedLevelsMax)
            .where(eb =>
              eb.or([eb('reached.depth', '>', 0), eb('reached.id', 'in', managing.length ? managing : [''])]),
            ),
        ),
    )
    .with('nearest', cte =>
      cte
        .selectFrom('reached')
        .select(['id', sql<number | null>`min(nullif(depth, 0))`.as('managed_depth')])
        .groupBy('id'),
    )
    .selectFrom('nearest as n')
    .innerJoin('accounts as a', 'a.id', 'n.id')
    .leftJoin('accounts as m', 'm.id', 'a.managed_by')
    .select([
      'a.id',
      'a.name',
      'a.active',
      'a.created_at',
      'a.managed_by',
      'a.limits',
      'm.name as manager_name',
      'n.managed_depth',
    ]);
}

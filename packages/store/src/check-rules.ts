import { DAY_MS } from '@keywright/core';
import { type RawBuilder, sql } from 'kysely';
import type { Dialect } from './database.ts';

/** What must hold between rows beyond what the database sees to itself. The query finds the rows for which it does not. */
export interface Rule {
  /** What is wrong of each that it finds. */
  wrong: string;
  query: RawBuilder<{ id: string }>;
}

/** Who a key is of: facts are a join of these, so that a wrong one lets somebody in. */
const BELONGING: Rule[] = [
  {
    wrong: 'access key whose owner is of another account',
    query: sql`select k.key as id from access_keys k join owners o on o.id = k.owner_id where o.account_id <> k.account_id`,
  },
  {
    wrong: 'access key whose project is of another account',
    query: sql`select k.key as id from access_keys k join projects p on p.id = k.project_id where p.account_id <> k.account_id`,
  },
  {
    wrong: 'API whose project is of another account',
    query: sql`select a.id from apis a join projects p on p.id = a.project_id where p.account_id <> a.account_id`,
  },
  {
    wrong: 'owner that is neither member nor service account, or both',
    query: sql`select o.id from owners o left join members m on m.id = o.id and m.account_id = o.account_id
      left join service_accounts s on s.id = o.id
      where (o.kind = 'member') <> (m.id is not null) or (o.kind = 'service_account') <> (s.id is not null)`,
  },
  {
    wrong: 'imported secret of a key of another account',
    query: sql`select s.key as id from legacy_secrets s join access_keys k on k.key = s.key where k.account_id <> s.account_id`,
  },
  {
    wrong: 'imported secret of a scheme that is not among the schemes',
    query: sql`select s.key as id from legacy_secrets s left join legacy_schemes l on l.scheme = s.scheme where l.scheme is null`,
  },
];

/** What is counted and noted beside the keys. */
const COUNTERS: Rule[] = [
  {
    wrong: 'access key without a place for its last use',
    query: sql`select k.key as id from access_keys k left join last_uses l on l.key = k.key and l.account_id = k.account_id
      where l.key is null`,
  },
  {
    wrong: 'access key with uses on a day after its last use',
    query: sql`select l.key as id from last_uses l join used_days d on d.key = l.key
      where l.at is null or d.day > l.at / ${sql.lit(DAY_MS)} group by l.key`,
  },
  {
    wrong: 'access key with a day of no uses',
    query: sql`select key as id from used_days where count < 1 group by key`,
  },
  {
    wrong: 'quota used less than nothing, or in a period that ends before it begins',
    query: sql`select subject as id from quota_counters where used < 0 or ends_at <= starts_at group by subject`,
  },
];

export function rulesOf(dialect: Dialect): Rule[] {
  const grants = sql.raw(dialect === 'sqlite' ? 'k.grants' : 'k.grants::json');
  const said = sql`select k.key, g.key as api_id from access_keys k, json_each(${grants}) g where k.grants <> '{}'`;
  const noted = sql`select key, api_id from granted_apis`;
  const apart = sql`select * from (${said} except ${noted}) as unsaid union all select * from (${noted} except ${said}) as unnoted`;
  const granted = {
    wrong: 'access key that is not found by the APIs of its grants',
    query: sql<{ id: string }>`select key as id from (${apart}) as apart group by key`,
  };
  return [...BELONGING, ...COUNTERS, granted];
}

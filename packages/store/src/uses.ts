import { sql } from 'kysely';
import type { Db, Dialect, Tx } from './database.ts';

/** The last use of a key: when, from where, by what, for which API. */
export interface Use {
  key: string;
  at: number;
  address: string | null;
  agent: string | null;
  api: string | null;
}

export interface DayUses {
  key: string;
  day: number;
  count: number;
}

/** Writes last uses in one statement. Keys deleted meanwhile are passed over; an older use never replaces a newer one. */
export async function writeUses(tx: Tx, dialect: Dialect, uses: readonly Use[]): Promise<void> {
  const rows = rowsOf(dialect, uses, { key: 'text', at: 'bigint', address: 'text', agent: 'text', api: 'text' });
  await sql`insert into last_uses (key, at, address, user_agent, api)
    select r.key, r.at, r.address, r.agent, r.api from ${rows} as r join access_keys k on k.key = r.key where true
    on conflict (key) do update set at = excluded.at, address = excluded.address, user_agent = excluded.user_agent, api = excluded.api
    where excluded.at >= last_uses.at`.execute(tx);
}

/** Adds to the counts of days. */
export async function writeDayUses(tx: Tx, dialect: Dialect, uses: readonly DayUses[]): Promise<void> {
  const rows = rowsOf(dialect, uses, { key: 'text', day: 'integer', count: 'bigint' });
  await sql`insert into used_days (key, day, count)
    select r.key, r.day, r.count from ${rows} as r join access_keys k on k.key = r.key where true
    on conflict (key, day) do update set count = used_days.count + excluded.count`.execute(tx);
}

/** The days since `since` (days since 1970, UTC) on which the key was used. */
export async function usedDaysOf(db: Db, key: string, since: number): Promise<{ day: number; count: number }[]> {
  return db
    .selectFrom('used_days')
    .select(['day', 'count'])
    .where('key', '=', key)
    .where('day', '>=', since)
    .orderBy('day')
    .execute();
}

/** Rows handed over as one JSON text: one parameter, however many there are. */
function rowsOf(dialect: Dialect, rows: readonly object[], columns: Record<string, string>) {
  const json = JSON.stringify(rows);
  const names = Object.entries(columns);
  if (dialect === 'postgres') {
    const typed = names.map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`);
    return sql`(select * from json_to_recordset(${json}::json) as x(${sql.join(typed)}))`;
  }
  const parts = names.map(([name]) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`);
  return sql`(select ${sql.join(parts)} from json_each(${json}))`;
}

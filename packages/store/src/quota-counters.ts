import { sql } from 'kysely';
import type { Db, Dialect, Tx } from './database.ts';

/** The quota of a key, an owner or an account in one of its periods. Times are milliseconds since 1970. */
export interface QuotaCounter {
  subject: string;
  name: string;
  startsAt: number;
  endsAt: number;
}

/** Sorts counters as they are locked, so that two transactions never wait for each other. */
export function byPlace(a: QuotaCounter, b: QuotaCounter): number {
  return placeOf(a) < placeOf(b) ? -1 : 1;
}

export function placeOf({ subject, name, startsAt }: QuotaCounter): string {
  return `${subject} ${name} ${startsAt}`;
}

/** What was granted of what was asked for, and how much is used up with it. */
export interface Granted {
  granted: number;
  used: number;
}

/**
 * Takes as much as is left of what is wanted, or nothing where that is less than `least`, by one statement: whoever takes at the same time, never
 * more than `max` is taken.
 */
export async function takeQuota(
  tx: Tx,
  dialect: Dialect,
  counter: QuotaCounter,
  wanted: number,
  max: number,
  least = 1,
): Promise<Granted> {
  const { subject, name, startsAt, endsAt } = counter;
  const lesser = sql.raw(dialect === 'sqlite' ? 'min' : 'least');
  const number = (value: number) => sql`cast(${value} as bigint)`;
  const left = sql`${number(max)} - quota_counters.used`;
  const granted = sql<number>`case when ${left} < ${number(least)} then 0 else ${lesser}(${number(wanted)}, ${left}) end`;
  const first = max < least ? 0 : Math.min(wanted, max);
  const row = await tx
    .insertInto('quota_counters')
    .values({ subject, name, starts_at: startsAt, ends_at: endsAt, used: first, granted: first })
    .onConflict(conflict =>
      conflict
        .columns(['subject', 'name', 'starts_at'])
        .doUpdateSet({ granted, used: sql<number>`quota_counters.used + ${granted}` }),
    )
    .returning(['granted', 'used'])
    .executeTakeFirstOrThrow();
  return { granted: row.granted, used: row.used };
}

/** Gives back what was taken and not used. */
export async function returnQuota(
  tx: Tx,
  { subject, name, startsAt }: Omit<QuotaCounter, 'endsAt'>,
  units: number,
): Promise<void> {
  await tx
    .updateTable('quota_counters')
    .set({ used: sql<number>`used - ${units}` })
    .where('subject', '=', subject)
    .where('name', '=', name)
    .where('starts_at', '=', startsAt)
    .where('used', '>=', units)
    .execute();
}

/** How much of the quota is used up. */
export async function usedQuota(db: Db, { subject, name, startsAt }: Omit<QuotaCounter, 'endsAt'>): Promise<number> {
  const row = await db
    .selectFrom('quota_counters')
    .select('used')
    .where('subject', '=', subject)
    .where('name', '=', name)
    .where('starts_at', '=', startsAt)
    .executeTakeFirst();
  return row?.used ?? 0;
}

/** Forgets periods that ended before that time, the oldest first and so many at most. Answers how many those were. */
export async function deleteQuotasBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('quota_counters')
    .where(({ refTuple, eb, selectFrom }) =>
      eb(
        refTuple('subject', 'name', 'starts_at'),
        'in',
        selectFrom('quota_counters')
          .select(['subject', 'name', 'starts_at'])
          .where('ends_at', '<', before)
          .orderBy('ends_at')
          .limit(limit)
          .$asTuple('subject', 'name', 'starts_at'),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

import type { Limited } from '@keywright/core';
import type { Db, Dialect, Tx } from './database.ts';
import { byPlace, placeOf, type QuotaCounter, returnQuota, takeQuota } from './quota-counters.ts';

/** What a reservation was charged to. */
export interface ReservedAt {
  account: string;
  /** Whose rates. */
  limited: readonly Limited[];
  quotas: readonly (QuotaCounter & { max: number })[];
}

export interface Reservation {
  id: string;
  reserved: number;
  charged: ReservedAt;
  /** In milliseconds since 1970. */
  lapsesAt: number;
  /** Null until it is settled. */
  cost: number | null;
  /** What of the cost no quota had left. */
  uncharged: number;
}

export async function insertReservation(
  tx: Tx,
  { id, reserved, charged, lapsesAt }: Omit<Reservation, 'cost' | 'uncharged'>,
): Promise<void> {
  const row = { id, reserved, charged: JSON.stringify(charged), lapses_at: lapsesAt, cost: null, uncharged: 0 };
  await tx.insertInto('reservations').values(row).execute();
}

/**
 * Settles a reservation once: of what it cost less, quotas get the rest back, and of what it cost more, each gives as much as it has left.
 * Undefined where it was settled before, has lapsed or is not there.
 */
export async function settleReservation(
  tx: Tx,
  dialect: Dialect,
  id: string,
  cost: number,
  at: number,
): Promise<Reservation | undefined> {
  const row = await tx
    .updateTable('reservations')
    .set({ cost })
    .where('id', '=', id)
    .where('cost', 'is', null)
    .where('lapses_at', '>', at)
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const settled = reservationOf(row);
  const more = cost - settled.reserved;
  let uncharged = 0;
  for (const quota of settled.charged.quotas.toSorted(byPlace)) {
    if (more < 0) await returnQuota(tx, quota, -more);
    if (more <= 0) continue;
    const { granted } = await takeQuota(tx, dialect, quota, more, quota.max);
    uncharged = Math.max(uncharged, more - granted);
  }
  if (uncharged > 0) await tx.updateTable('reservations').set({ uncharged }).where('id', '=', id).execute();
  return { ...settled, uncharged };
}

/**
 * Ends leases of an account, with what was not used of each: quotas get that back, and they are forgotten. Those that lapsed, or are not
 * there for this account, are passed over.
 */
export async function endLeases(
  tx: Tx,
  account: string,
  ended: readonly { lease: string; unused: number }[],
  at: number,
): Promise<(Reservation & { cost: number })[]> {
  const unused = new Map(ended.map(one => [one.lease, one.unused]));
  const found = await tx
    .selectFrom('reservations')
    .selectAll()
    .where('id', 'in', [...unused.keys()])
    .where('lapses_at', '>', at)
    .execute();
  const own = found.map(reservationOf).filter(({ charged }) => charged.account === account);
  if (own.length === 0) return [];
  const ids = own.map(({ id }) => id);
  const gone = await tx.deleteFrom('reservations').where('id', 'in', ids).returning('id').execute();
  const isGone = new Set(gone.map(({ id }) => id));
  const all = own.flatMap(one => {
    const cost = Math.max(0, one.reserved - (unused.get(one.id) ?? 0));
    return isGone.has(one.id) ? [{ ...one, cost }] : [];
  });
  const returned = new Map<string, { counter: QuotaCounter; units: number }>();
  for (const { charged, reserved, cost } of all)
    for (const counter of charged.quotas) {
      const place = placeOf(counter);
      returned.set(place, { counter, units: reserved - cost + (returned.get(place)?.units ?? 0) });
    }
  for (const { counter, units } of [...returned.values()].sort((a, b) => byPlace(a.counter, b.counter)))
    if (units > 0) await returnQuota(tx, counter, units);
  return all;
}

export async function getReservation(db: Db, id: string): Promise<Reservation | undefined> {
  const row = await db.selectFrom('reservations').selectAll().where('id', '=', id).executeTakeFirst();
  return row && reservationOf(row);
}

/** Forgets those that lapsed before that time, the oldest first and so many at most. Answers how many those were. */
export async function deleteReservationsBefore(tx: Tx, before: number, limit: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('reservations')
    .where('id', 'in', eb =>
      eb.selectFrom('reservations').select('id').where('lapses_at', '<', before).orderBy('lapses_at').limit(limit),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

type Row = { id: string; reserved: number; charged: string; lapses_at: number; cost: number | null; uncharged: number };

function reservationOf({ id, reserved, charged, lapses_at: lapsesAt, cost, uncharged }: Row): Reservation {
  return { id, reserved, charged: JSON.parse(charged), lapsesAt, cost, uncharged }; // as insertReservation wrote it
}

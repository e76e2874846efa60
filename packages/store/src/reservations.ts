import type { Limited } from '@keywright/core';
import type { Db, Dialect, Tx } from './database.ts';
import { type QuotaCounter, returnQuota, takeQuota } from './quota-counters.ts';

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
  for (const quota of settled.charged.quotas) {
    if (more < 0) await returnQuota(tx, quota, -more);
    if (more <= 0) continue;
    const { granted } = await takeQuota(tx, dialect, quota, more, quota.max);
    uncharged = Math.max(uncharged, more - granted);
  }
  if (uncharged > 0) await tx.updateTable('reservations').set({ uncharged }).where('id', '=', id).execute();
  return { ...settled, uncharged };
}

/**
 * Ends leases of an account, with what was not used of each: that is given back, and they are forgotten. Those that lapsed, or are not
 * there for this account, are passed over.
 */
export async function endLeases(
  tx: Tx,
  dialect: Dialect,
  account: string,
  ended: readonly { lease: string; unused: number }[],
  at: number,
): Promise<(Reservation & { cost: number })[]> {
  const all: (Reservation & { cost: number })[] = [];
  for (const { lease, unused } of ended) {
    const leased = await getReservation(tx, lease);
    if (leased?.charged.account !== account) continue;
    const cost = Math.max(0, leased.reserved - unused);
    const settled = await settleReservation(tx, dialect, lease, cost, at);
    if (settled !== undefined) all.push({ ...settled, cost });
    await tx.deleteFrom('reservations').where('id', '=', lease).execute();
  }
  return all;
}

export async function getReservation(db: Db, id: string): Promise<Reservation | undefined> {
  const row = await db.selectFrom('reservations').selectAll().where('id', '=', id).executeTakeFirst();
  return row && reservationOf(row);
}

/** Forgets those that lapsed before that time. */
export async function deleteReservationsBefore(tx: Tx, before: number): Promise<void> {
  await tx.deleteFrom('reservations').where('lapses_at', '<', before).execute();
}

type Row = { id: string; reserved: number; charged: string; lapses_at: number; cost: number | null; uncharged: number };

function reservationOf({ id, reserved, charged, lapses_at: lapsesAt, cost, uncharged }: Row): Reservation {
  return { id, reserved, charged: JSON.parse(charged), lapsesAt, cost, uncharged }; // as insertReservation wrote it
}

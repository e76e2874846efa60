import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db, Store, Tx } from './database.ts';
import { eachOf, fetchPage, type Order, type Page, partsOf, upToPage } from './page.ts';
import type { Tables } from './tables.ts';

export interface NewEvent {
  account: string;
  at: number;
  action: string;
  actor: { kind: string; id: string; name: string | null };
  /** From where they acted, when it was another account. */
  actorAccount?: string | null;
  /** The owner whose keys it concerns, so that they can see it. */
  owner: string | null;
  target: { kind: string; id: string; name: string | null };
  details: Record<string, unknown>;
  address: string | null;
}

export interface StoredEvent extends NewEvent {
  id: number;
  seq: number;
  hash: Uint8Array;
}

/** Any number that no other advisory lock uses. */
const CHANGES_LOCK = 0x6b77_6576;
/** Longer than any change takes; whoever waits longer hears that the store is unavailable. */
const LOCK_WAIT = '5s';
export const EVENTS_AT_ONCE = 1000;

/**
 * Lets one change run after the other, to its commit, as SQLite does by itself. So what a change looked at still holds when it
 * writes, and events become visible in the order of their ids: who follows the feed never skips one that commits late. Other nodes are
 * told when it commits, and only then.
 */
export async function lockChanges(tx: Tx, { dialect, channel }: Pick<Store, 'dialect' | 'channel'>): Promise<void> {
  if (dialect !== 'postgres') return;
  await sql`set local lock_timeout = ${sql.lit(LOCK_WAIT)}`.execute(tx);
  const told = channel === undefined ? sql`` : sql`, pg_notify(${channel}, 'changed')`;
  await sql`select pg_advisory_xact_lock(${CHANGES_LOCK})${told}`.execute(tx);
}

/** Appends the events of one change to the chain of their account, in its transaction and after `lockChanges`. */
export async function appendEvents(tx: Tx, events: readonly NewEvent[]): Promise<StoredEvent[]> {
  const appended: StoredEvent[] = [];
  for (const event of events) appended.push(await append(tx, event));
  const heads = new Map(appended.map(event => [event.account, event]));
  if (heads.size > 0) await noteHeads(tx, [...heads.values()]);
  return appended;
}

async function noteHeads(tx: Tx, heads: readonly StoredEvent[]): Promise<void> {
  await tx
    .insertInto('chain_heads')
    .values(heads.map(({ account, seq, hash }) => ({ account_id: account, seq, hash })))
    .onConflict(conflict =>
      conflict.column('account_id').doUpdateSet(eb => ({ seq: eb.ref('excluded.seq'), hash: eb.ref('excluded.hash') })),
    )
    .execute();
}

async function append(tx: Tx, event: NewEvent): Promise<StoredEvent> {
  const head = await tx
    .selectFrom('events')
    .select(['seq', 'hash'])
    .where('account_id', '=', event.account)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const row = rowOf(event, (head?.seq ?? 0) + 1);
  const hash = chainHash(head?.hash, row);
  const { id } = await tx
    .insertInto('events')
    .values({ ...row, hash })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { ...event, id, seq: row.seq, hash };
}

/** SHA-256 over the hash of the event before and this event's columns in their fixed order. */
function chainHash(previous: Uint8Array | undefined, row: Omit<Tables['events'], 'id' | 'hash'>): Uint8Array {
  const columns = [
    row.account_id,
    row.seq,
    row.at,
    row.action,
    row.actor_kind,
    row.actor_id,
    row.actor_name,
    row.owner_id,
  ];
  const more = [row.target_kind, row.target_id, row.target_name, row.details, row.address];
  if (row.actor_account_id !== null) more.push(row.actor_account_id);
  return createHash('sha256')
    .update(previous ?? new Uint8Array(32))
    .update(JSON.stringify([...columns, ...more]))
    .digest();
}

/** Events after that id in the order of the whole server: what the feed follows. */
export async function eventsAfter(db: Db, id: number): Promise<StoredEvent[]> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('id', '>', id)
    .orderBy('id')
    .limit(EVENTS_AT_ONCE)
    .execute();
  return rows.map(eventOf);
}

/** The events after that place, or undefined where this database was never there: it is another one now. */
export async function eventsSince(db: Db, { id, hash }: EventPlace): Promise<StoredEvent[] | undefined> {
  const rows = await db
    .selectFrom('events')
    .selectAll()
    .where('id', '>=', id)
    .orderBy('id')
    .limit(EVENTS_AT_ONCE + 1)
    .execute();
  const events = rows.map(eventOf);
  if (id === 0) return events;
  const [there, ...later] = events;
  return there?.id === id && sameBytes(there.hash, hash) ? later : undefined;
}

/** A place in the order of all events. Another history of the database, after a backup was restored, has another hash there. */
export type EventPlace = Pick<StoredEvent, 'id' | 'hash'>;

/** The last event up to that id, or of all; before the first, id 0 and a hash of zeros, as before each chain. */
export async function lastEventUpTo(db: Db, id: number = Number.MAX_SAFE_INTEGER): Promise<EventPlace> {
  const row = await db
    .selectFrom('events')
    .select(['id', 'hash'])
    .where('id', '<=', id)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ?? { id: 0, hash: new Uint8Array(32) };
}

export async function lastEventId(db: Db): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select(eb => eb.fn.max('id').as('id'))
    .executeTakeFirst();
  return row?.id ?? 0;
}

export interface EventFilter {
  /** Only what this owner did, or what concerns its keys. */
  own?: string;
  action?: string;
  target?: string;
  actor?: string;
  since?: number;
  until?: number;
  limit: number;
  cursor?: string;
}

/** Newest first: by their place in the chain, or within a time by when they were. Each is what an index gives. */
export async function listEvents(db: Db, account: string, filter: EventFilter): Promise<Page<StoredEvent>> {
  const { own, limit, cursor } = filter;
  const timed = filter.since !== undefined || filter.until !== undefined;
  const by = timed
    ? ({ column: 'at', id: 'seq', idType: 'number' } as const)
    : ({ column: 'seq', id: 'account_id' } as const);
  const order = { ...by, type: 'number', descending: true, limit, cursor } as const;
  const query = selectFiltered(db, account, filter);
  const page = await (own === undefined ? fetchPage(query, order) : fetchPage(ownOf(db, query, own, order), order));
  return { ...page, items: page.items.map(eventOf) };
}

function selectFiltered(db: Db, account: string, { action, target, actor, since, until, cursor }: EventFilter) {
  let query = db.selectFrom('events').selectAll().where('account_id', '=', account);
  if (action !== undefined) query = query.where('action', '=', action);
  if (target !== undefined) query = query.where('target_id', '=', target);
  if (actor !== undefined) query = query.where('actor_id', '=', actor);
  if (since !== undefined) query = query.where('at', '>=', since);
  // A cursor lies further on, and the index is to begin there.
  if (until !== undefined) query = query.where(cursor === undefined ? 'at' : sql`at + 0`, '<', until);
  return query;
}

/** What concerns somebody's keys, what they did and what was done to them: a page of each by its own index, and each event once. */
function ownOf(db: Db, query: ReturnType<typeof selectFiltered>, own: string, order: Order) {
  const [from] = partsOf(order);
  const part = (column: 'owner_id' | 'actor_id' | 'target_id') =>
    db.selectFrom(upToPage(query.where(column, '=', own), order, from).as('part')).selectAll();
  const parts = part('owner_id').union(part('actor_id')).union(part('target_id'));
  return db.selectFrom(parts.as('own')).selectAll();
}

/** The newest events of each of several targets, up to the limit for each. */
export async function latestEventsOf(
  db: Db,
  account: string,
  targets: readonly string[],
  { own, limit }: Pick<EventFilter, 'own' | 'limit'>,
): Promise<StoredEvent[]> {
  const rows = await eachOf(db, targets, target =>
    whereOwn(selectFiltered(db, account, { target, limit }), own)
      .orderBy('seq', 'desc')
      .limit(limit),
  );
  return rows.map(eventOf);
}

function whereOwn(query: ReturnType<typeof selectFiltered>, own: string | undefined) {
  if (own === undefined) return query;
  return query.where(eb => eb.or([eb('owner_id', '=', own), eb('actor_id', '=', own), eb('target_id', '=', own)]));
}

/** Computes the chain again from its first event to the last that was noted, or further. */
export async function checkChain(
  db: Db,
  account: string,
  onEvents: (events: number) => void = () => {},
): Promise<{ events: number; brokenAt: number | null }> {
  const head = await db
    .selectFrom('chain_heads')
    .select(['seq', 'hash'])
    .where('account_id', '=', account)
    .executeTakeFirst();
  let previous: Uint8Array | undefined;
  let seq = 0;
  for (;;) {
    const rows = await db
      .selectFrom('events')
      .selectAll()
      .where('account_id', '=', account)
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(EVENTS_AT_ONCE)
      .execute();
    for (const row of rows) {
      const isNext = row.seq === seq + 1 && sameBytes(chainHash(previous, row), row.hash);
      if (!isNext || (row.seq === head?.seq && !sameBytes(row.hash, head.hash)))
        return { events: seq, brokenAt: seq + 1 };
      previous = row.hash;
      seq = row.seq;
    }
    onEvents(seq);
    if (rows.length < EVENTS_AT_ONCE) return { events: seq, brokenAt: (head?.seq ?? 0) > seq ? seq + 1 : null };
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function rowOf(event: NewEvent, seq: number): Omit<Tables['events'], 'id' | 'hash'> {
  return {
    account_id: event.account,
    seq,
    at: event.at,
    action: event.action,
    actor_kind: event.actor.kind,
    actor_id: event.actor.id,
    actor_name: event.actor.name,
    actor_account_id: event.actorAccount ?? null,
    owner_id: event.owner,
    target_kind: event.target.kind,
    target_id: event.target.id,
    target_name: event.target.name,
    details: JSON.stringify(event.details),
    address: event.address || null, // empty where no proxy could name it
  };
}

function eventOf(row: Omit<Tables['events'], 'id'> & { id: number }): StoredEvent {
  return {
    id: row.id,
    account: row.account_id,
    seq: row.seq,
    at: row.at,
    action: row.action,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    actorAccount: row.actor_account_id,
    owner: row.owner_id,
    target: { kind: row.target_kind, id: row.target_id, name: row.target_name },
    details: JSON.parse(row.details),
    address: row.address,
    hash: row.hash,
  };
}

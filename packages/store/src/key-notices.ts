import type { KeyId, NoticeKind, OwnerKind } from '@keywright/core';
import { sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import { lastUseOf } from './uses.ts';

/** A key of which somebody is to be told something, or to which what was told is to happen. */
export interface NoticedKey {
  key: KeyId;
  name: string | null;
  enabled: boolean;
  account: string;
  project: string | null;
  owner: string;
  createdAt: number;
  expiresAt: number | null;
  /** Since its last use, or its creation. */
  unusedSince: number;
}

/** Where a page begins: after this key in the order of the column. */
export interface After {
  at: number;
  key: string;
}

export const FROM_THE_FIRST: After = { at: -1, key: '' };

/** The keys of one page that need a notice, and where the next page begins. */
export interface NoticePage {
  keys: NoticedKey[];
  next: After | undefined;
}

/**
 * Active keys of the account, or of one project of it, that are unused since then and without a notice that says so. All keys that
 * are old enough are gone through, a page at a time, so that no query keeps others waiting.
 */
export async function findIdleKeys(
  db: Db,
  place: { account: string; project: string | null },
  { at, unusedSince }: { at: number; unusedSince: number },
  after: After,
  limit: number,
): Promise<NoticePage> {
  const query = selectKeys(db)
    .leftJoin('key_notices as n', join => join.onRef('n.key', '=', 'k.key').on('n.kind', '=', 'idle'))
    .select('n.at as noticed_at')
    .where('k.account_id', '=', place.account)
    .where('k.created_at', '<=', unusedSince)
    .where(sql<boolean>`(k.created_at, k.key) > (${after.at}, ${after.key})`);
  // Projects with a rule of their own are looked at on their own.
  const inPlace =
    place.project === null
      ? query.where(eb =>
          eb.or([eb('k.project_id', 'is', null), eb('k.project_id', 'not in', ownIdleRules(db, place.account))]),
        )
      : query.where('k.project_id', '=', place.project);
  const rows = await inPlace.orderBy('k.created_at').orderBy('k.key').limit(limit).execute();
  const idle = rows.filter(
    row =>
      row.enabled === 1 &&
      // What has expired does not work anyway.
      (row.expires_at === null || row.expires_at > at) &&
      row.unused_since <= unusedSince &&
      (row.noticed_at === null || row.noticed_at < row.unused_since),
  );
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { keys: idle.map(noticedKeyOf), next: last && { at: last.created_at, key: last.key } };
}

/** Active keys of the account that expire until then without a notice, and whose life is longer than that. */
export async function findExpiringKeys(
  db: Db,
  account: string,
  { at, noticeMs }: { at: number; noticeMs: number },
  after: After,
  limit: number,
): Promise<NoticePage> {
  const rows = await selectKeys(db)
    .leftJoin('key_notices as n', join => join.onRef('n.key', '=', 'k.key').on('n.kind', '=', 'expiring'))
    .select('n.at as noticed_at')
    .where('k.account_id', '=', account)
    .where('k.expires_at', '>', at)
    .where('k.expires_at', '<=', at + noticeMs)
    .where(sql<boolean>`(k.expires_at, k.key) > (${after.at}, ${after.key})`)
    .orderBy('k.expires_at')
    .orderBy('k.key')
    .limit(limit)
    .execute();
  // Who makes a key for a day needs no reminder.
  const long = rows.filter(
    row => row.enabled === 1 && row.noticed_at === null && (row.expires_at ?? 0) - row.created_at > noticeMs,
  );
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { keys: long.map(noticedKeyOf), next: last && { at: last.expires_at ?? 0, key: last.key } };
}

/** Keys with a notice of idleness whose time has come, with when it was given. */
export async function findDueKeys(db: Db, at: number, limit: number): Promise<(NoticedKey & { noticedAt: number })[]> {
  const rows = await selectKeys(db)
    .innerJoin('key_notices as n', 'n.key', 'k.key')
    .select('n.at as noticed_at')
    .where('n.kind', '=', 'idle')
    .where('n.due_at', '<=', at)
    .orderBy('n.due_at')
    .orderBy('n.key')
    .limit(limit)
    .execute();
  return rows.map(row => ({ ...noticedKeyOf(row), noticedAt: row.noticed_at }));
}

/** Notes that a notice is given; one that no longer held is replaced. */
export async function insertNotices(
  tx: Tx,
  kind: NoticeKind,
  at: number,
  notices: readonly { key: string; dueAt: number }[],
): Promise<void> {
  const rows = notices.map(({ key, dueAt }) => ({ key, kind, at, due_at: dueAt, mailed: 0 }));
  await tx
    .insertInto('key_notices')
    .values(rows)
    .onConflict(conflict =>
      conflict.columns(['key', 'kind']).doUpdateSet({ at, due_at: eb => eb.ref('excluded.due_at'), mailed: 0 }),
    )
    .execute();
}

export async function deleteNotices(tx: Tx, key: string, kinds: readonly NoticeKind[]): Promise<void> {
  await tx.deleteFrom('key_notices').where('key', '=', key).where('kind', 'in', kinds).execute();
}

export async function deactivateKey(tx: Tx, key: KeyId): Promise<void> {
  await tx.updateTable('access_keys').set({ enabled: 0 }).where('key', '=', key).execute();
}

/** Active accounts in the order of their ids: those whose keys the daily job looks at. */
export async function activeAccountsAfter(db: Db, id: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('accounts')
    .select('id')
    .where('id', '>', id)
    .where('active', '=', 1)
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(row => row.id);
}

/** The projects of the account that have a rule of their own on idle keys. */
export async function projectsWithIdleRule(db: Db, account: string): Promise<string[]> {
  return (await ownIdleRules(db, account).execute()).map(({ id }) => id);
}

function ownIdleRules(db: Db, account: string) {
  return db.selectFrom('projects').select('id').where('account_id', '=', account).where('idle_since', 'is not', null);
}

/** A notice that its owner has not had by mail yet. */
export interface UnmailedNotice {
  key: KeyId;
  name: string | null;
  kind: NoticeKind;
  dueAt: number;
  account: { id: string; name: string };
  owner: { kind: OwnerKind; name: string; email: string | null };
}

/** Takes notices that are to be mailed, are not too late and that no other node has taken: what is due first comes first. */
export async function takeUnmailed(tx: Tx, at: number, limit: number): Promise<UnmailedNotice[]> {
  const rows = await tx
    .selectFrom('key_notices as n')
    .innerJoin('access_keys as k', 'k.key', 'n.key')
    .innerJoin('owners as o', 'o.id', 'k.owner_id')
    .innerJoin('accounts as a', 'a.id', 'k.account_id')
    .leftJoin('members as m', 'm.id', 'o.id')
    .select(['n.key', 'n.kind', 'n.due_at', 'k.name', 'a.id', 'a.name as account_name'])
    .select(['o.kind as owner_kind', 'o.name as owner_name', 'm.email'])
    // Written out, so that the index of those that are not mailed serves.
    .where(sql<boolean>`n.mailed = 0`)
    .where('n.due_at', '>', at)
    .where('o.active', '=', 1)
    .orderBy('n.due_at')
    .orderBy('n.key')
    .orderBy('n.kind')
    .limit(limit)
    .execute();
  for (const { key, kind } of rows) await markMailed(tx, { key, kind }, true);
  return rows.map(row => ({
    key: row.key as KeyId, // only parsed key ids are ever stored
    name: row.name,
    kind: row.kind,
    dueAt: row.due_at,
    account: { id: row.id, name: row.account_name },
    owner: { kind: row.owner_kind, name: row.owner_name, email: row.email },
  }));
}

export async function markMailed(
  tx: Tx,
  { key, kind }: { key: string; kind: NoticeKind },
  mailed: boolean,
): Promise<void> {
  await tx
    .updateTable('key_notices')
    .set({ mailed: Number(mailed) })
    .where('key', '=', key)
    .where('kind', '=', kind)
    .execute();
}

/** Where those answer who administer the account, the longest in it first. */
export async function administratorEmails(db: Db, account: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('owners as o')
    .innerJoin('members as m', 'm.id', 'o.id')
    .select('m.email')
    .where('o.account_id', '=', account)
    .where('o.kind', '=', 'member')
    .where('o.role', 'in', ['owner', 'admin'])
    .where('o.active', '=', 1)
    .orderBy('o.created_at')
    .orderBy('o.id')
    .limit(limit)
    .execute();
  return rows.map(({ email }) => email);
}

function selectKeys(db: Db) {
  return db
    .selectFrom('access_keys as k')
    .innerJoin('last_uses as u', 'u.key', 'k.key')
    .select([
      'k.key',
      'k.name',
      'k.enabled',
      'k.account_id',
      'k.project_id',
      'k.owner_id',
      'k.created_at',
      'k.expires_at',
    ])
    .select(eb => eb.fn.coalesce(lastUseOf('u'), 'k.created_at').as('unused_since'));
}

function noticedKeyOf(row: Awaited<ReturnType<ReturnType<typeof selectKeys>['executeTakeFirstOrThrow']>>): NoticedKey {
  return {
    key: row.key as KeyId, // only parsed key ids are ever stored
    name: row.name,
    enabled: row.enabled === 1,
    account: row.account_id,
    project: row.project_id,
    owner: row.owner_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    unusedSince: row.unused_since,
  };
}

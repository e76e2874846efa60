import { randomInt } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { Tables } from './tables.ts';

/** A verifier in an application, as it connected. Times are milliseconds since 1970. */
export interface StoredVerifier {
  id: string;
  account: string;
  project: string | null;
  name: string | null;
  version: string | null;
  staleMaxMs: number;
  onStale: 'refuse' | 'serve';
  connectedAt: number;
  /** The owner of the key that it connected with: nobody else speaks for it. */
  by: string;
}

/**
 * Remembers that it decides, in place of what was known of it before: nothing was heard of it since it connected. Answers false when its
 * account has `max` others already.
 */
export async function saveVerifier(tx: Tx, verifier: StoredVerifier, max: number): Promise<boolean> {
  const { id, account, project, name, version, staleMaxMs, onStale, connectedAt, by } = verifier;
  const said = { name, version, stale_max_ms: staleMaxMs, on_stale: onStale, connected_at: connectedAt };
  // Those of one account come one after the other, also at several nodes.
  await tx
    .updateTable('accounts')
    .set(({ ref }) => ({ active: ref('active') }))
    .where('id', '=', account)
    .execute();
  const { others } = await tx
    .selectFrom('verifiers')
    .select(({ fn }) => fn.countAll<number>().as('others'))
    .where('account_id', '=', account)
    .where('id', '<>', id)
    .executeTakeFirstOrThrow();
  if (others >= max) return false;
  await tx
    .insertInto('verifiers')
    .values({ id, account_id: account, project_id: project, connected_by: by, ...said, beat: firstBeat() })
    .onConflict(conflict =>
      conflict
        .column('id')
        .doUpdateSet(({ ref }) => ({ ...said, sequence: 0, beat: sql`${ref('verifiers.beat')} + 1` })),
    )
    .execute();
  return true;
}

/** Words are counted from anywhere, so that one which has left and comes back says no word of before. */
export function firstBeat(): number {
  return randomInt(2 ** 40);
}

/** Forgets one that has stopped deciding, unless it has connected anew since. */
export async function deleteVerifier(
  tx: Tx,
  { id, connectedAt }: Pick<StoredVerifier, 'id' | 'connectedAt'>,
): Promise<void> {
  await tx.deleteFrom('verifiers').where('id', '=', id).where('connected_at', '=', connectedAt).execute();
}

/** All that may still decide, of one account, or of all. */
export async function allVerifiers(db: Db, account?: string): Promise<StoredVerifier[]> {
  const all = db.selectFrom('verifiers').selectAll();
  const rows = await (account === undefined ? all : all.where('account_id', '=', account)).execute();
  return rows.map(verifierOf);
}

export async function hasVerifier(db: Db, id: string): Promise<boolean> {
  const row = await db.selectFrom('verifiers').select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

export function verifierOf(row: Selectable<Tables['verifiers']>): StoredVerifier {
  return {
    id: row.id,
    account: row.account_id,
    project: row.project_id,
    name: row.name,
    version: row.version,
    staleMaxMs: row.stale_max_ms,
    onStale: row.on_stale,
    connectedAt: row.connected_at,
    by: row.connected_by,
  };
}

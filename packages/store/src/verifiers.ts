import type { Db, Tx } from './database.ts';

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

/** Remembers that it decides, in place of what was known of it before. */
export async function saveVerifier(tx: Tx, verifier: StoredVerifier): Promise<void> {
  const { id, account, project, name, version, staleMaxMs, onStale, connectedAt, by } = verifier;
  const said = { name, version, stale_max_ms: staleMaxMs, on_stale: onStale, connected_at: connectedAt };
  await tx
    .insertInto('verifiers')
    .values({ id, account_id: account, project_id: project, connected_by: by, ...said })
    .onConflict(conflict => conflict.column('id').doUpdateSet(said))
    .execute();
}

/** Forgets one that has stopped deciding, unless it has connected anew since. */
export async function deleteVerifier(
  tx: Tx,
  { id, connectedAt }: Pick<StoredVerifier, 'id' | 'connectedAt'>,
): Promise<void> {
  await tx.deleteFrom('verifiers').where('id', '=', id).where('connected_at', '=', connectedAt).execute();
}

/** All that may still decide, of all accounts: what a server begins with. */
export async function allVerifiers(db: Db): Promise<StoredVerifier[]> {
  const rows = await db.selectFrom('verifiers').selectAll().execute();
  return rows.map(row => ({
    id: row.id,
    account: row.account_id,
    project: row.project_id,
    name: row.name,
    version: row.version,
    staleMaxMs: row.stale_max_ms,
    onStale: row.on_stale,
    connectedAt: row.connected_at,
    by: row.connected_by,
  }));
}

import type { Kysely } from 'kysely';

/** Those of an account are counted whenever one connects. */
export async function verifiersByAccount(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('verifiers_by_account').on('verifiers').columns(['account_id']).execute();
}

import type { Kysely } from 'kysely';

/** Rate limits and quotas of accounts: JSON, or null for none. */
export async function accountLimits(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('accounts').addColumn('limits', 'text').execute();
}

import type { Kysely } from 'kysely';

/** Rate limits and quotas of owners: JSON, or null for none. */
export async function ownerLimits(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('owners').addColumn('limits', 'text').execute();
}

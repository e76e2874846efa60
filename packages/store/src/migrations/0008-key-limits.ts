import type { Kysely } from 'kysely';

/** Rate limits and quotas of keys: JSON, or null for none. */
export async function keyLimits(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('access_keys').addColumn('limits', 'text').execute();
}

import type { Kysely } from 'kysely';

/** How far quotas are used up in each of their periods. */
export async function quotaCounters(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('quota_counters')
    .addColumn('subject', 'text', c => c.notNull())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('starts_at', 'bigint', c => c.notNull())
    .addColumn('ends_at', 'bigint', c => c.notNull())
    .addColumn('used', 'bigint', c => c.notNull())
    .addColumn('granted', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('quota_counters_key', ['subject', 'name', 'starts_at'])
    .execute();
  await db.schema.createIndex('quota_counters_by_end').on('quota_counters').columns(['ends_at']).execute();
}

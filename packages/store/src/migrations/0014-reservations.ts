import type { Kysely } from 'kysely';

/** What was charged for uses whose cost is told later. */
export async function reservations(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('reservations')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('reserved', 'bigint', c => c.notNull())
    .addColumn('charged', 'text', c => c.notNull())
    .addColumn('lapses_at', 'bigint', c => c.notNull())
    .addColumn('cost', 'bigint')
    .addColumn('uncharged', 'bigint', c => c.notNull())
    .execute();
  await db.schema.createIndex('reservations_by_end').on('reservations').columns(['lapses_at']).execute();
}

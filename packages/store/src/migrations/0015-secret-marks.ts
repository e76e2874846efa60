import type { Kysely } from 'kysely';

/** By which nodes see that one of them has another secret. Those of versions before leave none. */
export async function secretMarks(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('nodes').addColumn('secret_mark', 'text').execute();
}

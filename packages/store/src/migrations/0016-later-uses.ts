import type { Kysely } from 'kysely';

/** A later use than the one by which the key is found in the order of last uses. */
export async function laterUses(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('last_uses').addColumn('later_at', 'bigint').execute();
}

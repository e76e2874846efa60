import type { Kysely } from 'kysely';

/**
 * Nodes on one database know each other, and each other's verifiers, by their rows. `beat` counts their words: whoever sees it stand still
 * counts by a clock of its own for how long.
 */
export async function nodes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('nodes')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('name', 'text')
    .addColumn('version', 'text')
    .addColumn('stale_max_ms', 'integer', c => c.notNull())
    .addColumn('connected_at', 'bigint', c => c.notNull())
    .addColumn('beat', 'bigint', c => c.notNull().defaultTo(0))
    .addColumn('sequence', 'bigint', c => c.notNull().defaultTo(0))
    .addColumn('lag_ms', 'bigint')
    .addColumn('entries', 'bigint')
    .addColumn('hit_rate', 'double precision')
    .execute();
  for (const counter of ['beat', 'sequence', 'batch'])
    await db.schema
      .alterTable('verifiers')
      .addColumn(counter, 'bigint', c => c.notNull().defaultTo(0))
      .execute();
  for (const [column, type] of [
    ['lag_ms', 'bigint'],
    ['entries', 'bigint'],
    ['hit_rate', 'double precision'],
  ] as const)
    await db.schema.alterTable('verifiers').addColumn(column, type).execute();
}

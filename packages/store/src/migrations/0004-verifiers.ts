import type { Kysely } from 'kysely';

/** Who decides in applications: a server that was started again must not count on those being gone whom it has not heard of yet. */
export async function verifiers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('verifiers')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('project_id', 'text', c => c.references('projects.id'))
    .addColumn('name', 'text')
    .addColumn('version', 'text')
    .addColumn('stale_max_ms', 'integer', c => c.notNull())
    .addColumn('on_stale', 'text', c => c.notNull())
    .addColumn('connected_at', 'bigint', c => c.notNull())
    .addColumn('connected_by', 'text', c => c.notNull())
    .execute();
}

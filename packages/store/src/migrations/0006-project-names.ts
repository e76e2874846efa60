import type { Kysely } from 'kysely';
import type { Dialect } from '../database.ts';

/**
 * The keys of a project by their names, without sorting all of them; on PostgreSQL it is one of large-indexes.ts. Not for those of
 * projects alone: a smaller index would be taken for other orders, too.
 */
export async function projectNames(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  if (dialect !== 'sqlite') return;
  await db.schema
    .createIndex('access_keys_by_project_name')
    .on('access_keys')
    .columns(['project_id', 'sort_name', 'key'])
    .execute();
}

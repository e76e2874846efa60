import type { Kysely } from 'kysely';

/** The keys of a project by their names, without sorting all of them. Not for those of projects alone: a smaller index would be taken for other orders, too. */
export async function projectNames(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('access_keys_by_project_name')
    .on('access_keys')
    .columns(['project_id', 'sort_name', 'key'])
    .execute();
}

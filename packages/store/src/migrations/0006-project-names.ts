import { type Kysely, sql } from 'kysely';

/** The keys of a project by their names, without sorting all of them; most keys are of none and need no place there. */
export async function projectNames(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('access_keys_by_project_name')
    .on('access_keys')
    .columns(['project_id', 'sort_name', 'key'])
    .where(sql<boolean>`project_id is not null`)
    .execute();
}

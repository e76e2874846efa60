import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

/** Within what one statement of a change may take. */
const BUILD_MS = 50_000;

/**
 * On PostgreSQL a search that finds few keys goes by groups of three letters, and need not read the texts of all keys. The extension
 * for it comes with PostgreSQL (https://www.postgresql.org/docs/current/pgtrgm.html); where it is missing or may not be created, or
 * there are too many keys to index at a start, a search finds the same, more slowly.
 */
export async function keySearch(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  if (dialect !== 'postgres') return;
  await sql`set local statement_timeout = ${sql.lit(BUILD_MS)}`.execute(db);
  // What was not yet merged into the index is read by each search, so it is kept short.
  await sql`do $$ begin
    create extension if not exists pg_trgm;
    create index access_keys_by_trigram on access_keys
      using gin (search gin_trgm_ops) with (gin_pending_list_limit = 512);
  exception when insufficient_privilege or feature_not_supported or undefined_file or undefined_object or query_canceled
    then null;
  end $$`.execute(db);
  await sql`set local statement_timeout to default`.execute(db);
}

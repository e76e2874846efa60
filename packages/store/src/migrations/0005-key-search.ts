import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

/**
 * On PostgreSQL a search that finds few keys goes by groups of three letters (large-indexes.ts), and need not read the texts of all
 * keys. The extension for it comes with PostgreSQL (https://www.postgresql.org/docs/current/pgtrgm.html); where it is missing or may
 * not be created, a search finds the same, more slowly.
 */
export async function keySearch(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  if (dialect !== 'postgres') return;
  await sql`do $$ begin
    create extension if not exists pg_trgm;
  exception when insufficient_privilege or feature_not_supported or undefined_file or undefined_object
    then null;
  end $$`.execute(db);
}

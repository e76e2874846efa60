import { type Kysely, sql } from 'kysely';
import type { Tables } from '../tables.ts';

/**
 * Indexes of tables that may be large when they come to be, by name, on PostgreSQL. They are built after all steps and beside them, so
 * that nobody waits with changes until a million keys are in one.
 */
export const LARGE_INDEXES: Readonly<Record<string, string>> = {
  access_keys_by_project_name: 'on access_keys (project_id, sort_name, key)',
  // What was not yet merged into the index is read by each search, so it is kept short.
  access_keys_by_trigram: 'on access_keys using gin (search gin_trgm_ops) with (gin_pending_list_limit = 512)',
};

/** Any number that no other advisory lock uses. */
const INDEXES_LOCK = 0x6b77_6978;
const TRIES_MAX = 5;
const DEADLOCK = '40P01';
const NO_SUCH_OPERATORS = '42704';

/**
 * Builds what lacks, without keeping anybody from reading and writing. Of several nodes one builds; the others serve without meanwhile,
 * as everything is found without, only later.
 */
export async function buildLargeIndexes(db: Kysely<Tables>, indexes: typeof LARGE_INDEXES): Promise<void> {
  const missing = await missingOf(db, indexes);
  if (missing.length === 0) return;
  // The lock is a transaction's, so that it goes with its connection; an index can not be built within one. A statement with parameters
  // would keep its snapshot until the next, and the building of an index waits for all snapshots of before.
  await db.transaction().execute(async holder => {
    const { rows } = await sql<{
      got: boolean;
    }>`select pg_try_advisory_xact_lock(${sql.lit(INDEXES_LOCK)}) as got`.execute(holder);
    if (!rows[0]?.got) return;
    // The holder of the lock does nothing meanwhile, and is not to be ended for that.
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(holder);
    for (const [name, on] of await missingOf(db, indexes)) await build(db, name, on);
  });
}

async function missingOf(db: Kysely<Tables>, indexes: typeof LARGE_INDEXES): Promise<[name: string, on: string][]> {
  const { rows } = await sql<{ name: string }>`select c.relname as name
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indisvalid and c.relnamespace = current_schema()::regnamespace`.execute(db);
  const there = new Set(rows.map(({ name }) => name));
  return Object.entries(indexes).filter(([name]) => !there.has(name));
}

async function build(db: Kysely<Tables>, name: string, on: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      // What a crash left half built is begun anew.
      await sql`drop index concurrently if exists ${sql.ref(name)}`.execute(db);
      await sql`create index concurrently ${sql.ref(name)} ${sql.raw(on)}`.execute(db);
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      // The extension pg_trgm could not be created: searches do without.
      if (code === NO_SUCH_OPERATORS) return;
      // With a change of the table by another node, which may be of a later version.
      if (code !== DEADLOCK || tries === TRIES_MAX) throw error;
    }
  }
}

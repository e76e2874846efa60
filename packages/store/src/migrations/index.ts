import { setTimeout } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import { type Migration, type MigrationProvider, type MigrationResultSet, Migrator } from 'kysely/migration';
import type { Dialect } from '../database.ts';
import { SILENT_MS } from '../postgres.ts';
import type { Tables } from '../tables.ts';
import { begin } from './0001-begin.ts';
import { permissions } from './0002-permissions.ts';
import { indexes } from './0003-indexes.ts';
import { verifiers } from './0004-verifiers.ts';
import { keySearch } from './0005-key-search.ts';
import { projectNames } from './0006-project-names.ts';
import { chainHeads } from './0007-chain-heads.ts';
import { keyLimits } from './0008-key-limits.ts';
import { ownerLimits } from './0009-owner-limits.ts';
import { accountLimits } from './0010-account-limits.ts';
import { quotaCounters } from './0011-quota-counters.ts';
import { nodes } from './0012-nodes.ts';
import { verifiersByAccount } from './0013-verifiers-by-account.ts';
import { reservations } from './0014-reservations.ts';
import { secretMarks } from './0015-secret-marks.ts';
import { laterUses } from './0016-later-uses.ts';

export type Step = (db: Kysely<unknown>, dialect: Dialect) => Promise<void>;

/**
 * Each runs once, in the order of its name. One that has been released is never changed. It only adds, so that nodes of the version
 * before go on meanwhile and afterwards; one that takes away what those need says so in its name (`0042-contract-…`), and comes a
 * version later. See docs/upgrading.md.
 */
export const STEPS: Readonly<Record<string, Step>> = {
  '0001-begin': begin,
  '0002-permissions': permissions,
  '0003-indexes': indexes,
  '0004-verifiers': verifiers,
  '0005-key-search': keySearch,
  '0006-project-names': projectNames,
  '0007-chain-heads': chainHeads,
  '0008-key-limits': keyLimits,
  '0009-owner-limits': ownerLimits,
  '0010-account-limits': accountLimits,
  '0011-quota-counters': quotaCounters,
  '0012-nodes': nodes,
  '0013-verifiers-by-account': verifiersByAccount,
  '0014-reservations': reservations,
  '0015-secret-marks': secretMarks,
  '0016-later-uses': laterUses,
};

const TAKES_AWAY = /^\d+-contract-/;
/** A step that waits for a table makes all others wait behind it: it gives up soon, and comes again. */
const LOCK_WAIT = '2s';
const TRIES_MAX = 60;
/** Kysely's own, so that its versions wait for each other, too. */
const MIGRATION_LOCK = 3_853_314_791_062_309_107n;
const BETWEEN_TRIES_MS = 500;

/** Brings the schema up to date; safe to call at every start and from several nodes at once. Each step is a transaction of its own on PostgreSQL. */
export async function migrate(db: Kysely<Tables>, dialect: Dialect, steps: typeof STEPS = STEPS): Promise<void> {
  for (let tries = 0; ; ) {
    const done = await stepsDone(db);
    const known = { ...migrationsOf(steps, dialect), ...addedByOthers(done, steps) };
    const provider = { getMigrations: async () => known };
    // SQLite has one transaction around all of it.
    const { error, results = [] } = await (dialect === 'sqlite'
      ? new Migrator({ db, provider }).migrateToLatest()
      : migrateUp(db, provider));
    if (error === undefined && results.length === 0) return;
    if (error === undefined || (await stepsDone(db)).length > done.length) continue;
    if (!isInTheWay(error) || ++tries > TRIES_MAX) throw error;
    await setTimeout(BETWEEN_TRIES_MS);
  }
}

/**
 * One step, under a lock that ends with its transaction. Kysely's own is one of the session (postgres.ts leaves it out): behind PgBouncer the
 * statement that frees it may reach another session, and whoever comes later would wait for an hour.
 */
async function migrateUp(db: Kysely<Tables>, provider: MigrationProvider): Promise<MigrationResultSet> {
  try {
    return await db.transaction().execute(async tx => {
      // A step may take as long as it wants within the database; who stands still between two statements lets go of its locks.
      await sql`set local idle_in_transaction_session_timeout = ${sql.lit(SILENT_MS)}`.execute(tx);
      await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(tx);
      const done = await new Migrator({ db: tx, provider }).migrateUp();
      if (done.error !== undefined) throw done.error; // so that it is rolled back
      return done;
    });
  } catch (error) {
    return { error };
  }
}

/** Throws where a later version has changed the schema in a way that this one can not serve. */
export async function demandServable(db: Kysely<Tables>): Promise<void> {
  addedByOthers(await stepsDone(db), STEPS);
}

/** Throws unless the schema is as this version makes it, with what a later one may have added. */
export async function demandCurrent(db: Kysely<Tables>): Promise<void> {
  const done = await stepsDone(db);
  addedByOthers(done, STEPS);
  if (Object.keys(STEPS).some(name => !done.includes(name)))
    throw new Error('its schema is of an earlier version: start Keywright once, which brings it up to date');
}

async function stepsDone(db: Kysely<Tables>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (tables.some(({ name }) => name === 'moving'))
    throw new Error('a move into it is not finished: run keywright move again');
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return rows.map(({ name }) => name);
}

function migrationsOf(steps: typeof STEPS, dialect: Dialect): Record<string, Migration> {
  const up = (step: Step) => async (db: Kysely<unknown>) => {
    if (dialect === 'postgres') await sql`set local lock_timeout = ${sql.lit(LOCK_WAIT)}`.execute(db);
    await step(db, dialect);
  };
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, { up: up(step) }]));
}

/** The steps of a later version, which are done already. Throws where one of them took away what this version needs. */
function addedByOthers(done: readonly string[], steps: typeof STEPS): Record<string, Migration> {
  const later = done.filter(name => !(name in steps));
  const hindrance = later.find(name => TAKES_AWAY.test(name));
  if (hindrance !== undefined) {
    const wayOut = 'start that version, or restore the backup of before (docs/upgrading.md)';
    throw new Error(
      `a later version of Keywright has changed it in a way that this one can not serve (${hindrance}): ${wayOut}`,
    );
  }
  return Object.fromEntries(later.map(name => [name, { up: async () => {} }]));
}

/** Somebody holds a table, or an index of it is being built: lock_not_available, deadlock_detected. */
function isInTheWay(error: unknown): boolean {
  return ['55P03', '40P01'].includes((error as { code?: string }).code ?? '');
}

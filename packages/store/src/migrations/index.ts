import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Dialect } from '../database.ts';
import type { Tables } from '../tables.ts';
import { begin } from './0001-begin.ts';
import { permissions } from './0002-permissions.ts';
import { indexes } from './0003-indexes.ts';
import { verifiers } from './0004-verifiers.ts';
import { keySearch } from './0005-key-search.ts';
import { projectNames } from './0006-project-names.ts';

type Step = (db: Kysely<unknown>, dialect: Dialect) => Promise<void>;

/** Each runs once, in the order of its name. One that has been released is never changed. */
const STEPS: Record<string, Step> = {
  '0001-begin': begin,
  '0002-permissions': permissions,
  '0003-indexes': indexes,
  '0004-verifiers': verifiers,
  '0005-key-search': keySearch,
  '0006-project-names': projectNames,
};

/** Brings the schema up to date; safe to call at every start and from several nodes at once. */
export async function migrate(db: Kysely<Tables>, dialect: Dialect): Promise<void> {
  const steps = Object.entries(STEPS).map(([name, step]): [string, Migration] => [
    name,
    { up: handle => step(handle, dialect) },
  ]);
  const migrator = new Migrator({ db, provider: { getMigrations: async () => Object.fromEntries(steps) } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

import { type Kysely, sql } from 'kysely';
import { STEPS } from '../../packages/store/src/migrations/index.ts';
import { LARGE_INDEXES } from '../../packages/store/src/migrations/large-indexes.ts';

const withPurpose = (table: string) => async (db: Kysely<unknown>) => {
  await db.schema
    .alterTable(table)
    .addColumn('purpose', 'text', c => c.notNull().defaultTo('none'))
    .execute();
};

/** What a version after this one may bring: columns, a table and a large index, all of them only added, one table a step. */
export const NEXT_STEPS: typeof STEPS = {
  ...STEPS,
  '9001-purposes-of-keys': withPurpose('access_keys'),
  '9002-purposes-of-accounts': withPurpose('accounts'),
  '9003-purposes-of-events': withPurpose('events'),
  '9004-purposes-of-uses': withPurpose('last_uses'),
  '9005-labels': async (db: Kysely<unknown>) => {
    await db.schema
      .createTable('labels')
      .addColumn('key', 'text', c => c.primaryKey().references('access_keys.key').onDelete('cascade'))
      .addColumn('label', 'text', c => c.notNull())
      .execute();
    await sql`insert into labels (key, label) select key, 'old' from access_keys`.execute(db);
  },
};

export const NEXT_INDEXES: typeof LARGE_INDEXES = {
  ...LARGE_INDEXES,
  access_keys_by_permission: 'on access_keys (account_id, permission, key)',
};

/** And one after that, which takes away what this version needs. */
export const LAST_STEPS: typeof STEPS = {
  ...NEXT_STEPS,
  '9006-contract-tags': async (db: Kysely<unknown>) => {
    await db.schema.alterTable('access_keys').dropColumn('tags').execute();
  },
};

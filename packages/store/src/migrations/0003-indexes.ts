import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

/** What was found by walking a log, all keys of an account or all old notices is found by an index. */
export async function indexes(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema.createIndex('events_by_action').on('events').columns(['account_id', 'action', 'seq']).execute();
  await db.schema.createIndex('events_by_time').on('events').columns(['account_id', 'at', 'seq']).execute();
  // By when they are due, so that those whose time is past are not looked at again.
  await db.schema.dropIndex('key_notices_unmailed').execute();
  await db.schema
    .createIndex('key_notices_unmailed')
    .on('key_notices')
    .columns(['due_at', 'key', 'kind'])
    .where(sql<boolean>`mailed = 0`)
    .execute();
  await makeGrantedApis(db, dialect);
}

async function makeGrantedApis(db: Kysely<unknown>, dialect: Dialect) {
  await db.schema
    .createTable('granted_apis')
    .addColumn('key', 'text', c => c.notNull().references('access_keys.key').onDelete('cascade'))
    .addColumn('api_id', 'text', c => c.notNull())
    .addColumn('account_id', 'text', c => c.notNull())
    .addPrimaryKeyConstraint('granted_apis_key', ['key', 'api_id'])
    .$call(table => (dialect === 'sqlite' ? table.modifyEnd(sql`without rowid`) : table))
    .execute();
  const grants = sql.raw(dialect === 'sqlite' ? 'k.grants' : 'k.grants::json');
  await sql`insert into granted_apis (key, api_id, account_id)
    select k.key, g.key, k.account_id from access_keys k, json_each(${grants}) g where k.grants <> '{}'`.execute(db);
  // Not by the API alone: the built-in one has the same id in every account.
  await db.schema
    .createIndex('granted_apis_by_api')
    .on('granted_apis')
    .columns(['account_id', 'api_id', 'key'])
    .execute();
}

import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

/** Projects with names to sort by, APIs with endpoints, grants, accounts that manage accounts, notices, and keys from elsewhere. */
export async function permissions(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const sortName = dialect === 'sqlite' ? 'text' : sql`text collate "C"`;
  const bytes = dialect === 'sqlite' ? 'blob' : 'bytea';
  await extendAccounts(db, sortName);
  await extendProjects(db, sortName);
  await extendKeys(db, bytes);
  await makeApis(db, sortName);
}

type SortName = 'text' | ReturnType<typeof sql>;

async function extendAccounts(db: Kysely<unknown>, sortName: SortName) {
  await db.schema
    .alterTable('accounts')
    .addColumn('managed_by', 'text', c => c.references('accounts.id'))
    .execute();
  await db.schema
    .alterTable('accounts')
    .addColumn('sort_name', sortName, c => c.notNull().defaultTo(''))
    .execute();
  await db.schema.alterTable('accounts').addColumn('idle_since', 'bigint').execute();
  await sql`update accounts set sort_name = lower(name)`.execute(db);
  await db.schema.createIndex('accounts_by_manager').on('accounts').columns(['managed_by', 'id']).execute();
  // From which account somebody acted, where it was not this one.
  await db.schema.alterTable('events').addColumn('actor_account_id', 'text').execute();
}

async function extendProjects(db: Kysely<unknown>, sortName: SortName) {
  await db.schema.alterTable('projects').addColumn('archived_at', 'bigint').execute();
  await db.schema.alterTable('projects').addColumn('idle_since', 'bigint').execute();
  await db.schema
    .alterTable('projects')
    .addColumn('key_policy', 'text', c => c.notNull().defaultTo('{}'))
    .execute();
  await db.schema
    .alterTable('projects')
    .addColumn('sort_name', sortName, c => c.notNull().defaultTo(''))
    .execute();
  await db.schema
    .alterTable('projects')
    .addColumn('search', 'text', c => c.notNull().defaultTo(''))
    .execute();
  await sql`update projects set sort_name = lower(name), search = lower(name) || ${'\n'} || lower(coalesce(description, ''))`.execute(
    db,
  );
  await db.schema.createIndex('projects_by_name').on('projects').columns(['account_id', 'sort_name', 'id']).execute();
  await db.schema.createIndex('projects_by_age').on('projects').columns(['account_id', 'created_at', 'id']).execute();
}

async function extendKeys(db: Kysely<unknown>, bytes: 'blob' | 'bytea') {
  // The keys of a project are listed by age, as those of an account are.
  await db.schema.dropIndex('access_keys_by_project').execute();
  await db.schema
    .createIndex('access_keys_by_project')
    .on('access_keys')
    .columns(['project_id', 'created_at', 'key'])
    .execute();
  await db.schema
    .alterTable('access_keys')
    .addColumn('grants', 'text', c => c.notNull().defaultTo('{}'))
    .execute();
  await db.schema
    .createIndex('access_keys_by_search')
    .on('access_keys')
    .columns(['account_id', 'search', 'key'])
    .execute();
  await db.schema
    .alterTable('last_uses')
    .addColumn('account_id', 'text', c => c.notNull().defaultTo(''))
    .execute();
  await sql`update last_uses set account_id = (select account_id from access_keys k where k.key = last_uses.key)`.execute(
    db,
  );
  // As SQLite has them anyway: what was never used comes first.
  const nulls = sql.raw(bytes === 'bytea' ? ' nulls first' : '');
  await sql`create index last_uses_by_time on last_uses (account_id, at${nulls}, key)`.execute(db);
  await db.schema
    .createTable('key_notices')
    .addColumn('key', 'text', c => c.notNull().references('access_keys.key').onDelete('cascade'))
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .addColumn('due_at', 'bigint', c => c.notNull())
    .addColumn('mailed', 'integer', c => c.notNull())
    .addPrimaryKeyConstraint('key_notices_key', ['key', 'kind'])
    .execute();
  await db.schema.createIndex('key_notices_by_due').on('key_notices').columns(['kind', 'due_at', 'key']).execute();
  await db.schema
    .createIndex('key_notices_unmailed')
    .on('key_notices')
    .columns(['key', 'kind'])
    .where(sql<boolean>`mailed = 0`)
    .execute();
  // Only what expires: most keys do not, and are inserted without it.
  await db.schema
    .createIndex('access_keys_by_expiry')
    .on('access_keys')
    .columns(['account_id', 'expires_at', 'key'])
    .where('expires_at', 'is not', null)
    .execute();
  // How the secrets of keys that came from elsewhere are found and proven.
  await db.schema
    .createTable('legacy_schemes')
    .addColumn('scheme', 'text', c => c.primaryKey())
    .execute();
  await db.schema
    .createTable('legacy_secrets')
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('lookup', bytes, c => c.notNull())
    .addColumn('key', 'text', c => c.notNull().references('access_keys.key').onDelete('cascade'))
    .addColumn('scheme', 'text', c => c.notNull())
    .addColumn('hash', 'text', c => c.notNull())
    .addPrimaryKeyConstraint('legacy_secrets_key', ['lookup', 'key'])
    .execute();
  await db.schema.createIndex('legacy_secrets_by_key').on('legacy_secrets').columns(['key']).execute();
}

async function makeApis(db: Kysely<unknown>, sortName: SortName) {
  await db.schema
    .createTable('apis')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('project_id', 'text', c => c.references('projects.id'))
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('description', 'text')
    .addColumn('base_path', 'text')
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('sort_name', sortName, c => c.notNull())
    .addColumn('search', 'text', c => c.notNull())
    .execute();
  await db.schema.createIndex('apis_by_name').on('apis').columns(['account_id', 'sort_name', 'id']).execute();
  await db.schema.createIndex('apis_by_age').on('apis').columns(['account_id', 'created_at', 'id']).execute();
  await db.schema.createIndex('apis_by_project').on('apis').columns(['project_id', 'sort_name', 'id']).execute();
  await db.schema
    .createTable('endpoints')
    .addColumn('api_id', 'text', c => c.notNull().references('apis.id').onDelete('cascade'))
    .addColumn('id', 'text', c => c.notNull())
    .addColumn('method', 'text', c => c.notNull())
    .addColumn('path', sortName, c => c.notNull())
    .addColumn('reads', 'integer', c => c.notNull())
    .addColumn('name', 'text')
    .addColumn('summary', 'text')
    .addColumn('tag', 'text')
    .addColumn('search', 'text', c => c.notNull())
    .addPrimaryKeyConstraint('endpoints_key', ['api_id', 'id'])
    .execute();
  await db.schema.createIndex('endpoints_by_path').on('endpoints').columns(['api_id', 'path', 'id']).execute();
}

import { type ColumnDataType, type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Dialect } from '../database.ts';

type Type = ColumnDataType | RawBuilder<unknown>;

/** Where the dialects differ: four things. */
interface Forms {
  bytes: Type;
  /** Names to sort by, which must sort alike in both. */
  sortName: Type;
  /** Rows that are found by their primary key: SQLite then keeps them in its tree and needs one look-up, not two. */
  clustered: (table: CreateTableBuilder<string, string>) => CreateTableBuilder<string, string>;
  /** A number that counts up by itself and is never given twice. */
  counted: (table: CreateTableBuilder<string, never>) => CreateTableBuilder<string, 'id'>;
}

const SQLITE: Forms = {
  bytes: 'blob',
  sortName: 'text',
  clustered: table => table.modifyEnd(sql`without rowid`),
  counted: table => table.addColumn('id', 'integer', c => c.primaryKey().autoIncrement()),
};

const POSTGRES: Forms = {
  bytes: 'bytea',
  sortName: sql`text collate "C"`,
  clustered: table => table,
  counted: table => table.addColumn('id', 'bigserial', c => c.primaryKey()),
};

/** The whole of the first schema. Only what is short is indexed: PostgreSQL takes up to 2,700 bytes. */
export async function begin(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const forms = dialect === 'sqlite' ? SQLITE : POSTGRES;
  await makeOwners(db, forms);
  await makeKeys(db, forms);
  await makeEvents(db, forms);
  await makeSignIn(db);
}

async function makeOwners(db: Kysely<unknown>, { bytes, sortName, clustered }: Forms) {
  await db.schema
    .createTable('accounts')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('active', 'integer', c => c.notNull())
    .addColumn('key_policy', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .$call(clustered)
    .execute();
  await db.schema
    .createTable('owners')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('kind', 'text', c => c.notNull())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('role', 'text', c => c.notNull())
    .addColumn('active', 'integer', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('sort_name', sortName, c => c.notNull())
    .addColumn('search', 'text', c => c.notNull())
    .$call(clustered)
    .execute();
  await db.schema
    .createIndex('owners_by_name')
    .on('owners')
    .columns(['account_id', 'kind', 'sort_name', 'id'])
    .execute();
  await db.schema
    .createIndex('owners_by_age')
    .on('owners')
    .columns(['account_id', 'kind', 'created_at', 'id'])
    .execute();
  await db.schema
    .createTable('members')
    .addColumn('id', 'text', c => c.primaryKey().references('owners.id').onDelete('cascade'))
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('person_id', 'text')
    .addColumn('email', 'text', c => c.notNull())
    .addColumn('invitation_digest', bytes, c => c.unique())
    .addColumn('invitation_expires_at', 'bigint')
    .addUniqueConstraint('members_one_per_email', ['account_id', 'email'])
    .execute();
  await db.schema.createIndex('members_by_person').on('members').columns(['person_id']).execute();
  await db.schema
    .createTable('service_accounts')
    .addColumn('id', 'text', c => c.primaryKey().references('owners.id').onDelete('cascade'))
    .addColumn('description', 'text')
    .execute();
  await db.schema
    .createTable('projects')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('description', 'text')
    .addColumn('created_at', 'bigint', c => c.notNull())
    .execute();
}

async function makeKeys(db: Kysely<unknown>, { bytes, sortName, clustered, counted }: Forms) {
  await db.schema
    .createTable('access_keys')
    .addColumn('key', 'text', c => c.primaryKey())
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('owner_id', 'text', c => c.notNull().references('owners.id'))
    .addColumn('creator_kind', 'text', c => c.notNull())
    .addColumn('creator_id', 'text', c => c.notNull())
    .addColumn('creator_name', 'text')
    .addColumn('project_id', 'text', c => c.references('projects.id'))
    .addColumn('digest', bytes, c => c.notNull())
    .addColumn('name', 'text')
    .addColumn('description', 'text')
    .addColumn('enabled', 'integer', c => c.notNull())
    .addColumn('permission', 'text', c => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('not_before', 'bigint')
    .addColumn('networks', 'text', c => c.notNull())
    .addColumn('tags', 'text', c => c.notNull())
    .addColumn('legacy', 'integer', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addColumn('sort_name', sortName)
    .addColumn('search', 'text', c => c.notNull())
    .$call(clustered)
    .execute();
  await db.schema
    .createIndex('access_keys_by_age')
    .on('access_keys')
    .columns(['account_id', 'created_at', 'key'])
    .execute();
  await db.schema
    .createIndex('access_keys_by_owner')
    .on('access_keys')
    .columns(['owner_id', 'created_at', 'key'])
    .execute();
  await db.schema
    .createIndex('access_keys_by_name')
    .on('access_keys')
    .columns(['account_id', 'sort_name', 'key'])
    .execute();
  await db.schema.createIndex('access_keys_by_project').on('access_keys').columns(['project_id']).execute();
  await db.schema
    .createTable('last_uses')
    .addColumn('key', 'text', c => c.primaryKey().references('access_keys.key').onDelete('cascade'))
    .addColumn('at', 'bigint')
    .addColumn('address', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('api', 'text')
    .$call(clustered)
    .execute();
  await counted(db.schema.createTable('use_batches'))
    .addColumn('uses', 'text', c => c.notNull())
    .execute();
  await db.schema
    .createTable('used_days')
    .addColumn('key', 'text', c => c.notNull().references('access_keys.key').onDelete('cascade'))
    .addColumn('day', 'integer', c => c.notNull())
    .addColumn('count', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('used_days_key', ['key', 'day'])
    .$call(clustered)
    .execute();
}

async function makeEvents(db: Kysely<unknown>, { bytes, counted }: Forms) {
  await counted(db.schema.createTable('events'))
    .addColumn('account_id', 'text', c => c.notNull().references('accounts.id'))
    .addColumn('seq', 'bigint', c => c.notNull())
    .addColumn('at', 'bigint', c => c.notNull())
    .addColumn('action', 'text', c => c.notNull())
    .addColumn('actor_kind', 'text', c => c.notNull())
    .addColumn('actor_id', 'text', c => c.notNull())
    .addColumn('actor_name', 'text')
    .addColumn('owner_id', 'text')
    .addColumn('target_kind', 'text', c => c.notNull())
    .addColumn('target_id', 'text', c => c.notNull())
    .addColumn('target_name', 'text')
    .addColumn('details', 'text', c => c.notNull())
    .addColumn('address', 'text')
    .addColumn('hash', bytes, c => c.notNull())
    .addUniqueConstraint('events_in_chain', ['account_id', 'seq'])
    .execute();
  await db.schema.createIndex('events_by_target').on('events').columns(['account_id', 'target_id', 'seq']).execute();
  await db.schema.createIndex('events_by_actor').on('events').columns(['account_id', 'actor_id', 'seq']).execute();
  await db.schema.createIndex('events_by_owner').on('events').columns(['account_id', 'owner_id', 'seq']).execute();
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('caller', 'text', c => c.notNull())
    .addColumn('digest', bytes, c => c.notNull())
    .addColumn('operation', 'text', c => c.notNull())
    .addColumn('input', bytes, c => c.notNull())
    .addColumn('answer', 'text', c => c.notNull())
    .addColumn('created_at', 'bigint', c => c.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_key', ['caller', 'digest'])
    .execute();
  await db.schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').columns(['created_at']).execute();
}

/** The tables of better-auth 1.7, which signs people in. Source: its schema of core tables. */
async function makeSignIn(db: Kysely<unknown>) {
  await db.schema
    .createTable('people')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('name', 'text', c => c.notNull())
    .addColumn('email', 'text', c => c.notNull().unique())
    .addColumn('emailVerified', 'integer', c => c.notNull().defaultTo(sql`0`))
    .addColumn('image', 'text')
    .addColumn('createdAt', 'text', c => c.notNull())
    .addColumn('updatedAt', 'text', c => c.notNull())
    .execute();
  const signIns = db.schema
    .createTable('sign_ins')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('accountId', 'text', c => c.notNull())
    .addColumn('providerId', 'text', c => c.notNull())
    .addColumn('userId', 'text', c => c.notNull().references('people.id').onDelete('cascade'));
  await ['accessToken', 'refreshToken', 'idToken', 'accessTokenExpiresAt', 'refreshTokenExpiresAt', 'scope', 'password']
    .reduce((table, column) => table.addColumn(column, 'text'), signIns)
    .addColumn('createdAt', 'text', c => c.notNull())
    .addColumn('updatedAt', 'text', c => c.notNull())
    .execute();
  await db.schema.createIndex('sign_ins_by_person').on('sign_ins').columns(['userId']).execute();
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('userId', 'text', c => c.notNull().references('people.id').onDelete('cascade'))
    .addColumn('token', 'text', c => c.notNull().unique())
    .addColumn('expiresAt', 'text', c => c.notNull())
    .addColumn('createdAt', 'text', c => c.notNull())
    .addColumn('updatedAt', 'text', c => c.notNull())
    .addColumn('ipAddress', 'text')
    .addColumn('userAgent', 'text')
    .execute();
  await db.schema.createIndex('sessions_by_person').on('sessions').columns(['userId']).execute();
  await db.schema
    .createTable('verifications')
    .addColumn('id', 'text', c => c.primaryKey())
    .addColumn('identifier', 'text', c => c.notNull())
    .addColumn('value', 'text', c => c.notNull())
    .addColumn('expiresAt', 'text', c => c.notNull())
    .addColumn('createdAt', 'text', c => c.notNull())
    .addColumn('updatedAt', 'text', c => c.notNull())
    .execute();
}

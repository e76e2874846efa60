import type { ApiFacts, KeyId, ProvableFacts } from '@keywright/core';
import { Kysely, type Transaction } from 'kysely';
import type pg from 'pg';
import { type ApiFactsRow, apiFactsOf, apiFactsQuery } from './api-facts.ts';
import { type FactsRow, factsOf, factsQuery } from './facts.ts';
import { migrate } from './migrations/index.ts';
import { openPostgres, postgresDialect } from './postgres.ts';
import { onceFree, openSqlite, sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';
import { postgresUseWriter, sqliteUseWriter, type UseWriter } from './uses.ts';

export type Dialect = 'sqlite' | 'postgres';
/** A handle for reading. */
export type Db = Kysely<Tables>;
/** A handle for writing: only `Store.transact` gives it. */
export type Tx = Transaction<Tables>;

/** How the connections of one pool stand. */
export interface Pool {
  name: 'reading' | 'changing';
  connections: number;
  idle: number;
  /** Queries that wait for a connection. */
  waiting: number;
}

export interface Store extends AsyncDisposable {
  readonly dialect: Dialect;
  /** Sees only what is committed. */
  readonly db: Db;
  /** For better-auth, which brings its own transactions. */
  readonly signInDb: Db;
  /** Runs the work in one transaction; when it resolves, everything is on disk. */
  transact<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** The same for counters, which wait for no change (PostgreSQL). */
  transactBeside<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** One joined row; at once on SQLite. */
  findFacts(key: KeyId): ProvableFacts | undefined | Promise<ProvableFacts | undefined>;
  /** An API with its endpoints by one statement; at once on SQLite. */
  findApi(id: string): ApiFacts | undefined | Promise<ApiFacts | undefined>;
  readonly uses: UseWriter;
  /** None on SQLite. */
  pools(): Pool[];
}

/** Opens the database (`postgres://…`, or the path of a SQLite file) and brings its schema up to date. */
export async function openStore(location: string, onError: (error: Error) => void = () => {}): Promise<Store> {
  return /^postgres(ql)?:/.test(location) ? openOnPostgres(location, onError) : openOnSqlite(location);
}

async function openOnSqlite(file: string): Promise<Store> {
  const connection = openSqlite(file);
  const writer = new Kysely<Tables>({ dialect: sqliteDialect(connection) });
  // One transaction: a crash in the middle leaves no half of a schema, and who opens at the same time waits.
  connection.exec('begin immediate');
  await migrateOrClose(writer, 'sqlite');
  connection.exec('commit');
  const recording = openSqlite(file);
  // A connection of its own never sees the uncommitted half of a transaction.
  const reading = openSqlite(file, { readOnly: true });
  const reader = new Kysely<Tables>({ dialect: sqliteDialect(reading) });
  const find = reading.prepare(factsQuery(reader).sql);
  find.setReturnArrays(true);
  const findRows = reading.prepare(apiFactsQuery(reader).sql);
  findRows.setReturnArrays(true);
  return {
    dialect: 'sqlite',
    db: reader,
    signInDb: writer,
    transact: work => onceFree(() => writer.transaction().execute(work)),
    transactBeside: work => onceFree(() => writer.transaction().execute(work)),
    findFacts(key) {
      const row = find.get(key);
      return row === undefined ? undefined : factsOf(row as unknown as FactsRow); // the columns that factsQuery selects
    },
    findApi: id => apiFactsOf(findRows.all(id) as unknown as ApiFactsRow[]), // the columns that apiFactsQuery selects
    uses: sqliteUseWriter(recording, work => onceFree(() => writer.connection().execute(work))),
    pools: () => [],
    async [Symbol.asyncDispose]() {
      recording.close();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

/** A database that cannot be brought up to date is let go of: an open connection would keep the process from ending. */
async function migrateOrClose(db: Kysely<Tables>, dialect: Dialect): Promise<void> {
  try {
    await migrate(db, dialect);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

const READ_MS = 5000;
const CHANGE_MS = 60_000;
/** A large index takes as long as it takes. */
const UNBOUNDED_MS = 0;

async function openOnPostgres(url: string, onError: (error: Error) => void): Promise<Store> {
  const migrating = new Kysely<Tables>({ dialect: postgresDialect(openPostgres(url, onError, UNBOUNDED_MS)) });
  await migrateOrClose(migrating, 'postgres');
  await migrating.destroy();
  const changing = openPostgres(url, onError, CHANGE_MS);
  const writer = new Kysely<Tables>({ dialect: postgresDialect(changing) });
  // Connections of their own: reading goes on while changes wait for each other.
  const pool = openPostgres(url, onError, READ_MS);
  const db = new Kysely<Tables>({ dialect: postgresDialect(pool) });
  const text = factsQuery(db).sql;
  const apiText = apiFactsQuery(db).sql;
  return {
    dialect: 'postgres',
    db,
    signInDb: writer,
    transact: work => writer.transaction().execute(work),
    transactBeside: work => db.transaction().execute(work),
    async findFacts(key) {
      const { rows } = await pool.query<FactsRow>({ name: 'facts', text, values: [key], rowMode: 'array' });
      return rows[0] === undefined ? undefined : factsOf(rows[0]);
    },
    async findApi(id) {
      const query = { name: 'api', text: apiText, values: [id], rowMode: 'array' as const };
      return apiFactsOf((await pool.query<ApiFactsRow>(query)).rows);
    },
    uses: postgresUseWriter(writer),
    pools: () => [poolOf('reading', pool), poolOf('changing', changing)],
    async [Symbol.asyncDispose]() {
      await db.destroy();
      await writer.destroy();
    },
  };
}

function poolOf(name: Pool['name'], { totalCount, idleCount, waitingCount }: pg.Pool): Pool {
  return { name, connections: totalCount, idle: idleCount, waiting: waitingCount };
}

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Db, Dialect } from './database.ts';
import { openSqlite, sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

/** A database without a server around it, for work that takes as long as it takes. Nothing is migrated. */
export interface Unhurried extends AsyncDisposable {
  db: Db;
  dialect: Dialect;
}

/** Opens it for reading. */
export function openUnhurried(location: string): Unhurried {
  const dialect = /^postgres(ql)?:/.test(location) ? 'postgres' : 'sqlite';
  const db = new Kysely<Tables>({
    dialect:
      dialect === 'sqlite'
        ? sqliteDialect(openSqlite(location, { readOnly: true }))
        : new PostgresDialect({ pool: unhurriedPool(location) }),
  });
  return { db, dialect, [Symbol.asyncDispose]: () => db.destroy() };
}

const CONNECT_MS = 5000;

/** Whole numbers arrive as numbers: ours are times and counts, far below 2^53. */
export function unhurriedPool(url: string): pg.Pool {
  const types = {
    getTypeParser: (id: number, format?: 'text' | 'binary') =>
      id === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(id, format),
  };
  const pool = new pg.Pool({
    connectionString: url,
    max: 2,
    types,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
  });
  // Who waits for an answer hears of it, too.
  pool.on('error', () => {});
  return pool;
}

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { SqliteDialect } from 'kysely';

const STATEMENTS_MAX = 500;
const WAIT_MS = 5000;

/** Opens a SQLite file: WAL, every commit on disk before it is answered, foreign keys on. */
export function openSqlite(file: string, { readOnly = false } = {}): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly, timeout: WAIT_MS, enableForeignKeyConstraints: true });
  if (!readOnly) db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  db.exec('PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;');
  return db;
}

/** Kysely's dialect for `node:sqlite`. Prepared statements are kept by their text, the oldest leave first. */
export function sqliteDialect(db: DatabaseSync): SqliteDialect {
  const statements = new Map<string, ReturnType<typeof adapt>>();
  return new SqliteDialect({
    database: {
      close: () => db.close(),
      prepare(text) {
        // A transaction that begins by reading could not write once another process has written: take the lock at once.
        const sql = text === 'begin' ? 'begin immediate' : text;
        let statement = statements.get(sql);
        if (statement === undefined) {
          statement = adapt(db.prepare(sql));
          if (statements.size >= STATEMENTS_MAX) statements.delete(statements.keys().next().value ?? '');
          statements.set(sql, statement);
        }
        return statement;
      },
    },
  });
}

function adapt(statement: StatementSync) {
  // Kysely hands over only what it was given as parameters: texts, numbers, bytes and null.
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
  };
}

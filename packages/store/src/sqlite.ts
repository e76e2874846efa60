import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { SqliteDialect } from 'kysely';

const STATEMENTS_MAX = 500;
const WAIT_MS = 5000;
const BUSY = 5; // SQLITE_BUSY

/** Opens a SQLite file: WAL, every commit on disk before it is answered, foreign keys on. */
export function openSqlite(file: string, { readOnly = false } = {}): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly, timeout: WAIT_MS, enableForeignKeyConstraints: true });
  if (!readOnly) db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  db.exec('PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;');
  return db;
}

/**
 * Repeats work that could not even begin because another process writes; meanwhile this one goes on with everything else. Work that
 * has begun (`begin immediate`) is never refused for this reason.
 */
export async function onceFree<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await setTimeout(1);
    }
  }
}

function isBusy(error: unknown): boolean {
  return (error as { errcode?: number }).errcode === BUSY;
}

/** Begins a transaction that writes, or throws at once when another process writes. */
export function beginImmediate(db: DatabaseSync): void {
  db.exec('PRAGMA busy_timeout = 0');
  try {
    db.exec('begin immediate');
  } finally {
    db.exec(`PRAGMA busy_timeout = ${WAIT_MS}`);
  }
}

/** Takes back what was begun, unless SQLite has done so by itself, as it does when the disk is full or broken. Source: lang_transaction.html, 3. */
export function rollBack(db: DatabaseSync): void {
  if (db.isTransaction) db.exec('rollback');
}

/** Kysely's dialect for `node:sqlite`. Prepared statements are kept by their text, the oldest leave first. */
export function sqliteDialect(db: DatabaseSync): SqliteDialect {
  const statements = new Map<string, ReturnType<typeof adapt>>();
  return new SqliteDialect({
    database: {
      close: () => db.close(),
      prepare(text) {
        // A transaction that begins by reading could not write once another process has written: take the lock at once.
        if (text === 'begin') return doing(() => beginImmediate(db));
        if (text === 'rollback') return doing(() => rollBack(db));
        let statement = statements.get(text);
        if (statement === undefined) {
          statement = adapt(db.prepare(text));
          if (statements.size >= STATEMENTS_MAX) statements.delete(statements.keys().next().value ?? '');
          statements.set(text, statement);
        }
        return statement;
      },
    },
  });
}

const doing = (act: () => void) => ({
  reader: false,
  all: () => [],
  run: () => {
    act();
    return { changes: 0, lastInsertRowid: 0 };
  },
  iterate: () => [][Symbol.iterator](),
});

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

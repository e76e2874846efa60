import { backup, DatabaseSync } from 'node:sqlite';
import { Kysely, sql } from 'kysely';
import type { Db } from './database.ts';
import { type EventPlace, lastEventUpTo } from './events.ts';
import { demandServable } from './migrations/index.ts';
import { openSqlite, sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

/** What a backup of SQLite says of itself, in a table that a database in use has not. */
export interface BackupNote {
  /** Milliseconds since 1970. */
  at: number;
  version: string;
  /** The file `secret` of the data folder; null where there is none, because it is kept elsewhere. */
  secret: string | null;
}

/** Hears how much is done, from 0 to 1. */
export type OnShare = (share: number) => void;

const PAGES_AT_ONCE = 1000;

/**
 * Copies a SQLite database into a new file, as it is at one moment, while others write to it. One transaction is open all the while: a
 * copy that had to begin anew whenever somebody writes (https://sqlite.org/c3ref/backup_finish.html) might never end.
 */
export async function copySqlite(file: string, to: string, note: BackupNote, onShare: OnShare): Promise<void> {
  const source = new DatabaseSync(file, { readOnly: true });
  try {
    source.exec('begin; select count(*) from sqlite_master');
    const progress = ({ totalPages, remainingPages }: { totalPages: number; remainingPages: number }) =>
      onShare(1 - remainingPages / totalPages);
    await backup(source, to, { rate: PAGES_AT_ONCE, progress });
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(to);
  try {
    // One file, without a log beside it.
    copy.exec('PRAGMA journal_mode = DELETE; create table backup (at integer, version text, secret text)');
    copy.prepare('insert into backup values (?, ?, ?)').run(note.at, note.version, note.secret);
  } finally {
    copy.close();
  }
}

/** A file that can not be used as a backup; the message goes behind its name. */
export class BackupError extends Error {}

const CORRUPT = 11; // SQLITE_CORRUPT
const NOT_A_DATABASE = 26; // SQLITE_NOTADB
const NO_BACKUP = 'it is no backup that keywright backup made';

function asBackupError(error: unknown): unknown {
  const { errcode, message } = error as { errcode?: number; message: string };
  if (errcode === NOT_A_DATABASE) return new BackupError(NO_BACKUP, { cause: error });
  return errcode === CORRUPT ? new BackupError(`it is damaged: ${message}`, { cause: error }) : error;
}

/** Makes the copy of a backup a database for use again, and answers with what the backup said of itself. Throws BackupError for any other file. */
export function unpackSqlite(file: string): BackupNote {
  const database = new DatabaseSync(file);
  try {
    const tables = database.prepare(`select name from sqlite_master where name in ('backup', 'events')`).all();
    if (tables.length < 2) throw new BackupError(NO_BACKUP);
    const row = database.prepare('select at, version, secret from backup').get();
    database.exec('drop table backup');
    return row as unknown as BackupNote; // the columns that copySqlite wrote
  } catch (error) {
    throw asBackupError(error);
  } finally {
    database.close();
  }
}

/** What a sound database holds that this version can serve. Throws BackupError where it is damaged. */
export async function surveySqlite(file: string): Promise<{ place: EventPlace; accounts: number; keys: number }> {
  const db: Db = new Kysely<Tables>({ dialect: sqliteDialect(openSqlite(file, { readOnly: true })) });
  try {
    const [problem] = await fileProblems(db);
    if (problem !== undefined) throw new BackupError(`it is damaged: ${problem}`);
    await demandServable(db).catch(cause => {
      throw new BackupError(cause.message, { cause });
    });
    const [accounts, keys] = [await countOf(db, 'accounts'), await countOf(db, 'access_keys')];
    return { place: await lastEventUpTo(db), accounts, keys };
  } catch (error) {
    throw asBackupError(error);
  } finally {
    await db.destroy();
  }
}

async function countOf(db: Db, table: 'accounts' | 'access_keys'): Promise<number> {
  const count = db.selectFrom(table).select(eb => eb.fn.countAll<number>().as('rows'));
  return (await count.executeTakeFirstOrThrow()).rows;
}

const PROBLEMS_MAX = 20;

/** What SQLite finds wrong in the file itself, and rows that name what is not there. Reads all of it. */
export async function fileProblems(db: Db): Promise<string[]> {
  const limit = sql.lit(PROBLEMS_MAX);
  const found = await sql<{ integrity_check: string }>`pragma integrity_check(${limit})`.execute(db);
  const orphans = await sql<{ table: string; parent: string; rows: number }>`
    select "table", parent, count(*) as rows from pragma_foreign_key_check group by "table", parent`.execute(db);
  return [
    ...found.rows.map(({ integrity_check: words }) => words).filter(words => words !== 'ok'),
    ...orphans.rows.map(
      ({ table, parent, rows }) => `${rows} rows of ${table} name a row of ${parent} that is not there`,
    ),
  ];
}

import type { ApiFacts, KeyId, ProvableFacts } from '@keywright/core';
import { Kysely, type Transaction } from 'kysely';
import { type ApiFactsRow, apiFactsOf, apiFactsQuery } from './api-facts.ts';
import { Checkpoints } from './checkpoints.ts';
import { type FactsRow, factsOf, factsQuery } from './facts.ts';
import { migrateOrClose } from './migrate-or-close.ts';
import type { Words } from './nodes.ts';
import { openOnPostgres } from './on-postgres.ts';
import { onceFree, openSqlite, sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';
import { sqliteUseWriter, type UseWriter } from './uses.ts';

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
  /** The same for counters, which wait for no change (PostgreSQL). The work is done once more when it ends in a deadlock. */
  transactBeside<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  /** One joined row; at once on SQLite. */
  findFacts(key: KeyId): ProvableFacts | undefined | Promise<ProvableFacts | undefined>;
  /** An API with its endpoints by one statement; at once on SQLite. */
  findApi(id: string): ApiFacts | undefined | Promise<ApiFacts | undefined>;
  readonly uses: UseWriter;
  /** None on SQLite. */
  pools(): Pool[];
  /** A replica that has all which is committed by now, for lists; undefined where there is none, or it lags behind. */
  findReplica(): Promise<Db | undefined>;
  /** For what must not wait behind anything else, and must hear soon that nobody answers: the feed of events. */
  readonly line: Db;
  /** False for a standby, which may lag behind, and says nothing of what others have changed since. */
  isPrimary(): Promise<boolean>;
  /** What nodes on this database tell each other; undefined on SQLite, which serves one machine. */
  readonly words: Words | undefined;
  /** Where changes and words are told as they are committed; undefined where the database can not, or shall not. */
  readonly channel: string | undefined;
  /** Hears what is told there, while the line is up. */
  listen(listener: (told: Told) => void): void;
  /** The database does not answer on the line: who asks anything else hears so at once. */
  giveUp(): void;
  /** It answers again, after it did not once or for long: what was asked before and hangs is given up. */
  goOn(): void;
}

export type Told = 'changed' | 'word';

export interface StoreOptions {
  /** Whether nodes wake each other by `NOTIFY`, where that reaches them. */
  notify?: boolean;
  /** `postgres://…` of a read replica of the same database. */
  replica?: string | undefined;
}

/** Opens the database (`postgres://…`, or the path of a SQLite file) and brings its schema up to date. */
export async function openStore(
  location: string,
  onError: (error: Error) => void = () => {},
  options: StoreOptions = {},
): Promise<Store> {
  return /^postgres(ql)?:/.test(location)
    ? openOnPostgres(location, onError, options)
    : openOnSqlite(location, onError);
}

/**
 * So much of the file is read as memory, which the system takes back when it needs it: with each change of another connection SQLite forgets
 * the pages that it has read.
 */
const MAPPED_BYTES = 2 ** 28;

async function openOnSqlite(file: string, onError: (error: Error) => void): Promise<Store> {
  const connection = openSqlite(file);
  const writer = new Kysely<Tables>({ dialect: sqliteDialect(connection) });
  // One transaction: a crash in the middle leaves no half of a schema, and who opens at the same time waits.
  connection.exec('begin immediate');
  await migrateOrClose(writer, 'sqlite');
  connection.exec('commit');
  const recording = openSqlite(file);
  // A connection of its own never sees the uncommitted half of a transaction.
  const reading = openSqlite(file, { readOnly: true });
  reading.exec(`PRAGMA mmap_size = ${MAPPED_BYTES}`);
  const reader = new Kysely<Tables>({ dialect: sqliteDialect(reading) });
  const find = reading.prepare(factsQuery(reader, 'sqlite').sql);
  find.setReturnArrays(true);
  const findRows = reading.prepare(apiFactsQuery(reader).sql);
  findRows.setReturnArrays(true);
  const checkpoints = new Checkpoints(file, [connection, recording], onError);
  const transact: Store['transact'] = async work => {
    const result = await onceFree(() => writer.transaction().execute(work));
    checkpoints.committed();
    return result;
  };
  return {
    dialect: 'sqlite',
    db: reader,
    signInDb: writer,
    transact,
    transactBeside: transact,
    findFacts(key) {
      const row = find.get(key);
      return row === undefined ? undefined : factsOf(row as unknown as FactsRow); // the columns that factsQuery selects
    },
    findApi: id => apiFactsOf(findRows.all(id) as unknown as ApiFactsRow[]), // the columns that apiFactsQuery selects
    uses: sqliteUseWriter(recording, checkpoints, work => onceFree(() => writer.connection().execute(work))),
    pools: () => [],
    findReplica: async () => undefined,
    line: reader,
    isPrimary: async () => true,
    words: undefined,
    channel: undefined,
    listen: () => {},
    giveUp: () => {},
    goOn: () => {},
    async [Symbol.asyncDispose]() {
      await checkpoints[Symbol.asyncDispose]();
      recording.close();
      await reader.destroy();
      await writer.destroy();
    },
  };
}

import { setTimeout } from 'node:timers/promises';
import { Kysely, sql } from 'kysely';
import { type ApiFactsRow, apiFactsOf, apiFactsQuery } from './api-facts.ts';
import type { Db, Store, StoreOptions, Told, Tx } from './database.ts';
import { type FactsRow, factsOf, factsQuery } from './facts.ts';
import { migrateOrClose } from './migrate-or-close.ts';
import { buildLargeIndexes, LARGE_INDEXES } from './migrations/large-indexes.ts';
import { postgresWords } from './nodes.ts';
import {
  type ConnectionOptions,
  Connections,
  IS_STANDBY,
  isSession,
  postgresDialect,
  READ_MS,
  SILENT_MS,
} from './postgres.ts';
import { openReplica } from './replica.ts';
import type { Tables } from './tables.ts';
import { postgresUseWriter } from './uses.ts';

const CHANGE_MS = 60_000;
/** A large index takes as long as it takes; so long a start waits for it. */
const UNBOUNDED_MS = 0;
const INDEXES_MS = 10_000;
/** A look-up for a request that waits, and what a node hears by. */
const SOON_MS = 1500;
const DEADLOCK = '40P01';
const CHANNEL = 'keywright';
/** Changes wait for each other: behind a pooler not on connections that others could have. */
const POOLED_WRITERS_MAX = 4;

export async function openOnPostgres(
  url: string,
  onError: (error: Error) => void,
  { notify = true, replica }: StoreOptions,
): Promise<Store> {
  const letGo = await bringUpToDate(url, onError);
  const isDirect = await isSession(url);
  const channel = notify ? CHANNEL : undefined;
  const writing = new Connections({
    ...{ url, onError, isDirect, queryMs: CHANGE_MS },
    max: isDirect ? undefined : POOLED_WRITERS_MAX,
  });
  const writer = new Kysely<Tables>({ dialect: postgresDialect(writing) });
  // Connections of their own: reading goes on while changes wait for each other.
  const reading = new Connections({ url, onError, isDirect, queryMs: READ_MS, demandsPrimary: true });
  const db = new Kysely<Tables>({ dialect: postgresDialect(reading) });
  const { line, listen } = openLine({ url, onError, isDirect }, isDirect ? channel : undefined);
  const copy = replica === undefined ? undefined : openReplica(replica, db, onError);
  const facts = {
    name: isDirect ? 'facts' : undefined,
    text: factsQuery(db, 'postgres').sql,
    rowMode: 'array' as const,
  };
  const api = { name: isDirect ? 'api' : undefined, text: apiFactsQuery(db).sql, rowMode: 'array' as const };
  const transact = transactOn(writer, isDirect);
  return {
    dialect: 'postgres',
    db,
    signInDb: writer,
    transact,
    transactBeside: onceMore(transactOn(db, isDirect)),
    async findFacts(key) {
      const [row] = await reading.query<[FactsRow]>({ ...facts, values: [key], withinMs: SOON_MS });
      return row === undefined ? undefined : factsOf(row[0]);
    },
    findApi: async id => apiFactsOf(await reading.query<ApiFactsRow>({ ...api, values: [id], withinMs: SOON_MS })),
    uses: postgresUseWriter(writer, transact),
    pools: () => [
      { name: 'reading', ...reading.counts },
      { name: 'changing', ...writing.counts },
    ],
    findReplica: () => copy?.findUpToDate() ?? Promise.resolve(undefined),
    line,
    async isPrimary() {
      const { rows } = await sql<{ isStandby: boolean }>`${sql.raw(IS_STANDBY)}`.execute(line);
      return rows[0]?.isStandby === false;
    },
    words: postgresWords(line, channel),
    channel,
    listen,
    giveUp() {
      reading.giveUp();
      writing.giveUp();
    },
    goOn() {
      reading.goOn();
      writing.goOn();
    },
    async [Symbol.asyncDispose]() {
      letGo();
      await copy?.db.destroy();
      await line.destroy();
      await db.destroy();
      await writer.destroy();
    },
  };
}

/**
 * The schema first; then large indexes, which others do without meanwhile: what takes longer is built on beside a node that serves, so that
 * nobody takes it for one that hangs. Answers with how to let go of that.
 */
export async function bringUpToDate(
  url: string,
  onError: (error: Error) => void,
  indexes = LARGE_INDEXES,
  patienceMs = INDEXES_MS,
): Promise<() => void> {
  const connections = new Connections({ url, onError, isDirect: false, queryMs: UNBOUNDED_MS });
  const db = new Kysely<Tables>({ dialect: postgresDialect(connections) });
  await migrateOrClose(db, 'postgres');
  let isLetGo = false;
  const built = buildLargeIndexes(db, indexes)
    .catch(error => {
      if (!isLetGo) onError(error);
    })
    .finally(() => db.destroy());
  await Promise.race([built, setTimeout(patienceMs, undefined, { ref: false })]);
  return () => {
    isLetGo = true;
    connections.giveUp();
  };
}

/** One connection, made again whenever it breaks, that hears what is told on the channel. */
function openLine(to: Pick<ConnectionOptions, 'url' | 'onError' | 'isDirect'>, channel: string | undefined) {
  const listeners: ((told: Told) => void)[] = [];
  const connections = new Connections({
    ...to,
    queryMs: SOON_MS,
    connectMs: SOON_MS,
    demandsPrimary: true,
    max: 1,
    onConnect(client) {
      if (channel === undefined) return;
      client.on('notification', ({ payload }) => {
        for (const listener of listeners) listener(payload as Told); // nothing else is told there
      });
      // When it fails so does what is asked next, on a connection that is broken.
      client.query(`listen ${channel}`).catch(() => {});
    },
  });
  const line = new Kysely<Tables>({ dialect: postgresDialect(connections) });
  return { line, listen: (listener: (told: Told) => void) => void listeners.push(listener) };
}

/** Behind a pooler the limits of a connection are those of its transaction. */
function transactOn(db: Db, isDirect: boolean): Store['transact'] {
  return work =>
    db.transaction().execute(async tx => {
      if (!isDirect) await bound(tx);
      return work(tx);
    });
}

/** Again where the database has ended it so that another goes on: all that it has done is taken back. */
function onceMore(transact: Store['transact']): Store['transact'] {
  return work =>
    transact(work).catch(error => {
      if ((error as { code?: string }).code !== DEADLOCK) throw error;
      return transact(work);
    });
}

async function bound(tx: Tx): Promise<void> {
  await sql`select set_config('statement_timeout', ${`${CHANGE_MS}`}, true),
    set_config('idle_in_transaction_session_timeout', ${`${SILENT_MS}`}, true)`.execute(tx);
}

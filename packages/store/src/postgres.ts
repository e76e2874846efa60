import type { Socket } from 'node:net';
import { PostgresAdapter, PostgresDialect, type PostgresPoolClient } from 'kysely';
import pg from 'pg';

const INT8 = 20;
const CONNECTIONS_MAX = 10;
/** Who waits longer for a connection is told that the database is away. */
const CONNECT_MS = 5000;
/**
 * A transaction whose process has stopped, or is cut off, in the middle keeps its locks no longer than this: less than others wait for
 * them (events.ts).
 */
export const SILENT_MS = 4000;
export const READ_MS = 5000;
/** What is still unanswered so long after the database was given up is never answered. */
const GRACE_MS = 500;
/** Where it went on at once, those that wait for a lock have longer: more than they wait for it. */
const WAITING_GRACE_MS = 6000;

export interface ConnectionOptions {
  url: string;
  onError: (error: Error) => void;
  /** A query that takes longer fails, also when the other side has gone silent; 0: it may take as long as it wants. */
  queryMs: number;
  connectMs?: number;
  max?: number | undefined;
  /** Whether each connection is a session of its own: then the server is told the limits, too. */
  isDirect: boolean;
  /** Whether one to a standby counts as none: it may lag behind. */
  demandsPrimary?: boolean;
  /** What each connection begins with. */
  onConnect?: (client: pg.PoolClient) => void;
}

/** `withinMs` in place of the time that all have. */
type Statement = pg.QueryConfig & { rowMode?: 'array'; withinMs?: number };

interface Lent {
  client: pg.PoolClient;
  /** It is not to be used again. */
  broken: boolean;
}

/**
 * A pool of connections that mend themselves: one that breaks, or on which an answer did not come in time, is replaced. Whole numbers
 * arrive as numbers: ours are times and counts, far below 2^53.
 */
export class Connections {
  readonly options = {};
  readonly #pool: pg.Pool;
  readonly #queryMs: number;
  readonly #lent = new Set<Lent>();
  readonly #open = new Set<pg.PoolClient>();
  /** Those of which is not known yet that they lead to no standby, where that matters. */
  readonly #unproven = new WeakSet<pg.PoolClient>();
  /** How those who wait for a connection are told that there will be none. */
  readonly #waiting = new Set<(error: Error) => void>();
  #isAway = false;

  constructor({ url, onError, queryMs, connectMs = CONNECT_MS, max = CONNECTIONS_MAX, ...more }: ConnectionOptions) {
    const types = {
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === INT8 ? Number : pg.types.getTypeParser(id, format),
    };
    this.#queryMs = queryMs;
    this.#pool = new pg.Pool({
      connectionString: url,
      max,
      types,
      connectionTimeoutMillis: connectMs,
      keepAlive: true,
      ...(more.isDirect && { statement_timeout: queryMs, idle_in_transaction_session_timeout: SILENT_MS }),
    });
    // A connection that breaks is replaced by the pool, in the middle of a transaction, too; without a listener it would end the process.
    this.#pool.on('connect', client => {
      client.on('error', onError);
      this.#open.add(client);
      if (more.demandsPrimary) this.#unproven.add(client);
      client.on('end', () => this.#open.delete(client));
      more.onConnect?.(client);
    });
    // Of idle ones the pool tells a second time.
    this.#pool.on('error', () => {});
  }

  /** For Kysely, which hands no error back with a connection. */
  async connect(): Promise<PostgresPoolClient> {
    const lent = await this.#lend();
    return {
      query: (async (sql: string, parameters: unknown[]) =>
        this.#ask(lent, { text: sql, values: parameters })) as never, // cursors, its other form, are not used here
      release: () => this.#takeBack(lent),
    };
  }

  /** One statement on one connection. */
  async query<Row extends pg.QueryResultRow | unknown[]>(config: Statement): Promise<Row[]> {
    const lent = await this.#lend();
    try {
      const { rows } = await this.#ask(lent, config);
      return rows;
    } finally {
      this.#takeBack(lent);
    }
  }

  /** The database does not answer: who asks hears so at once, and who has asked soon. */
  giveUp(): void {
    this.#isAway = true;
    for (const refuse of this.#waiting) refuse(away());
    this.#waiting.clear();
    this.#replaceAll(GRACE_MS);
  }

  /** It answers again: connections of before may be open on this side only, and what was asked on them would wait in vain. */
  goOn(): void {
    this.#isAway = false;
    this.#replaceAll(WAITING_GRACE_MS);
  }

  #replaceAll(graceMs: number): void {
    for (let idle = this.#pool.idleCount; idle > 0; idle--)
      this.#pool.connect().then(
        client => {
          client.release(true);
          hangUp(client);
        },
        () => {},
      );
    const before = [...this.#lent];
    for (const lent of before) lent.broken = true;
    setTimeout(() => {
      for (const lent of before) if (this.#lent.has(lent)) hangUp(lent.client);
    }, graceMs).unref();
  }

  get counts(): { connections: number; idle: number; waiting: number } {
    const { totalCount: connections, idleCount: idle, waitingCount: waiting } = this.#pool;
    return { connections, idle, waiting };
  }

  /** Says good-bye; whoever does not answer to that is left. */
  async end(): Promise<void> {
    await this.#pool.end();
    setTimeout(() => {
      for (const client of this.#open) hangUp(client);
    }, GRACE_MS).unref();
  }

  async #lend(): Promise<Lent> {
    const lent = { client: await this.#nextClient(), broken: false };
    this.#lent.add(lent);
    if (this.#unproven.has(lent.client)) await this.#demandPrimary(lent);
    return lent;
  }

  async #demandPrimary(lent: Lent): Promise<void> {
    try {
      const { rows } = await this.#ask(lent, { text: IS_STANDBY });
      if (rows[0]?.isStandby !== false) throw standby();
      this.#unproven.delete(lent.client);
    } catch (error) {
      lent.broken = true;
      this.#takeBack(lent);
      throw error;
    }
  }

  #nextClient(): Promise<pg.PoolClient> {
    if (this.#isAway) return Promise.reject(away());
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      this.#pool.connect().then(
        client => {
          if (this.#waiting.delete(reject)) resolve(client);
          else client.release();
        },
        error => {
          this.#waiting.delete(reject);
          reject(error);
        },
      );
    });
  }

  /**
   * With a callback and a timer of our own: of what `pg` makes for a promise, or for its own `query_timeout`, 1.5 kB outlive the next young
   * collection, for whose length requests wait.
   */
  #ask(lent: Lent, { withinMs = this.#queryMs, ...query }: Statement): Promise<pg.QueryResult> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        // The answer may come yet, and would be taken for that of the next question.
        lent.broken = true;
        reject(away());
      };
      const timer = withinMs === 0 ? undefined : setTimeout(giveUp, withinMs);
      lent.client.query(query, (error, result) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve(result);
      });
    });
  }

  #takeBack(lent: Lent): void {
    this.#lent.delete(lent);
    lent.client.release(lent.broken);
  }
}

function away(): Error {
  return Object.assign(new Error('The database does not answer.'), { code: 'ETIMEDOUT' });
}

/** To whoever asks it is away as well. */
function standby(): Error {
  return Object.assign(new Error('The database is a standby, which may lag behind.'), { code: '25006' });
}

/** Ends a connection at once, whatever was asked on it. Neither is among the declared members of a pool's client. */
function hangUp(client: pg.PoolClient): void {
  const { connection } = client as pg.PoolClient & { connection: { stream: Socket } };
  // So that it counts as meant.
  (client as unknown as pg.Client).end().catch(() => {});
  connection.stream.destroy();
}

export const IS_STANDBY = 'select pg_is_in_recovery() as "isStandby"';

export function postgresDialect(connections: Connections): PostgresDialect {
  return new Pooled({ pool: connections });
}

/** Without locks of a session, which a pooler may hand to somebody else. */
class Pooled extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new Lockless();
  }
}

class Lockless extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

/**
 * Whether a connection is a session of the database, or one that a pooler in between shares out by transactions (PgBouncer): then
 * nothing that is set or prepared lasts. A pooler gives its clients numbers of its own.
 */
export async function isSession(url: string): Promise<boolean> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    // What the server has said at the start. Not among the declared properties.
    return rows[0]?.pid === (client as pg.Client & { processID?: number }).processID;
  } finally {
    await client.end();
  }
}

import { Kysely } from 'kysely';
import type { Db } from './database.ts';
import { lastEventUpTo } from './events.ts';
import { Connections, postgresDialect, READ_MS } from './postgres.ts';
import type { Tables } from './tables.ts';

const CONNECT_MS = 1000;
/** One that does not answer is not asked again for so long. */
const PASSED_OVER_MS = 5000;

/** A copy of the database that follows it, from which may be read what it is known to have. */
export interface Replica {
  readonly db: Db;
  /** Its handle, when it has all that was committed in the database before the call; undefined when it lags behind or does not answer. */
  findUpToDate(): Promise<Db | undefined>;
}

export function openReplica(url: string, primary: Db, onError: (error: Error) => void): Replica {
  // What is in between is not known, and it need not be there yet.
  const connections = new Connections({ url, onError, queryMs: READ_MS, connectMs: CONNECT_MS, isDirect: false });
  const db = new Kysely<Tables>({ dialect: postgresDialect(connections) });
  let passedOverUntil = 0;
  return {
    db,
    async findUpToDate() {
      if (performance.now() < passedOverUntil) return undefined;
      const { id, hash } = await lastEventUpTo(primary);
      try {
        // By its hash, too: another database is no replica.
        const there = await lastEventUpTo(db, id);
        return there.id === id && Buffer.compare(there.hash, hash) === 0 ? db : undefined;
      } catch {
        passedOverUntil = performance.now() + PASSED_OVER_MS;
        return undefined;
      }
    },
  };
}

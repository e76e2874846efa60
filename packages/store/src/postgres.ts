import { PostgresDialect } from 'kysely';
import pg from 'pg';

const INT8 = 20;
const CONNECTIONS_MAX = 10;

/** Opens a pool; a query that takes longer than `queryMs` fails, also when the other side has gone silent. Whole numbers arrive as numbers: ours are times and counts, far below 2^53. */
export function openPostgres(url: string, onError: (error: Error) => void, queryMs: number): pg.Pool {
  const types = {
    getTypeParser: (id: number, format?: 'text' | 'binary') =>
      id === INT8 ? Number : pg.types.getTypeParser(id, format),
  };
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS_MAX,
    types,
    connectionTimeoutMillis: 5000,
    statement_timeout: queryMs,
    query_timeout: queryMs,
    keepAlive: true,
  });
  // A connection that breaks is replaced by the pool, in the middle of a transaction, too; without a listener it would end the process.
  pool.on('connect', client => client.on('error', onError));
  // Of idle ones the pool tells a second time.
  pool.on('error', () => {});
  return pool;
}

export function postgresDialect(pool: pg.Pool): PostgresDialect {
  return new PostgresDialect({ pool });
}

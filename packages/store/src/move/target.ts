import pg from 'pg';
import { MoveError } from './move-error.ts';

/** Longer than PostgreSQL takes to let go of a move whose line was cut. */
export const LOCK_WAIT_MS = 60_000;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * It takes as long as it takes; and what is written out for comparison has one form. A move whose line was cut would keep its rows for two
 * hours, so long PostgreSQL waits for a sign of life unless it is told so: with these it takes 25 seconds.
 */
const SETTINGS = `set statement_timeout = 0; set idle_in_transaction_session_timeout = 0;
  set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set tcp_user_timeout = 25000;
  set maintenance_work_mem = '256MB'; set bytea_output = 'hex'; set extra_float_digits = 1`;

/** The database that is moved to. Whoever waits there for another session gives up after `lockWaitMs`. */
export async function connectTarget(url: string, lockWaitMs: number): Promise<pg.Client> {
  const target = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true });
  // Whoever waits for an answer hears of it, too.
  target.on('error', () => {});
  await target.connect();
  await target.query(`${SETTINGS}; set lock_timeout = ${lockWaitMs}`);
  return target;
}

/** The error in words, where it is that another session holds what is needed. */
export async function explained(target: pg.ClientBase, error: unknown): Promise<unknown> {
  if ((error as { code?: string }).code !== LOCK_NOT_AVAILABLE) return error;
  // Who only reads, as a dump does, holds up no more than what empties the target.
  const { rows } = await target.query<{ pid: number; place: string; since: string }>(`
    select pid, coalesce(host(client_addr), 'its own machine') as place, date_trunc('second', xact_start)::text as since
    from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
    order by pid in (select pid from pg_locks where granted and locktype = 'relation' and mode <> 'AccessShareLock') desc, xact_start limit 1`);
  const [holder] = rows;
  if (holder === undefined)
    return new MoveError(
      'Another session on the target holds what the move needs, which this user can not see, or held it: look for it in pg_stat_activity, then run it again.',
    );
  const { pid, place, since } = holder;
  return new MoveError(
    `Another session on the target holds what the move needs (maybe ${pid}, from ${place}, since ${since}). Where that is a move that was cut off, end it by "select pg_terminate_backend(${pid})". Then run it again.`,
  );
}

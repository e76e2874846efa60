import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { DAY_MS } from '@keywright/core';
import { type RawBuilder, sql } from 'kysely';
import type { Checkpoints } from './checkpoints.ts';
import type { Db, Store, Tx } from './database.ts';
import { beginImmediate, rollBack } from './sqlite.ts';

/** The last use of a key: when, from where, by what, for which API. */
export interface Use {
  key: string;
  at: number;
  address: string | null;
  agent: string | null;
  api: string | null;
}

/** A last use, and how many uses it stands for: they count for the day (UTC) of the last. */
export type CountedUse = Use & { count: number };

/** What a verifier reports: its batches are numbered from 1 on. */
export interface UseReport {
  verifier: string;
  batch: number;
  uses: readonly CountedUse[];
}

/** Written now; written before, as that batch or a later one was; or not, as nobody knows the verifier any more. */
export type Reported = 'written' | 'repeated' | 'unknown';

/** Writes uses in bulk. Keys deleted meanwhile are passed over. */
export interface UseWriter {
  /**
   * Last uses, where an older one never replaces a newer one, and their counts: all of them or none. Of many keys in use at once each is moved in
   * the order of last uses only now and then: to move one writes two pages of an index, wherever it is.
   */
  writeUses(uses: readonly CountedUse[], isOfMany?: boolean): Promise<void>;
  /** The same once for each batch, whoever dies meanwhile. */
  writeReport(report: UseReport): Promise<Reported>;
  /** Puts uses by, in one row: for when too many keys are in use to write each at once. Reads them at once; answers with the batch's id. */
  putBy(uses: readonly Use[]): Promise<number>;
}

/** Keys in one report. */
const MANY_REPORTED = 100;
/** Then a key of many is moved, or after up to twice this time, so that not all are at once; and when another day begins. */
const STAYS_MS = 300_000;

/** A key of many that was moved in the order of last uses after this time stays where it is. */
function movedAfter({ key, at }: Use): number {
  const stays = STAYS_MS * (1 + (key.charCodeAt(key.length - 1) % 32) / 32);
  return Math.max(at - stays, dayOf(at) * DAY_MS - 1);
}

/** When the key was last used, from its row in `last_uses` by that name. */
export function lastUseOf(table: string): RawBuilder<number | null> {
  const [at, laterAt] = [sql.ref<number>(`${table}.at`), sql.ref<number>(`${table}.later_at`)];
  return sql`case when ${laterAt} > ${at} then ${laterAt} else ${at} end`;
}

/** Less than half a millisecond's work: so long others wait. */
const ROWS_AT_ONCE = 25;
/**
 * On SQLite: prepared statements for each row in the order of the keys, so that each page is touched once, with breath for others
 * between. The connection does not wait for the disk: a use is no change that was acknowledged, and it survives all but a power cut.
 * `exclusively` keeps the other writing connection of this process away meanwhile.
 */
export function sqliteUseWriter(
  connection: DatabaseSync,
  checkpoints: Checkpoints,
  exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>,
): UseWriter {
  connection.exec('PRAGMA synchronous = NORMAL');
  const isLatest = '(at is null or at <= :at) and (later_at is null or later_at <= :at)';
  const from = 'address = :address, user_agent = :agent, api = :api where key = :key';
  const move = connection.prepare(`update last_uses set at = :at, later_at = null, ${from} and ${isLatest}`);
  const stay = connection.prepare(`update last_uses set later_at = :at, ${from} and at > :movedAfter and ${isLatest}`);
  const add =
    connection.prepare(`insert into used_days (key, day, count) select ?, ?, ? where exists (select 1 from last_uses where key = ?)
    on conflict (key, day) do update set count = count + excluded.count`);
  const put = connection.prepare('insert into use_batches (uses) values (?)');
  const lastBatch = connection.prepare('select batch from verifiers where id = ?');
  const setBatch = connection.prepare('update verifiers set batch = ? where id = ?');
  async function writeAll(uses: readonly CountedUse[], isOfMany: boolean): Promise<void> {
    const sorted = uses.toSorted((a, b) => (a.key < b.key ? -1 : 1));
    for (const [n, use] of sorted.entries()) {
      const { key, at, address, agent, api, count } = use;
      const row = { key, at, address, agent, api };
      if (!isOfMany || stay.run({ ...row, movedAfter: movedAfter(use) }).changes === 0) move.run(row);
      if (count > 0) add.run(key, dayOf(at), count, key);
      if (n % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await setImmediate();
    }
  }
  function transact<Result>(work: () => Promise<Result>): Promise<Result> {
    return exclusively(async () => {
      beginImmediate(connection);
      try {
        const result = await work();
        connection.exec('commit');
        return result;
      } catch (error) {
        rollBack(connection);
        throw error;
      }
    });
  }
  return {
    async writeUses(uses, isOfMany = false) {
      await transact(() => writeAll(uses, isOfMany));
      checkpoints.committed();
    },
    async writeReport({ verifier, batch, uses }) {
      const reported = await transact(async (): Promise<Reported> => {
        const last = lastBatch.get(verifier) as { batch: number } | undefined; // what is selected
        if (last === undefined) return 'unknown';
        if (last.batch >= batch) return 'repeated';
        setBatch.run(batch, verifier);
        await writeAll(uses, uses.length >= MANY_REPORTED);
        return 'written';
      });
      checkpoints.committed();
      return reported;
    },
    async putBy(uses) {
      const batch = batchOf(uses);
      const id = await transact(async () => Number(put.run(batch).lastInsertRowid));
      checkpoints.soon();
      return id;
    },
  };
}

/**
 * On PostgreSQL: two statements, the rows as one JSON text. They lock keys, days and uses in the order of the keys, so that two nodes never
 * wait for each other, and wait for deletions that have begun, so that their keys are passed over. Keys first, as deletions do.
 */
export function postgresUseWriter(db: Db, transact: Store['transact']): UseWriter {
  return {
    writeUses: (uses, isOfMany = false) => transact(tx => writeAll(tx, uses, isOfMany)),
    async writeReport({ verifier, batch, uses }) {
      for (;;) {
        const row = await db.selectFrom('verifiers').select('batch').where('id', '=', verifier).executeTakeFirst();
        if (row === undefined) return 'unknown';
        if (row.batch >= batch) return 'repeated';
        try {
          await transact(async tx => {
            await writeAll(tx, uses, uses.length >= MANY_REPORTED);
            await takeBatch(tx, verifier, batch);
          });
          return 'written';
        } catch (error) {
          if (error !== OVERTAKEN) throw error;
        }
      }
    },
    async putBy(uses) {
      const { id } = await db
        .insertInto('use_batches')
        .values({ uses: batchOf(uses) })
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },
  };
}

/** Somebody else has written the batch meanwhile, or forgotten the verifier. */
const OVERTAKEN = new Error('overtaken');

/** Last in its transaction, so that words of the verifier wait for the commit alone. */
async function takeBatch(tx: Tx, verifier: string, batch: number): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('verifiers')
    .set({ batch })
    .where('id', '=', verifier)
    .where('batch', '<', batch)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw OVERTAKEN;
}

async function writeAll(tx: Tx, uses: readonly CountedUse[], isOfMany: boolean): Promise<void> {
  const rows = JSON.stringify(uses.map(use => ({ ...use, moved_after: isOfMany ? movedAfter(use) : use.at })));
  const days = JSON.stringify(uses.flatMap(({ key, at, count }) => (count > 0 ? { key, day: dayOf(at), count } : [])));
  await sql`insert into used_days (key, day, count)
    select r.key, r.day, r.count from json_to_recordset(${days}::json) as r(key text, day integer, count bigint)
    join access_keys k on k.key = r.key order by r.key, r.day for key share of k
    on conflict (key, day) do update set count = used_days.count + excluded.count`.execute(tx);
  await sql`update last_uses u set address = r.address, user_agent = r.agent, api = r.api,
      at = case when u.at > r.moved_after then u.at else r.at end, later_at = case when u.at > r.moved_after then r.at end
    from (select given.* from json_to_recordset(${rows}::json)
      as given(key text, at bigint, moved_after bigint, address text, agent text, api text)
      join last_uses l on l.key = given.key order by given.key for update of l) as r
    where u.key = r.key and (u.at is null or u.at <= r.at) and (u.later_at is null or u.later_at <= r.at)`.execute(tx);
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

/** Row by row without names: half the size, and quicker to write. */
function batchOf(uses: readonly Use[]): string {
  return JSON.stringify(uses.map(({ key, at, address, agent, api }) => [key, at, address, agent, api]));
}

/** Some of the batches that were put by and not settled, behind the one of that id, oldest first. */
export async function listUseBatches(db: Db, after: number, count: number): Promise<{ id: number; uses: Use[] }[]> {
  const batches = await db
    .selectFrom('use_batches')
    .selectAll()
    .where('id', '>', after)
    .orderBy('id')
    .limit(count)
    .execute();
  return batches.map(({ id, uses }) => {
    const rows: [string, number, string | null, string | null, string | null][] = JSON.parse(uses); // as batchOf made it
    return { id, uses: rows.map(([key, at, address, agent, api]) => ({ key, at, address, agent, api })) };
  });
}

/** Those of the keys whose last use, as far as it is settled, was before. */
export async function keysUnusedSince(db: Db, keys: readonly string[], at: number): Promise<Set<string>> {
  const rows = await db
    .selectFrom('last_uses')
    .select('key')
    .where('key', 'in', keys)
    .where(eb => eb.or([eb('at', 'is', null), eb(lastUseOf('last_uses'), '<', at)]))
    .execute();
  return new Set(rows.map(({ key }) => key));
}

/** The id of the batch that was put by last, 0 where there is none. */
export async function lastUseBatch(db: Db): Promise<number> {
  const last = await db.selectFrom('use_batches').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return last?.id ?? 0;
}

export async function deleteUseBatches(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx.deleteFrom('use_batches').where('id', 'in', ids).execute();
}

/** The days since `since` (days since 1970, UTC) on which the key was used. */
export async function usedDaysOf(db: Db, key: string, since: number): Promise<{ day: number; count: number }[]> {
  return db
    .selectFrom('used_days')
    .select(['day', 'count'])
    .where('key', '=', key)
    .where('day', '>=', since)
    .orderBy('day')
    .execute();
}

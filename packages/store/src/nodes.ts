import { type Selectable, sql } from 'kysely';
import type { Db, Tx } from './database.ts';
import type { Tables } from './tables.ts';
import { firstBeat, type StoredVerifier, verifierOf } from './verifiers.ts';

/** A process of the server on this database. Times are milliseconds since 1970. */
export interface StoredNode {
  id: string;
  name: string | null;
  version: string | null;
  staleMaxMs: number;
  connectedAt: number;
}

/** A node with its last word. */
export interface MarkedNode {
  id: string;
  name: string | null;
  beat: number;
}

/** How a node or a verifier stands, as it says again and again. */
export interface Word {
  id: string;
  /** The last change that it has seen. */
  sequence: number;
  lagMs: number | null;
  /** How many keys it holds facts of. */
  entries: number | null;
  hitRate: number | null;
}

/** The same as others read it: another `beat` than before is another word. */
export type Heard = Word & { beat: number } & (
    | ({ kind: 'node' } & StoredNode)
    | ({ kind: 'verifier' } & StoredVerifier)
  );

/** The ids that are known, and those of verifiers whose row somebody else holds just now: their word is to be said again. */
export interface Said {
  known: ReadonlySet<string>;
  held: ReadonlySet<string>;
}

/** What nodes on one PostgreSQL tell each other. */
export interface Words {
  /** Others read them from when this resolves, but for those in `held`. `isNews` wakes who waits for such words. */
  say(words: readonly Word[], isNews: boolean): Promise<Said>;
  /** How all stand. */
  hear(): Promise<Heard[]>;
}

/** From now on others count on it. `secretMark` is the same for all nodes of one secret. */
export async function saveNode(tx: Tx, node: StoredNode, secretMark: string): Promise<void> {
  const { id, name, version, staleMaxMs, connectedAt } = node;
  const said = { stale_max_ms: staleMaxMs, connected_at: connectedAt, secret_mark: secretMark };
  await tx
    .insertInto('nodes')
    .values({ id, name, version, ...said, beat: firstBeat() })
    .onConflict(conflict => conflict.column('id').doUpdateSet(({ ref }) => ({ beat: sql`${ref('nodes.beat')} + 1` })))
    .execute();
}

/** Nodes that have left another mark than that one. Those of versions that leave none are passed over. */
export async function nodesOfOtherSecret(db: Db, secretMark: string): Promise<MarkedNode[]> {
  return db.selectFrom('nodes').select(['id', 'name', 'beat']).where('secret_mark', '!=', secretMark).execute();
}

/** It has stopped deciding. */
export async function deleteNode(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('nodes').where('id', '=', id).execute();
}

/** Forgets a node or a verifier that has fallen silent, unless it has said a word since. */
export async function deleteSilent(tx: Tx, { id, beat }: Pick<Heard, 'id' | 'beat'>): Promise<void> {
  await tx.deleteFrom('nodes').where('id', '=', id).where('beat', '=', beat).execute();
  await tx.deleteFrom('verifiers').where('id', '=', id).where('beat', '=', beat).execute();
}

/** `channel` is where words are told, or undefined where the database can not tell. */
export function postgresWords(db: Db, channel: string | undefined): Words {
  return {
    async say(words, isNews) {
      const rows = JSON.stringify(words);
      const told = isNews && channel !== undefined ? sql`pg_notify(${channel}, 'word')` : sql`null`;
      // A word that is lost with the database is said anew: it need not wait for the disk. And it waits for nobody who holds the row of a verifier
      // (uses.ts), be it a node that stands still: the feed is read on the same connection.
      const { rows: answers } = await sql<{ id: string; held: boolean }>`with said as materialized (
          select * from json_to_recordset(${rows}::json)
            as s(id text, sequence bigint, "lagMs" bigint, entries bigint, "hitRate" double precision)
        ), from_nodes as (
          update nodes set beat = beat + 1, sequence = s.sequence, lag_ms = s."lagMs", entries = s.entries
          from said s where nodes.id = s.id returning nodes.id
        ), locked as materialized (
          select v.id from verifiers v where v.id in (select id from said) for update skip locked
        ), from_verifiers as (
          update verifiers set beat = beat + 1, sequence = s.sequence, lag_ms = s."lagMs", entries = s.entries, hit_rate = s."hitRate"
          from said s join locked l on l.id = s.id where verifiers.id = s.id returning verifiers.id
        )
        select id, held, set_config('synchronous_commit', 'off', true), ${told} as told
        from (
          select id, false as held from from_nodes union all select id, false from from_verifiers
          union all select id, true from verifiers where id in (select id from said) and id not in (select id from locked)
        ) as answers`.execute(db);
      const idsOf = (held: boolean) => new Set(answers.filter(answer => answer.held === held).map(({ id }) => id));
      return { known: idsOf(false), held: idsOf(true) };
    },
    async hear() {
      const nodes = await db.selectFrom('nodes').selectAll().execute();
      const verifiers = await db.selectFrom('verifiers').selectAll().execute();
      return [
        ...nodes.map((row): Heard => ({ kind: 'node', ...nodeOf(row), ...wordOf(row) })),
        ...verifiers.map((row): Heard => ({ kind: 'verifier', ...verifierOf(row), ...wordOf(row) })),
      ];
    },
  };
}

function nodeOf(row: Selectable<Tables['nodes']>): StoredNode {
  const { id, name, version, stale_max_ms: staleMaxMs, connected_at: connectedAt } = row;
  return { id, name, version, staleMaxMs, connectedAt };
}

function wordOf(row: Pick<Selectable<Tables['nodes']>, 'beat' | 'sequence' | 'lag_ms' | 'entries' | 'hit_rate'>) {
  const { beat, sequence, lag_ms: lagMs, entries, hit_rate: hitRate } = row;
  return { beat, sequence, lagMs, entries, hitRate };
}

import type { DatabaseSync } from 'node:sqlite';
import type pg from 'pg';
import type { OnStep } from '../check.ts';
import { openStore } from '../database.ts';
import { openSqlite } from '../sqlite.ts';
import { type Compared, compareTable } from './compare.ts';
import { copyTable } from './copy.ts';
import { MoveError } from './move-error.ts';
import { putTogether, setSequences, takeApart } from './parts.ts';
import { CREATE, exists, inTransaction, note, read } from './progress.ts';
import { OF_MIGRATIONS, quoted, type Table, tablesOf } from './shape.ts';
import { connectTarget, explained, LOCK_WAIT_MS } from './target.ts';

export interface Moved {
  /** `same` where the target held all of it already. */
  how: 'moved' | 'resumed' | 'same';
  tables: Compared[];
}

export interface MoveOptions {
  /** Empties the target first, where a move into it is not finished. */
  startOver: boolean;
  /** Rows of one transaction: so many are copied again after a crash. */
  rowsAtOnce?: number;
  /** So long another session may hold what is needed on the target. */
  lockWaitMs?: number;
}

/** Parts of the bar. */
const COPIED = 0.5;
const MADE = 0.8;

/**
 * Copies everything of a SQLite database that nobody uses into an empty PostgreSQL database, and proves that both hold the same. What was
 * cut off goes on where it was: how far it has come is kept on the target. Throws MoveError.
 */
export async function moveToPostgres(
  file: string,
  url: string,
  { startOver, rowsAtOnce = 50_000, lockWaitMs = LOCK_WAIT_MS }: MoveOptions,
  onStep: OnStep,
): Promise<Moved> {
  // Both sides have the schema of this version.
  await (await openStore(file))[Symbol.asyncDispose]();
  using source = openSqlite(file, { readOnly: true });
  const target = await connectTarget(url, lockWaitMs);
  try {
    if (startOver && (await exists(target))) await dropEverything(source, target);
    const resumed = await exists(target);
    if (!resumed && (await holdsRows(source, target))) return await demandSame(source, target, onStep);
    if (resumed) await demandSameSource(source, target);
    else await begin(source, target, url);
    const tables = await moveRows(source, target, rowsAtOnce, onStep);
    const apart = tables.filter(({ apart }) => apart !== undefined);
    if (apart.length > 0)
      throw new MoveError(`${differences(apart)} The data folder was used since the move began: ${AGAIN}`);
    await target.query('drop table moving');
    return { how: resumed ? 'resumed' : 'moved', tables };
  } catch (error) {
    throw await explained(target, error);
  } finally {
    await target.end();
  }
}

const AGAIN = 'run it with --start-over, which empties that database first.';

async function begin(source: DatabaseSync, target: pg.Client, url: string): Promise<void> {
  await (await openStore(url))[Symbol.asyncDispose]();
  await inTransaction(target, async () => {
    await target.query(CREATE);
    await note(target, 'source', 'rows', signOf(source));
    await takeApart(target);
  });
}

async function moveRows(
  source: DatabaseSync,
  target: pg.Client,
  rowsAtOnce: number,
  onStep: OnStep,
): Promise<Compared[]> {
  const tables = await tablesOf(source, target);
  const counts = countsOf(source);
  const total = Math.max(
    1,
    tables.reduce((sum, { name }) => sum + (counts.get(name) ?? 0), 0),
  );
  let before = 0;
  for (const table of tables) {
    const show = (rows: number) => onStep((COPIED * (before + rows)) / total, `copying ${table.name}`);
    show(0);
    await copyTable(source, target, table, rowsAtOnce, show);
    before += counts.get(table.name) ?? 0;
  }
  await setSequences(target, givenNumbers(source));
  await putTogether(target, (made, of) => onStep(COPIED + ((MADE - COPIED) * made) / of, 'making indexes'));
  await target.query('analyze');
  return compareAll(source, target, tables, (rows, name) =>
    onStep(MADE + ((1 - MADE) * rows) / total, `comparing ${name}`),
  );
}

async function compareAll(
  source: DatabaseSync,
  target: pg.Client,
  tables: readonly Table[],
  onRows: (rows: number, table: string) => void,
): Promise<Compared[]> {
  const compared: Compared[] = [];
  let before = 0;
  for (const table of tables) {
    const found = await compareTable(source, target, table, rows => onRows(before + rows, table.name));
    before += found.rows;
    compared.push(found);
  }
  return compared;
}

/** Whether there is anything on the target. Throws where that is nothing of ours. */
async function holdsRows(source: DatabaseSync, target: pg.Client): Promise<boolean> {
  const ours = countsOf(source);
  for (const name of await ownTables(source, target)) {
    if (!ours.has(name)) continue;
    const { rowCount } = await target.query(`select 1 from ${quoted(name)} limit 1`);
    if (rowCount) return true;
  }
  return false;
}

/** It may be that of a move that had come to its end, but could not tell any more. */
async function demandSame(source: DatabaseSync, target: pg.Client, onStep: OnStep): Promise<Moved> {
  const tables = await tablesOf(source, target);
  const total = Math.max(
    1,
    [...countsOf(source).values()].reduce((sum, rows) => sum + rows, 0),
  );
  const compared = await compareAll(source, target, tables, (rows, name) => onStep(rows / total, `comparing ${name}`));
  const apart = compared.filter(({ apart }) => apart !== undefined);
  if (apart.length > 0)
    throw new MoveError(
      `The target is in use by another Keywright. ${differences(apart)} Move into an empty database.`,
    );
  return { how: 'same', tables: compared };
}

function differences(apart: readonly Compared[]): string {
  return `It does not hold the same as the data folder in ${apart.map(({ table, rows, apart }) => `${table} (${rows} rows there, ${apart} here)`).join(', ')}.`;
}

async function demandSameSource(source: DatabaseSync, target: pg.Client): Promise<void> {
  if ((await read(target, 'source')).get('rows') === signOf(source)) return;
  throw new MoveError(
    `A move of something else into that database is not finished, or the data folder was used since it began: ${AGAIN}`,
  );
}

/** By what a source is known again: the steps of its schema, how many rows it has, and its last event. */
function signOf(source: DatabaseSync): string {
  const steps = source.prepare('select name from kysely_migration order by name').all();
  const last = source.prepare('select id, hex(hash) as hash from events order by id desc limit 1').get() ?? null;
  return JSON.stringify([steps.map(({ name }) => name), last, [...countsOf(source)]]);
}

function countsOf(source: DatabaseSync): Map<string, number> {
  const tables = source
    .prepare(
      `select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!' order by name`,
    )
    .all()
    .map(({ name }) => String(name))
    .filter(name => !OF_MIGRATIONS.test(name));
  return new Map(
    tables.map(name => [name, Number(source.prepare(`select count(*) as rows from ${quoted(name)}`).get()?.rows)]),
  );
}

/** The last number that each table has given, also to rows that are gone. */
function givenNumbers(source: DatabaseSync): Map<string, number> {
  const rows = source.prepare('select name, seq from sqlite_sequence').all();
  return new Map(rows.map(({ name, seq }) => [String(name), Number(seq)]));
}

/** The tables of the target. Throws where there is one that is not ours. */
async function ownTables(source: DatabaseSync, target: pg.Client): Promise<string[]> {
  const ours = countsOf(source);
  const { rows } = await target.query<{ name: string }>(
    `select relname as name from pg_class where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace`,
  );
  const names = rows.map(({ name }) => name);
  const foreign = names.filter(name => !ours.has(name) && !OF_MIGRATIONS.test(name) && name !== 'moving');
  if (foreign.length === 0) return names;
  throw new MoveError(
    `The target holds tables that are not Keywright's: ${foreign.slice(0, 5).join(', ')}. Move into an empty database.`,
  );
}

/** What an unfinished move has made on it. */
async function dropEverything(source: DatabaseSync, target: pg.Client): Promise<void> {
  const names = await ownTables(source, target);
  await target.query(`drop table ${names.map(quoted).join(', ')} cascade`);
}

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { HasNul, lineOf } from './lines.ts';
import { MoveError } from './move-error.ts';
import { inTransaction, note, type Reached, reachedOf } from './progress.ts';
import { listOf, quoted, type Table } from './shape.ts';

const CHUNK_CHARS = 131_072;

/**
 * Copies the rows of a table from where an earlier move stopped, in the order of their keys. How far it is becomes known together with
 * the rows. `onRows` hears how many there are by now.
 */
export async function copyTable(
  source: DatabaseSync,
  target: pg.ClientBase,
  table: Table,
  rowsAtOnce: number,
  onRows: (rows: number) => void,
): Promise<void> {
  let reached: Reached | undefined;
  let rows: Iterator<unknown[]> | undefined;
  for (;;) {
    const before: Reached | undefined = reached;
    reached = await inTransaction(target, async () => {
      const noted = await reachedOf(target, table.name);
      if (before !== undefined && noted.after !== before.after)
        throw new MoveError('Another move into that database is under way.');
      if (noted.done) return noted;
      rows ??= rowsAfter(source, table, noted.after);
      const copied = await copyRows(rows, target, table, noted, rowsAtOnce);
      await note(target, 'table', table.name, JSON.stringify(copied));
      return copied;
    });
    onRows(reached.rows);
    if (reached.done) return;
  }
}

function rowsAfter(source: DatabaseSync, { name, columns, key }: Table, after: string | null): Iterator<unknown[]> {
  const values = after === null ? [] : keyValues(after);
  const where = after === null ? '' : ` where (${listOf(key)}) > (${key.map(() => '?').join(', ')})`;
  const select = `select ${listOf(columns.map(column => column.name))} from ${quoted(name)}${where} order by ${listOf(key)}`;
  const statement = source.prepare(select);
  statement.setReturnArrays(true);
  return statement.iterate(...values) as unknown as Iterator<unknown[]>; // arrays, as set the line before
}

async function copyRows(
  rows: Iterator<unknown[]>,
  target: pg.ClientBase,
  table: Table,
  reached: Reached,
  rowsAtOnce: number,
): Promise<Reached> {
  const { name, columns, key } = table;
  const kinds = columns.map(({ kind }) => kind);
  const places = key.map(column => columns.findIndex(({ name }) => name === column));
  let last: unknown[] | undefined;
  let copied = 0;
  function* chunks() {
    let text = '';
    while (copied < rowsAtOnce) {
      const { done, value } = rows.next();
      if (done) break;
      text += orExplain(value, table, () => lineOf(value, kinds));
      last = value;
      copied++;
      if (text.length >= CHUNK_CHARS) {
        yield Buffer.from(text);
        text = '';
      }
    }
    yield Buffer.from(text);
  }
  const copy = `copy ${quoted(name)} (${listOf(columns.map(column => column.name))}) from stdin`;
  await pipeline(
    Readable.from(chunks(), { objectMode: false, highWaterMark: CHUNK_CHARS }),
    target.query(copyFrom(copy)),
  );
  return {
    after: last === undefined ? reached.after : keyText(places.map(place => last?.[place])),
    rows: reached.rows + copied,
    done: copied < rowsAtOnce,
  };
}

function orExplain(row: readonly unknown[], { name, columns, key }: Table, work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof HasNul)) throw error;
    const which = key.map(column => row[columns.findIndex(one => one.name === column)]).join(', ');
    throw new MoveError(
      `A row of ${name} (${which}) holds a text with a NUL, which PostgreSQL can not hold: mend it first.`,
    );
  }
}

/** Bytes as `{hex}`. */
function keyText(values: readonly unknown[]): string {
  return JSON.stringify(
    values.map(value => (value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value)),
  );
}

function keyValues(text: string): SQLInputValue[] {
  const values: (string | number | { hex: string })[] = JSON.parse(text); // as keyText made it
  return values.map(value => (typeof value === 'object' ? Buffer.from(value.hex, 'hex') : value));
}

import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { Digest, lineOf } from './lines.ts';
import { listOf, quoted, type Table } from './shape.ts';

/** A table as both sides hold it. */
export interface Compared {
  table: string;
  rows: number;
  digest: string;
  /** How many rows the target holds, where it does not hold the same. */
  apart?: number;
}

const ROWS_AT_ONCE = 1000;
const LINE_FEED = 10;

/** Reads every row of both sides and compares what they hold, whatever their order. */
export async function compareTable(
  source: DatabaseSync,
  target: pg.ClientBase,
  table: Table,
  onRows: (rows: number) => void,
): Promise<Compared> {
  const [there, here] = await Promise.all([digestOfSource(source, table, onRows), digestOfTarget(target, table)]);
  const compared = { table: table.name, rows: there.rows, digest: String(there) };
  return there.rows === here.rows && compared.digest === String(here) ? compared : { ...compared, apart: here.rows };
}

async function digestOfSource(
  source: DatabaseSync,
  { name, columns }: Table,
  onRows: (rows: number) => void,
): Promise<Digest> {
  const statement = source.prepare(`select ${listOf(columns.map(column => column.name))} from ${quoted(name)}`);
  statement.setReturnArrays(true);
  const kinds = columns.map(({ kind }) => kind);
  const digest = new Digest();
  for (const row of statement.iterate() as unknown as Iterable<unknown[]>) {
    // arrays, as set above
    digest.add(Buffer.from(lineOf(row, kinds)));
    if (digest.rows % ROWS_AT_ONCE === 0) {
      onRows(digest.rows);
      // The other side is read meanwhile.
      await setImmediate();
    }
  }
  onRows(digest.rows);
  return digest;
}

async function digestOfTarget(target: pg.ClientBase, { name, columns }: Table): Promise<Digest> {
  const copy = `copy (select ${listOf(columns.map(column => column.name))} from ${quoted(name)}) to stdout`;
  const digest = new Digest();
  let rest = Buffer.alloc(0);
  for await (const chunk of target.query(copyTo(copy))) {
    let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED)) {
      digest.add(bytes.subarray(0, end + 1));
      bytes = bytes.subarray(end + 1);
    }
    rest = Buffer.from(bytes);
  }
  return digest;
}

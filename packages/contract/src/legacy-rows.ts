import { KeywrightError } from '@keywright/core';
import type { InputOf, OutputOf } from './contract.ts';

type Input = InputOf<'importAccessKeys'>;
type Output = OutputOf<'importAccessKeys'>;

/** So many rows of a file go to the server in one request. */
export const IMPORT_ROWS_AT_ONCE = 2000;

/** A row of a file of keys as it stands there, with the line that it ends on. */
export interface FileRow {
  line: number;
  fields: Record<string, unknown>;
}

export interface RefusedLine {
  line: number;
  field: string;
  message: string;
}

/** What came of rows that were sent. */
export interface Imported extends Pick<Output, 'imported' | 'existing'> {
  refused: RefusedLine[];
}

/** The fields of a line of CSV: an empty cell says nothing; tags are parted by semicolons. */
export function fieldsOfCsv(record: Record<string, string>): Record<string, unknown> {
  const given = Object.entries(record).filter(([, text]) => text !== '');
  return Object.fromEntries(given.map(([name, text]) => [name, cellOf(name, text)]));
}

function cellOf(name: string, text: string): unknown {
  if (name === 'tags') return text.split(';').map(tag => tag.trim());
  if (name === 'enabled' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** The fields of a JSON line. What is no object is sent as nothing, so that the server's report names the line like any other. */
export function fieldsOfJson(text: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return { ...read };
  } catch {
    // Said in the report of the line.
  }
  return {};
}

/** Sends rows of a file; what they leave out is taken from `defaults`. Rows that are too much for one request go in two. */
export async function importRows(
  rows: readonly FileRow[],
  defaults: Record<string, unknown>,
  scheme: Input['scheme'],
  send: (input: Input) => Promise<Output>,
): Promise<Imported> {
  const answer = await sendRows({ rows: rows.map(({ fields }) => ({ ...defaults, ...fields })), scheme }, send);
  if (answer === undefined) {
    const half = rows.length >> 1;
    const first = await importRows(rows.slice(0, half), defaults, scheme, send);
    return addImported(first, await importRows(rows.slice(half), defaults, scheme, send));
  }
  const { imported, existing } = answer;
  const refused = answer.refused.map(({ row, field, message }) => ({ line: rows[row]?.line ?? 0, field, message }));
  return { imported, existing, refused };
}

/** Undefined when the rows are too much for one request. */
async function sendRows(input: Input, send: (input: Input) => Promise<Output>): Promise<Output | undefined> {
  try {
    return await send(input);
  } catch (error) {
    if (error instanceof KeywrightError && error.code === 'body_too_large' && input.rows.length > 1) return undefined;
    throw error;
  }
}

/** Adds what came of one batch to what came of those before. */
export function addImported(sum: Imported, { imported, existing, refused }: Imported): Imported {
  sum.imported += imported;
  sum.existing += existing;
  sum.refused.push(...refused);
  return sum;
}

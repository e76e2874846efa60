import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Transform } from 'node:stream';
import { type FileRow, fieldsOfCsv, fieldsOfJson, legacyKey } from '@keywright/contract';
import { parse } from 'csv-parse';
import { UsageError } from './failures.ts';

/** Reads a file of keys row by row: CSV with a line of names, or JSON lines. `onBytes` hears how much was read. */
export async function* readRows(path: string, onBytes: (bytes: number) => void): AsyncGenerator<FileRow> {
  const isCsv = /\.csv$/i.test(path);
  if (!isCsv && !/\.(jsonl|ndjson)$/i.test(path)) throw new UsageError(`${path}: the name must end in .csv or .jsonl.`);
  const counted = new Transform({
    transform(chunk, _encoding, done) {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
  const stream = createReadStream(path);
  stream.on('error', error => counted.destroy(error));
  stream.pipe(counted);
  try {
    yield* isCsv ? csvRows(counted) : jsonRows(counted);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${path} can not be read: ${error instanceof Error ? error.message : error}`);
  } finally {
    stream.destroy();
  }
}

/** The names of the first line. Throws when no row could hold a key. */
function columnsOf(names: string[]): string[] {
  if (names.includes('secret') || names.includes('hash')) return names;
  const all = Object.keys(legacyKey.shape).join(', ');
  throw new UsageError(
    `The first line must name the columns, secret or hash among them, and it says: ${names.join(', ')}. There can be: ${all}.`,
  );
}

async function* csvRows(stream: Transform): AsyncGenerator<FileRow> {
  const parser = stream.pipe(parse({ columns: columnsOf, bom: true, info: true, skip_empty_lines: true, trim: true }));
  stream.on('error', error => parser.destroy(error));
  for await (const { record, info } of parser) yield { line: info.lines, fields: fieldsOfCsv(record) };
}

async function* jsonRows(stream: Transform): AsyncGenerator<FileRow> {
  let line = 0;
  for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++;
    if (text.trim() !== '') yield { line, fields: fieldsOfJson(text) };
  }
}

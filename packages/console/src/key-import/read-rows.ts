import { type FileRow, fieldsOfCsv, fieldsOfJson } from '@keywright/contract';

/** A row of keys is never so long: a quote was opened and not closed. */
const PIECE_CHARS_MAX = 4_194_304;

/** Says in one sentence why a file can not be read. It never holds what stands in the file. */
export class UnreadableFile extends Error {}

/**
 * Reads keys row by row, without ever holding the whole file: JSON lines where it begins with a brace, else CSV with a line of
 * names. `onBytes` hears how much was read.
 */
export async function* readRows(file: Blob, onBytes: (bytes: number) => void): AsyncGenerator<FileRow> {
  const isCsv = !(await file.slice(0, 1024).text()).trimStart().startsWith('{');
  const rowsOf = isCsv ? await csvReader() : jsonRows;
  let line = 0;
  for await (const piece of piecesOf(file, isCsv, onBytes)) {
    yield* rowsOf(piece, line);
    line += piece.split('\n').length - 1;
  }
}

/** Pieces of the text that end with a line; in CSV with one that no quote holds open. */
async function* piecesOf(file: Blob, isCsv: boolean, onBytes: (bytes: number) => void): AsyncGenerator<string> {
  const reader = file.stream().getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      if (done) break;
      onBytes(value.length);
      const end = rest.lastIndexOf('\n') + 1;
      if (end > 0 && !(isCsv && holdsOpenQuote(rest.slice(0, end)))) {
        yield rest.slice(0, end);
        rest = rest.slice(end);
      }
      if (rest.length > PIECE_CHARS_MAX)
        throw new UnreadableFile('A line is too long, or a quote in it is never closed.');
    }
    if (rest !== '') yield rest;
  } finally {
    await reader.cancel();
  }
}

/** Quotes in CSV come in pairs, doubled ones within a cell too (RFC 4180). */
const holdsOpenQuote = (text: string) => text.split('"').length % 2 === 0;

type RowReader = (piece: string, before: number) => Generator<FileRow> | FileRow[];

/** `before` is how many lines stand before the piece. */
function* jsonRows(piece: string, before: number): Generator<FileRow> {
  for (const [index, text] of piece.split('\n').entries()) {
    if (text.trim() !== '') yield { line: before + index + 1, fields: fieldsOfJson(text) };
  }
}

/** Spreadsheets and scripts have both had their hands in some files. */
const LINE_ENDS = ['\r\n', '\n'];

interface Parsed {
  record: Record<string, string>;
  info: { lines: number };
}

/** The reader is fetched when somebody imports a file: few do. Each piece goes to it below the line of names. */
async function csvReader(): Promise<RowReader> {
  const { CsvError, parse } = await import('csv-parse/browser/esm/sync');
  let names = '';
  return (piece, before) => {
    const isFirst = names === '';
    const text = isFirst ? piece.trimStart() : names + piece;
    if (isFirst) names = text.slice(0, text.indexOf('\n') + 1) || `${text}\n`;
    const shift = before + piece.split('\n').length - text.split('\n').length;
    try {
      const options = {
        columns: true,
        info: true,
        skip_empty_lines: true,
        trim: true,
        record_delimiter: LINE_ENDS,
      } as const;
      // With `info` each record comes so; the types of csv-parse do not say it.
      const parsed = parse(text, options) as unknown as Parsed[];
      return parsed.map(({ record, info }) => ({ line: shift + info.lines, fields: fieldsOfCsv(record) }));
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      throw new UnreadableFile(`Line ${shift + Number(error.lines)} can not be read: ${problemOf(error.code)}`);
    }
  };
}

/** In our own words: those of the error hold what stands in the line. */
function problemOf(code: string): string {
  return code === 'CSV_RECORD_INCONSISTENT_COLUMNS'
    ? 'it has more or fewer cells than the line of names.'
    : 'its quotes do not fit together.';
}

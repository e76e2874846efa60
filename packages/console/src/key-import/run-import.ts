import { addImported, type FileRow, IMPORT_ROWS_AT_ONCE, type Imported, importRows } from '@keywright/contract';
import { call } from '../api/client.ts';
import { readRows } from './read-rows.ts';
import { type ImportSource, whyNotSend } from './scheme.ts';

/** How far an import came. The same `result` grows from batch to batch. */
export interface Progress {
  /** How much of the file was read, from 0 to 1. */
  share: number;
  result: Imported;
}

/** Sends a file batch by batch, one after the other; `tell` hears how far it came, also when it fails afterwards. */
export async function runImport(
  { file, kept, scheme, defaults }: ImportSource,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<void> {
  const result: Imported = { imported: 0, existing: 0, refused: [] };
  let read = 0;
  let batch: FileRow[] = [];
  const send = async () => {
    addImported(
      result,
      await importRows(batch, defaults, scheme, input => call('importAccessKeys', input, { signal })),
    );
    batch = [];
    tell({ share: read / file.size, result });
  };
  const rows = readRows(file, bytes => {
    read += bytes;
  });
  for await (const row of rows) {
    signal.throwIfAborted();
    const problem = whyNotSend(row.fields, kept);
    if (problem) result.refused.push({ line: row.line, ...problem });
    else batch.push(row);
    if (batch.length >= IMPORT_ROWS_AT_ONCE) await send();
  }
  if (batch.length > 0) await send();
  result.refused.sort((a, b) => a.line - b.line);
  tell({ share: 1, result });
}

import { stat } from 'node:fs/promises';
import {
  addImported,
  contract,
  type FileRow,
  IMPORT_ROWS_AT_ONCE,
  type Imported,
  type InputOf,
  importRows,
  type OutputOf,
} from '@keywright/contract';
import { type Command, Option } from 'commander';
import { type Access, findAccess, type Globals } from './access.ts';
import { commandFor, send } from './commands.ts';
import { readEnvironment } from './config.ts';
import { report, UsageError } from './failures.ts';
import { readRows } from './import-file.ts';
import { endProgress, showProgress } from './progress.ts';
import { clean, json } from './text.ts';

type Input = InputOf<'importAccessKeys'>;
type Answer = OutputOf<'importAccessKeys'>;

interface Flags extends Globals {
  owner?: string;
  permission?: string;
  algorithm?: string;
  prefix?: string;
  salt?: string;
  saltAt?: string;
  separator?: string;
}

const entry = contract.importAccessKeys;
/** While the server writes one batch, the next is read and under way. */
const BATCHES_UNDER_WAY = 2;
const REFUSED_SHOWN = 20;

const ABOUT = `The file is CSV with a line of names, or JSON lines. Each row has an owner (id or e-mail address) and a secret or its hash; and id, salt,
name, description, permission (read_write or read_only), project, expiresAt, createdAt, tags (in CSV parted by ;) and enabled where they are known.
A run may be repeated: what is there already is passed over. Lines that are refused are reported, and the exit code is 1.`;

export function addImportKeys(program: Command): void {
  const command = commandFor(program, 'keys import', entry);
  command.description(`${entry.summary}. ${ABOUT}`).argument('<file>', 'A .csv or .jsonl file.');
  for (const [flags, description] of [
    ['--owner <owner>', 'The owner of rows that name none: an id, or a member by e-mail address.'],
    ['--permission <permission>', 'For rows that name none: read_write (default) or read_only.'],
    ['--algorithm <algorithm>', 'What hashes are: sha256 (default), sha512, bcrypt or argon2.'],
    ['--prefix <text>', 'What stands before the secret where it is used, but was not hashed.'],
    ['--salt <text>', 'One salt for all, hashed together with the secret.'],
    ['--salt-at <place>', 'Where the salt stands: before (default) or after the secret.'],
    ['--separator <sign>', 'What parts the id from the secret, for bcrypt, argon2 and salts of rows (default: .).'],
  ] as const) {
    command.addOption(new Option(flags, description));
  }
  command.action((file: string) => runImport(file, command));
}

async function runImport(file: string, command: Command): Promise<void> {
  const flags = command.optsWithGlobals<Flags>();
  try {
    const access = await findAccess(flags, readEnvironment(), true);
    const result = await importFile(file, flags, access);
    console.log(flags.json ? json(result) : summaryOf(result));
    if (result.refused.length > 0) process.exitCode = 1;
  } catch (error) {
    process.exitCode = report(error, flags.json === true, entry);
  }
}

async function importFile(file: string, flags: Flags, access: Access): Promise<Imported> {
  const total = await sizeOf(file);
  const result: Imported = { imported: 0, existing: 0, refused: [] };
  const underWay: Promise<void>[] = [];
  let read = 0;
  let batch: FileRow[] = [];
  const push = async () => {
    if (underWay.length >= BATCHES_UNDER_WAY) await underWay.shift();
    const sent = sendBatch(batch, flags, access).then(answer => {
      addImported(result, answer);
      showProgress(read / total, rowsOf(result));
    });
    sent.catch(() => {}); // Awaited below; it must not count as unhandled until then.
    underWay.push(sent);
    batch = [];
  };
  for await (const row of readRows(file, bytes => {
    read += bytes;
  })) {
    batch.push(row);
    if (batch.length >= IMPORT_ROWS_AT_ONCE) await push();
  }
  if (batch.length > 0) await push();
  await Promise.all(underWay);
  endProgress();
  if (result.imported + result.existing + result.refused.length === 0)
    throw new UsageError(`${file} holds no rows: nothing was imported.`);
  result.refused.sort((a, b) => a.line - b.line);
  return result;
}

function sendBatch(batch: readonly FileRow[], flags: Flags, access: Access): Promise<Imported> {
  const { algorithm, prefix, salt, saltAt, separator, owner, permission } = flags;
  const defaults = { ...(owner && { owner }), ...(permission && { permission }) };
  const scheme = Object.fromEntries(
    Object.entries({ algorithm, prefix, salt, saltAt, separator }).filter(([, value]) => value !== undefined),
  );
  // The answer of this operation, by its contract.
  return importRows(
    batch,
    defaults,
    scheme as Input['scheme'],
    async input => (await send(entry, input, access)) as Answer,
  );
}

async function sizeOf(file: string): Promise<number> {
  try {
    return Math.max(1, (await stat(file)).size);
  } catch (error) {
    throw new UsageError(`${file} can not be read: ${error instanceof Error ? error.message : error}`);
  }
}

function rowsOf({ imported, existing, refused }: Imported): string {
  const rows = (imported + existing + refused.length).toLocaleString('en');
  return `${rows} rows, ${refused.length.toLocaleString('en')} refused`;
}

function summaryOf({ imported, existing, refused }: Imported): string {
  const count = (n: number) => n.toLocaleString('en');
  const lines = refused
    .slice(0, REFUSED_SHOWN)
    .map(one => `  line ${one.line}: ${clean(one.field)}: ${clean(one.message)}`);
  const more =
    refused.length > REFUSED_SHOWN
      ? [`  … and ${count(refused.length - REFUSED_SHOWN)} more: --json lists them all.`]
      : [];
  const head = `${count(imported)} imported, ${count(existing)} there already, ${count(refused.length)} refused${refused.length > 0 ? ':' : '.'}`;
  return [head, ...lines, ...more].join('\n');
}

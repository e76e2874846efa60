import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { contract, fromStrings, type ImportDifference, type OutputOf, waiting } from '@keywright/contract';
import { limits } from '@keywright/core';
import { type Command, Option } from 'commander';
import { type Access, findAccess, type Globals } from './access.ts';
import { askChoice, askText, askWhether, isInteractive } from './ask.ts';
import { commandFor, isNotAsWanted, send } from './commands.ts';
import { readEnvironment } from './config.ts';
import { report, UsageError } from './failures.ts';
import { fieldsOf, optionsOf } from './flags.ts';
import { receiptInWords } from './present.ts';
import { clean, json } from './text.ts';

interface Flags extends Globals {
  api?: string;
  name?: string;
  url?: string;
  with?: string[];
  basePath?: string;
  removeGranted?: boolean;
  widen?: boolean;
  dryRun?: boolean;
  yes?: boolean;
  wait?: string;
  waitMs?: string;
}

const entry = contract.importApi;
const LINES_SHOWN = 20;

const ABOUT = `Asks which API is meant where neither --api nor --name says it. Shows what would be added, changed and removed, and asks before it changes anything; with --yes it does not ask, and without a terminal it needs to be told. Where access keys would lose a grant or could call more than before, that needs its own flag.`;

export function addImportApi(program: Command): void {
  const command = commandFor(program, 'apis import', entry);
  command
    .description(`${entry.summary} (3.0 or 3.1, JSON or YAML). ${ABOUT}`)
    .argument('[file]', 'The document; or take --url.')
    .option('--api <api>', 'The id of the API.')
    .option('--name <name>', 'Make a new API of this name instead.')
    .option('--url <url>', 'Let the server get the document from a public address.')
    .addOption(
      new Option(
        '--with <file>',
        'A file to which the document refers, as it is named there; may be repeated.',
      ).argParser((value, before: string[] = []) => [...before, value]),
    )
    .option('--base-path <path>', 'What to put before the paths, from now on, in place of what the document says.')
    .option('--remove-granted', 'Take what is removed out of the grants of keys as well.')
    .option('--widen', 'Also when keys can call more afterwards than before.')
    .option('--dry-run', 'Show the difference only.')
    .option('--yes', 'Do not ask.');
  for (const option of fieldsOf(entry)
    .filter(({ name }) => name in waiting)
    .flatMap(optionsOf))
    command.addOption(option);
  command.action((file: string | undefined) => runImport(file, command));
}

async function runImport(file: string | undefined, command: Command): Promise<void> {
  const flags = command.optsWithGlobals<Flags>();
  try {
    checkUse(file, flags);
    const input = { ...(await documentFrom(file, flags)), ...pick(flags) };
    const access = await findAccess(flags, readEnvironment(), true);
    const which = await whichApi(file ?? flags.url ?? '', flags, access);
    // In a new API no key has anything to lose or to gain, and who says --yes is not asked.
    const atOnce = which.api === undefined && flags.yes === true && flags.dryRun !== true;
    const difference = await withApi(which, access, api => importInto(api, input, { ...flags, atOnce }, access));
    console.log(flags.json ? json(difference) : doneText(difference));
    if (isNotAsWanted(difference)) process.exitCode = 1;
  } catch (error) {
    process.exitCode = report(error, flags.json === true, entry);
  }
}

function doneText({ applied, receipt }: ImportDifference): string {
  if (!applied) return 'Nothing was changed.';
  return receipt === undefined ? 'Imported.' : `Imported.\nReceipt: ${clean(receiptInWords(receipt))}`;
}

function checkUse(file: string | undefined, flags: Flags): void {
  if ((file === undefined) === (flags.url === undefined)) throw new UsageError('Give either a file or --url.');
  const { api, name } = flags;
  if (api === undefined && name === undefined ? !isInteractive() : api !== undefined && name !== undefined)
    throw new UsageError('Give either --api or --name.');
  if (!flags.yes && !flags.dryRun && !isInteractive())
    throw new UsageError('Here nobody can be asked: look at the difference with --dry-run, and apply it with --yes.');
}

type Which = Pick<Flags, 'api' | 'name'>;

/** The API that the flags name; without them it is asked for, a new one among the choices. */
async function whichApi(source: string, { api, name }: Which, access: Access): Promise<Which> {
  if (api !== undefined || name !== undefined) return { api, name };
  // The answer of this operation, by its contract.
  const list = (await send(contract.listApis, { limit: limits.pageItemsMax }, access)) as OutputOf<'listApis'>;
  const own = list.items.filter(({ builtIn }) => !builtIn);
  const choices = own.map(({ id, name }) => ({ value: id, label: clean(name), hint: id }));
  const chosen = await askChoice('Which API does the document describe?', [
    { value: '', label: 'A new one' },
    ...choices,
  ]);
  if (chosen !== '') return { api: chosen };
  const proposed = basename(source, extname(source));
  return { name: await askText('What is the new API called?', proposed, () => undefined) };
}

async function documentFrom(file: string | undefined, flags: Flags): Promise<Record<string, unknown>> {
  const files = await Promise.all((flags.with ?? []).map(async path => [path, await readText(path)]));
  const more = files.length > 0 && { files: Object.fromEntries(files) };
  return { ...(file === undefined ? { url: flags.url } : { document: await readText(file) }), ...more };
}

function pick({ basePath, removeGranted = false, widen = false }: Flags): Record<string, unknown> {
  return { removeGranted, widen, ...(basePath !== undefined && { basePath }) };
}

/** For the call that makes the change; nobody waits for a difference that is only shown. */
function applying({ wait, waitMs }: Flags): Record<string, unknown> {
  return { apply: true, ...fromStrings(entry, { ...(wait && { wait }), ...(waitMs && { waitMs }) }) };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} can not be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** A new API goes again when its first import comes to nothing. */
async function withApi(
  { api, name }: Which,
  access: Access,
  work: (api: string) => Promise<ImportDifference>,
): Promise<ImportDifference> {
  if (api !== undefined) return work(api);
  const made = (await send(contract.createApi, { name }, access)) as OutputOf<'createApi'>;
  let applied = false;
  try {
    const difference = await work(made.id);
    applied = difference.applied;
    return difference;
  } finally {
    if (applied) console.error(`The new API is ${made.id}.`);
    else await send(contract.deleteApi, { api: made.id }, access);
  }
}

/** `atOnce` sends the document only once: what it makes is shown afterwards. */
async function importInto(
  api: string,
  input: Record<string, unknown>,
  { atOnce, ...flags }: Flags & { atOnce: boolean },
  access: Access,
): Promise<ImportDifference> {
  // The answer of this operation, by its contract.
  const first = { ...input, api, ...(atOnce && applying(flags)) };
  const difference = (await send(entry, first, access)) as ImportDifference;
  if (!flags.json) console.log(textOf(difference));
  const { added, changed, removed } = difference;
  if (atOnce || flags.dryRun || added.count + changed.count + removed.count === 0) return difference;
  if (!flags.yes) await askWhether('Make this change?');
  return (await send(entry, { ...input, api, ...applying(flags) }, access)) as ImportDifference;
}

/** The difference for people, as `diff` writes it. */
function textOf(difference: ImportDifference): string {
  const { added, changed, removed, widened, skipped, keys, endpoints } = difference;
  const named = ({ method, path, summary }: (typeof added)['items'][number]) =>
    `${method} ${path}${summary === null ? '' : `  ${summary}`}`;
  return [
    ...section('+', added, named),
    ...section('~', changed, one => `${named(one)} (${one.fields.join(', ')})`),
    ...section('-', removed, named),
    ...section('skipped:', skipped, one => `${one.path} ${one.why}`),
    ...section('keys can call more:', widened, one => `${one.endpoint}: ${one.why}`),
    ...section('loses grants:', keys, one => `${one.key} ${one.name ?? ''} (${one.endpoints})`),
    `${added.count} added, ${changed.count} changed, ${removed.count} removed; ${endpoints} endpoints then.`,
  ].join('\n');
}

function section<Item>(
  mark: string,
  { count, items }: { count: number; items: Item[] },
  name: (item: Item) => string,
): string[] {
  const lines = items.slice(0, LINES_SHOWN).map(item => `${mark} ${clean(name(item))}`);
  return count > lines.length ? [...lines, `${mark} … and ${count - lines.length} more`] : lines;
}

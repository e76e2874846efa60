import { fromStrings, type Operation, pathFields, schemaOf } from '@keywright/contract';
import { limits } from '@keywright/core';
import { InvalidArgumentError, Option } from 'commander';
import { isObject } from './values.ts';

type Schema = ReturnType<typeof schemaOf>;

/** One field of an operation's input as it is typed on the command line. */
export interface Field {
  name: string;
  kind: 'text' | 'list' | 'boolean' | 'json' | 'json list';
  /** `none` stands for null, or for the empty list. */
  takesNone: boolean;
  /** Null is a value of its own, and no list is not the empty list. */
  nullable: boolean;
  required: boolean;
  choices: string[] | undefined;
  /** What stands between angle brackets in the help. */
  placeholder: string;
  help: string;
}

const NONE = 'none';

/** The fields of an operation that are no positionals. */
export function fieldsOf(entry: Operation): Field[] {
  const { properties = {}, required = [] } = schemaOf(entry.input, 'input');
  const positionals = pathFields(entry);
  return Object.entries(properties)
    .filter(([name]) => !positionals.includes(name))
    .map(([name, schema]) => fieldOf(name, schema, required.includes(name)));
}

/** `expiresAt` → `--expires-at`. */
export function flagOf(field: string): string {
  return `--${field.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)}`;
}

/** The options of a field: one, or two for a boolean (`--enabled`, `--no-enabled`). */
export function optionsOf(field: Field): Option[] {
  const flag = flagOf(field.name);
  if (field.kind === 'boolean') {
    return [new Option(flag, field.help), new Option(flag.replace('--', '--no-'), 'The opposite.')];
  }
  const option = new Option(`${flag} <${field.placeholder}>`, field.help).makeOptionMandatory(field.required);
  if (field.choices !== undefined) option.choices(field.choices);
  if (field.kind === 'list') option.argParser((value, before: string[] = []) => [...before, value]);
  if (field.kind === 'json') option.argParser(parseObject);
  if (field.kind === 'json list')
    option.argParser((value, before: object[] = []) => (value === NONE ? [] : [...before, parseObject(value)]));
  return [option];
}

/** Makes a creating call safe to repeat. */
export function idempotencyOption(): Option {
  const what = `1 to ${limits.idempotencyKeyCharsMax} visible ASCII characters`;
  return new Option(
    '--idempotency-key <text>',
    `Makes the call safe to repeat: the same text never creates twice (${what}).`,
  ).argParser(value => {
    if (/^[\x21-\x7e]+$/.test(value) && value.length <= limits.idempotencyKeyCharsMax) return value;
    throw new InvalidArgumentError(`It must be ${what}.`);
  });
}

/** An empty positional, or one of dots, would name another path than the one meant. */
export function parsePositional(value: string): string {
  if (/^\.{0,2}$/.test(value)) throw new InvalidArgumentError('It must not be empty.');
  return value;
}

function parseObject(value: string): object {
  try {
    const read: unknown = JSON.parse(value);
    if (isObject(read)) return read;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError(`It must be a JSON object, such as '{"name": "value"}' in quotes for the shell.`);
}

/** The input of an operation, from positionals and flags. Values that break a rule are left for the server to name. */
export function inputFrom(
  entry: Operation,
  positionals: readonly string[],
  flags: Record<string, unknown>,
): Record<string, unknown> {
  const texts: Record<string, string | string[]> = {};
  const ready: Record<string, unknown> = {};
  for (const [at, name] of pathFields(entry).entries()) texts[name] = positionals[at] ?? '';
  for (const field of fieldsOf(entry)) {
    const value = flags[field.name];
    if (typeof value === 'boolean' || isObject(value) || isObjects(field, value)) ready[field.name] = value;
    else if (field.takesNone && String(value) === NONE)
      ready[field.name] = field.kind === 'list' && !field.nullable ? [] : null;
    else if (typeof value === 'string' || isTexts(value)) texts[field.name] = value;
  }
  return { ...fromStrings(entry, texts), ...ready };
}

function isObjects(field: Field, value: unknown): boolean {
  return field.kind === 'json list' && Array.isArray(value);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(one => typeof one === 'string');
}

function fieldOf(name: string, schema: Schema, required: boolean): Field {
  const parts = [schema, ...(schema.anyOf ?? [])];
  const types = parts.map(part => part.type);
  const nullable = types.includes('null');
  const list = types.includes('array');
  const choices = parts.flatMap(part => part.enum ?? []).map(String);
  return {
    name,
    kind: kindOf(types, parts),
    takesNone: nullable || list,
    nullable,
    required,
    choices: choices.length === 0 ? undefined : nullable ? [...choices, NONE] : choices,
    placeholder: placeholderOf(parts, choices.length > 0),
    help: helpOf(schema, parts, nullable, list),
  };
}

function kindOf(types: readonly (string | undefined)[], parts: Schema[]): Field['kind'] {
  if (types.includes('boolean')) return 'boolean';
  if (types.includes('array')) return entryOf(parts)?.type === 'object' ? 'json list' : 'list';
  return types.includes('object') ? 'json' : 'text';
}

/** What each entry of a list is. */
function entryOf(parts: Schema[]): Schema | undefined {
  return parts.find(part => part.type === 'array')?.items;
}

function placeholderOf(parts: Schema[], isChoice: boolean): string {
  if (isChoice) return 'choice';
  if (parts.some(part => part.format === 'date-time')) return 'time';
  if (parts.some(part => part.type === 'object') || entryOf(parts)?.type === 'object') return 'json';
  return parts.some(part => part.type === 'integer') ? 'number' : 'text';
}

function helpOf(schema: Schema, parts: Schema[], nullable: boolean, list: boolean): string {
  const about = parts.find(part => part.description !== undefined)?.description ?? '';
  const sentences = [about.replace(/\bnull\b/g, `"${NONE}"`)];
  if (nullable && !about.includes('null')) sentences.push(`"${NONE}" for no value.`);
  if (list) sentences.push(nullable ? 'Repeat it for several.' : `Repeat it for several; "${NONE}" for an empty list.`);
  if (parts.some(part => part.format === 'date-time')) sentences.push('A time is written as 2027-01-31T12:00:00Z.');
  const entry = entryOf(parts);
  if (parts.some(part => part.type === 'object')) sentences.push(`In JSON${exampleOf(schema)}.`);
  else if (entry?.type === 'object') sentences.push(`Each in JSON${exampleOf(entry)}.`);
  if (schema.default !== undefined) sentences.push(`(default: ${JSON.stringify(schema.default)})`);
  return sentences.filter(Boolean).join(' ');
}

function exampleOf({ examples }: Schema): string {
  return Array.isArray(examples) ? `, such as '${JSON.stringify(examples[0])}'` : '';
}

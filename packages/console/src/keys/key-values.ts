import type { AccessKey, InputOf } from '@keywright/contract';
import type { Grants, KeyPolicy, Permission } from '@keywright/core';
import { type LimitValues, limitsInput, limitValuesOf } from '../limits/limit-values.ts';
import { spelled } from '../permissions/grants.ts';

/** How long a key lives: `never`, `longest` (what the key policy allows), a number of days, or up to a `date`. */
export interface Expiry {
  choice: string;
  date: string;
}

/** What the forms of a key hold. */
export interface KeyValues extends LimitValues {
  owner: string;
  name: string;
  description: string;
  permission: Permission;
  /** Kept while another permission is chosen, so that choosing Restricted again loses nothing. */
  grants: Grants;
  expiresAt: Expiry;
  /** As an input of type datetime-local holds it; empty for at once. */
  notBefore: string;
  /** One a line. */
  networks: string;
  /** Between commas. */
  tags: string;
}

const DAY_MS = 86_400_000;
const PRESET_DAYS = [30, 90, 365];

export function newKeyValues(owner: string, policy: KeyPolicy): KeyValues {
  return {
    owner,
    name: '',
    description: '',
    permission: policy.permissionDefault,
    grants: {},
    expiresAt: { choice: policy.lifetimeDaysMax === null ? 'never' : 'longest', date: '' },
    notBefore: '',
    networks: '',
    tags: '',
    rateLimits: [],
    quotas: [],
  };
}

export function valuesOf(key: AccessKey): KeyValues {
  return {
    owner: key.owner.id,
    name: key.name ?? '',
    description: key.description ?? '',
    permission: key.permission,
    grants: key.grants,
    expiresAt: key.expiresAt ? { choice: 'date', date: localDate(key.expiresAt) } : { choice: 'never', date: '' },
    notBefore: key.notBefore ? localMinute(key.notBefore) : '',
    networks: key.networks.join('\n'),
    tags: key.tags.join(', '),
    ...limitValuesOf(key),
  };
}

/** The lifetimes to choose from; a new key can also ask for the longest that the policy allows. */
export function lifetimeChoices(policy: KeyPolicy, isNew: boolean): { value: string; label: string }[] {
  const max = policy.lifetimeDaysMax;
  const first =
    max === null
      ? [{ value: 'never', label: 'Never' }]
      : [{ value: 'longest', label: `In ${max} days, the longest that the key policy allows` }].filter(() => isNew);
  const presets = PRESET_DAYS.filter(days => max === null || days < max);
  return [
    ...first,
    ...presets.map(days => ({ value: String(days), label: `In ${days} days` })),
    { value: 'date', label: 'On a date' },
  ];
}

export function createInput(values: KeyValues, at: number): InputOf<'createAccessKey'> {
  const { owner, name, description, permission } = values;
  return {
    ...{ owner, name, description, permission },
    ...(permission === 'restricted' ? { grants: grantsInput(values.grants) } : {}),
    notBefore: instantOf(values.notBefore),
    expiresAt: expiryOf(values.expiresAt, at),
    networks: wordsOf(values.networks, /[\s,]+/),
    tags: wordsOf(values.tags, ','),
    ...limitsInput(values),
  };
}

/** Only what was changed, so that nothing is overwritten that somebody else changed meanwhile. */
export function updateInput(key: AccessKey, values: KeyValues, at: number): InputOf<'updateAccessKey'> {
  const before = valuesOf(key);
  const input: InputOf<'updateAccessKey'> = { key: key.key };
  const differs = (field: keyof KeyValues) => JSON.stringify(values[field]) !== JSON.stringify(before[field]);
  if (differs('name')) input.name = values.name;
  if (differs('description')) input.description = values.description;
  if (differs('permission')) input.permission = values.permission;
  const isOtherGrants = differs('permission') || spelled(values.grants) !== spelled(before.grants);
  if (values.permission === 'restricted' && isOtherGrants) input.grants = grantsInput(values.grants);
  if (differs('expiresAt')) input.expiresAt = expiryOf(values.expiresAt, at) ?? null;
  if (differs('notBefore')) input.notBefore = instantOf(values.notBefore) ?? null;
  if (differs('networks')) input.networks = wordsOf(values.networks, /[\s,]+/);
  if (differs('tags')) input.tags = wordsOf(values.tags, ',');
  const { rateLimits, quotas } = limitsInput(values);
  if (differs('rateLimits')) input.rateLimits = rateLimits;
  if (differs('quotas')) input.quotas = quotas;
  return input;
}

/** Undefined for none: a new key then gets the latest expiry that the policy allows, by the clock of the server. */
function expiryOf({ choice, date }: Expiry, at: number): string | undefined {
  if (choice === 'never' || choice === 'longest') return undefined;
  // A day counts up to its end, in the time zone of the person.
  return choice === 'date'
    ? (instantOf(date && `${date}T23:59:59`) ?? '')
    : new Date(at + Number(choice) * DAY_MS).toISOString();
}

/** Lists that may be changed, as the contract takes them. */
function grantsInput(grants: Grants): NonNullable<InputOf<'createAccessKey'>['grants']> {
  return Object.fromEntries(
    Object.entries(grants).map(([api, grant]) => [api, typeof grant === 'string' ? grant : [...grant]]),
  );
}

function instantOf(local: string): string | undefined {
  return local === '' ? undefined : new Date(local).toISOString();
}

function wordsOf(text: string, separator: string | RegExp): string[] {
  return text
    .split(separator)
    .map(word => word.trim())
    .filter(word => word !== '');
}

const two = (part: number) => String(part).padStart(2, '0');

/** The day so many days from now, as an input of type date holds it. */
export const dateAfter = (days: number, at: number) => localDate(at + days * DAY_MS);

function localDate(instant: string | number): string {
  const time = new Date(instant);
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function localMinute(iso: string): string {
  const time = new Date(iso);
  return `${localDate(iso)}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

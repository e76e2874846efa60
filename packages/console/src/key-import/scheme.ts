import { type InputOf, legacyKey, legacyScheme } from '@keywright/contract';
import { sentence } from '../api/change.ts';

export type Scheme = NonNullable<InputOf<'importAccessKeys'>['scheme']>;
export type Kept = 'plain' | NonNullable<Scheme['algorithm']>;

/** How the other system has kept its keys. */
export const KEPT: readonly { value: Kept; label: string }[] = [
  { value: 'plain', label: 'Plain secrets' },
  { value: 'sha256', label: 'SHA-256 hashes' },
  { value: 'sha512', label: 'SHA-512 hashes' },
  { value: 'bcrypt', label: 'bcrypt hashes' },
  { value: 'argon2', label: 'argon2 hashes' },
];

/** What is imported: rows, and what holds for those that say nothing themselves. */
export interface ImportSource {
  file: Blob;
  kept: Kept;
  scheme: Scheme | undefined;
  defaults: Record<string, unknown>;
}

const FIELDS = ['prefix', 'salt', 'saltAt', 'separator'] as const;
export type SchemeErrors = Partial<Record<(typeof FIELDS)[number], string>>;

/** The scheme as the form says it, or what is wrong at its fields. */
export function readScheme(kept: Kept, form: FormData): { scheme?: Scheme; errors?: SchemeErrors } {
  if (kept === 'plain') return {};
  const given = FIELDS.map(field => [field, form.get(field)]).filter(([, value]) => value);
  const read = legacyScheme.safeParse({ algorithm: kept, ...Object.fromEntries(given) });
  if (read.success) return { scheme: read.data };
  return {
    errors: Object.fromEntries(read.error.issues.map(issue => [issue.path.join('.'), sentence(issue.message)])),
  };
}

/** What the hash of a row seems to be. */
export function guessKept({ hash, secret }: Record<string, unknown>): Kept | undefined {
  if (typeof hash !== 'string') return secret === undefined ? undefined : 'plain';
  if (hash.startsWith('$2')) return 'bcrypt';
  if (hash.startsWith('$argon2')) return 'argon2';
  // 64 bytes are 86 or more signs in base64 and 128 in hex, 32 bytes at most 64.
  return hash.length > 64 ? 'sha512' : 'sha256';
}

export interface Problem {
  field: string;
  message: string;
}

/** What can not be sent: the server would take every hash for one of SHA-256. */
export function whyNotSend(fields: Record<string, unknown>, kept: Kept): Problem | undefined {
  if (kept !== 'plain' || fields.hash === undefined) return undefined;
  return { field: 'hash', message: 'is no plain secret: choose how the keys were kept' };
}

/** What is wrong with a row as far as can be seen without asking the server. */
export function problemOf(fields: Record<string, unknown>, kept: Kept): Problem | undefined {
  const unsent = whyNotSend(fields, kept);
  if (unsent) return unsent;
  const [issue] = legacyKey.safeParse(fields).error?.issues ?? [];
  if (issue?.code === 'unrecognized_keys') return { field: issue.keys.join(', '), message: 'is not a field of a key' };
  if (issue) {
    const field = issue.path.join('.');
    return { field, message: fields[field] === undefined ? 'is missing' : issue.message };
  }
  if ((fields.secret === undefined) === (fields.hash === undefined))
    return { field: 'secret', message: 'give either the secret or its hash' };
  return undefined;
}

import { argon2, hash, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { provesBcrypt } from './bcrypt.ts';

/** How keys of another system were kept, as one run of an import says it. */
export interface Scheme {
  algorithm: 'sha256' | 'sha512' | 'bcrypt' | 'argon2';
  prefix?: string | undefined;
  salt?: string | undefined;
  saltAt: 'before' | 'after';
  /** Parts the public id from the secret, where keys are found by their id. */
  separator: string;
  /** Found by their id, because the hash cannot be computed without what stands in the row. */
  byId: boolean;
}

/** The plain SHA-256 of the whole text: how plain secrets are kept, and to what slow hashes are upgraded. */
export const PLAIN: Scheme = { algorithm: 'sha256', saltAt: 'before', separator: '.', byId: false };

/** What a text in that scheme is looked up by; undefined when it cannot be one of its keys. */
export function lookupOf(scheme: Scheme, text: string): Buffer | undefined {
  if (scheme.byId) {
    const id = splitId(scheme, text)?.id;
    return id === undefined ? undefined : idLookup(id);
  }
  const secret = withoutPrefix(scheme, text);
  return secret === undefined ? undefined : digest(scheme, secret, scheme.salt);
}

export function idLookup(id: string): Buffer {
  return hash('sha256', `id\0${id}`, 'buffer');
}

/** Whether the text is the key whose row was found by its id. `kept` is `salt$hash` for SHA, else what bcrypt or argon2 wrote. */
export async function proves(scheme: Scheme, text: string, kept: string): Promise<boolean> {
  const secret = splitId(scheme, text)?.secret;
  if (secret === undefined) return false;
  if (scheme.algorithm === 'bcrypt') return provesBcrypt(secret, kept);
  if (scheme.algorithm === 'argon2') return provesArgon2(secret, kept);
  const end = kept.lastIndexOf('$');
  const expected = Buffer.from(kept.slice(end + 1), 'base64');
  const given = digest(scheme, secret, kept.slice(0, end));
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Reads a hash in hex or base64; undefined when it has not the size of the algorithm's. */
export function readDigest(algorithm: 'sha256' | 'sha512', text: string): Buffer | undefined {
  const size = algorithm === 'sha256' ? 32 : 64;
  if (new RegExp(`^[0-9a-f]{${size * 2}}$`, 'i').test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === size ? bytes : undefined;
}

/** What may stand in a row as the hash of bcrypt or argon2. The costs are bounded: each first use has to pay them. */
export function isSlowHash(algorithm: 'bcrypt' | 'argon2', text: string): boolean {
  if (algorithm === 'bcrypt') return /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/.test(text);
  const read = readArgon2(text);
  return read !== undefined && read.memory <= 262_144 && read.passes <= 10 && read.parallelism <= 8;
}

const ARGON2 =
  /^\$(argon2id|argon2i|argon2d)\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

function readArgon2(text: string) {
  const [, algorithm, memory, passes, parallelism, nonce, tag] = ARGON2.exec(text) ?? [];
  if (algorithm === undefined || nonce === undefined || tag === undefined) return undefined;
  return {
    algorithm: algorithm as 'argon2id' | 'argon2i' | 'argon2d', // as the expression says
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    nonce: Buffer.from(nonce, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

const runArgon2 = promisify(argon2);

async function provesArgon2(message: string, kept: string): Promise<boolean> {
  const read = readArgon2(kept);
  if (read === undefined) return false;
  const { algorithm, tag, ...costs } = read;
  const given = await runArgon2(algorithm, { message, tagLength: tag.length, ...costs });
  return timingSafeEqual(given, tag);
}

function digest({ algorithm, saltAt }: Scheme, secret: string, salt = ''): Buffer {
  // Slow hashes are never computed here: their rows are found by id and proven by `proves`.
  return hash(
    algorithm === 'sha512' ? 'sha512' : 'sha256',
    saltAt === 'before' ? salt + secret : secret + salt,
    'buffer',
  );
}

function withoutPrefix({ prefix }: Scheme, text: string): string | undefined {
  if (prefix === undefined) return text;
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** How the key of a text can be written where keys are found by their id. */
export function spellingsOf(scheme: Scheme, text: string): string[] {
  const { id, secret } = splitId(scheme, text) ?? {};
  if (id === undefined) return [text];
  return [...new Set([':', scheme.separator])].map(sign => `${scheme.prefix ?? ''}${id}${sign}${secret}`);
}

/** `id.secret`, or `id:secret` as Basic carries them. */
function splitId(scheme: Scheme, text: string): { id: string; secret: string } | undefined {
  const rest = withoutPrefix(scheme, text);
  if (rest === undefined) return undefined;
  const at = [rest.indexOf(':'), rest.indexOf(scheme.separator)].find(place => place > 0);
  return at === undefined ? undefined : { id: rest.slice(0, at), secret: rest.slice(at + 1) };
}

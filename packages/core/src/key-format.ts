import { crc32 } from './crc32.ts';
import { type KeyId, type RandomBytes, randomBase32 } from './ids.ts';
import { KeySecret } from './key-secret.ts';
import { limits } from './limits.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK_CHARS = 6;
const COLON = 58;
const UNDERSCORE = 95;
const RANDOM_CHARS = limits.secretChars - CHECK_CHARS;

/** Without the `u` flag, `i` folds ASCII letters only: `ſ` is no S. */
const UPPER_KEY = /^KW[A-Z2-7]{18}$/;
const KEY = /^KW[A-Z2-7]{18}$/i;
/** The value of each ASCII character as a digit of base62, or -1. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) => BASE62.indexOf(String.fromCharCode(code)));
export const PREFIX = /^[a-z][a-z0-9_]{1,15}$/;

/** A key and its secret as they came with a request; shape and checksum are right, nothing else is known yet. */
export interface Credential {
  key: KeyId;
  secret: KeySecret;
}

/** Draws a new key id: `KW` + 18 characters (90 random bits). */
export function newKeyId(random: RandomBytes): KeyId {
  return `KW${randomBase32(18, random)}` as KeyId;
}

/**
 * Draws many new key ids that begin alike (30 random bits for all, 60 for each): rows that are made together then lie side by side in
 * every index, which a database writes several times as fast.
 */
export function newKeyIds(count: number, random: RandomBytes): KeyId[] {
  const start = `KW${randomBase32(6, random)}`;
  const rest = randomBase32(12 * count, random);
  return Array.from({ length: count }, (_, n) => (start + rest.slice(12 * n, 12 * n + 12)) as KeyId);
}

/** Draws a new secret for `key`: 34 random base62 characters (202 bits) and 6 of checksum. */
export function newSecret(key: KeyId, random: RandomBytes): KeySecret {
  for (;;) {
    const body = randomBase62(RANDOM_CHARS, random);
    const plain = body + writeChecksum(checksum(key, body));
    if (isSafeDecoded(plain)) return new KeySecret(plain);
  }
}

/** `<prefix>_<key>_<secret>`: both halves in one string, for carriers with one field. */
export function formatToken(prefix: string, key: KeyId, secret: KeySecret): KeySecret {
  return new KeySecret(`${prefix}_${key}_${secret.reveal()}`);
}

/** Where the key id stands in a text of ours, as its length and separators say; -1 when it is none. Nothing else is looked at. */
export function keyPlace(text: string): number {
  const end = text.endsWith(':') ? text.length - 1 : text.length; // a token and an empty password
  const keyEnd = end - limits.secretChars - 1;
  const separator = text.charCodeAt(keyEnd); // not a number before the beginning
  const isPair = keyEnd === limits.keyChars && separator === COLON;
  return isPair || (keyEnd > limits.keyChars && separator === UNDERSCORE) ? keyEnd - limits.keyChars : -1;
}

/** Reads a token, or returns undefined when its shape or checksum is wrong. */
export function parseToken(token: string): Credential | undefined {
  const secretAt = token.length - limits.secretChars;
  const keyAt = secretAt - 1 - limits.keyChars;
  if (keyAt < 3 || keyAt > limits.prefixCharsMax + 1) return undefined;
  if (token[secretAt - 1] !== '_' || token[keyAt - 1] !== '_' || !PREFIX.test(token.slice(0, keyAt - 1)))
    return undefined;
  return parsePair(token.slice(keyAt, secretAt - 1), token.slice(secretAt));
}

/** Reads key and secret, or returns undefined when a shape or the checksum is wrong. */
export function parsePair(key: string, secret: string): Credential | undefined {
  const id = parseKeyId(key);
  if (id === undefined || secret.length !== limits.secretChars || !isBase62(secret)) return undefined;
  if (checksum(id, secret) !== readChecksum(secret)) return undefined;
  return { key: id, secret: new KeySecret(secret) };
}

/** Reads a key id in any case. */
export function parseKeyId(text: string): KeyId | undefined {
  if (UPPER_KEY.test(text)) return text as KeyId; // nearly always
  return KEY.test(text) ? (text.toUpperCase() as KeyId) : undefined;
}

/** CRC-32 over the key and the random part of the secret. */
function checksum(key: KeyId, secret: string): number {
  return crc32(crc32(0, key), secret, 0, RANDOM_CHARS);
}

function writeChecksum(checked: number): string {
  let rest = checked;
  let text = '';
  for (let i = 0; i < CHECK_CHARS; i++) {
    text = BASE62[rest % 62] + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** The number that the last characters of a secret stand for. */
function readChecksum(secret: string): number {
  let read = 0;
  for (let i = RANDOM_CHARS; i < limits.secretChars; i++) read = read * 62 + (DIGITS[secret.charCodeAt(i)] ?? 0);
  return read;
}

/** On the path of every verify: a look into a table is quicker than a regular expression. */
function isBase62(text: string): boolean {
  for (let i = 0; i < text.length; i++) if ((DIGITS[text.charCodeAt(i)] ?? -1) < 0) return false;
  return true;
}

function randomBase62(count: number, random: RandomBytes): string {
  let text = '';
  while (text.length < count) {
    // 248 = 4 × 62: larger bytes are drawn again, so that every character is equally likely.
    for (const byte of random(count - text.length)) if (byte < 248) text += BASE62[byte % 62];
  }
  return text;
}

/** Shell scripts that sign with the base64-decoded secret break on a NUL and on a trailing line feed. */
function isSafeDecoded(secret: string): boolean {
  const bytes = atob(secret);
  return !bytes.includes('\0') && !bytes.endsWith('\n');
}

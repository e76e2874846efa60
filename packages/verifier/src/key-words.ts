import { BASE32, type KeyDigest, type KeyId } from '@keywright/core';

/** A key id is `KW` and 18 characters of base32: 90 bits, kept as three words of 30. A digest is eight words of 32. */
export const KEY_WORDS = 3;
export const DIGEST_WORDS = 8;
const CHARS_IN_WORD = 6;

const CODES = Uint8Array.from(BASE32, char => char.charCodeAt(0));
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, BASE32.indexOf(String.fromCharCode(code))));

/** The nth word of the key id that begins there in a text. What is no key id has words, too. */
export function keyWord(text: string, n: number, at = 0): number {
  const from = at + 2 + n * CHARS_IN_WORD;
  let word = 0;
  for (let i = CHARS_IN_WORD - 1; i >= 0; i--) word = (word << 5) | (VALUES[text.charCodeAt(from + i)] ?? 0);
  return word;
}

/** The key id whose words begin there: a text of its own. */
export function keyOfWords(words: Int32Array, at: number): KeyId {
  const [a, b, c] = [words[at] as number, words[at + 1] as number, words[at + 2] as number]; // a key lies within the words
  // biome-ignore format: one word a line
  return String.fromCharCode(
    75, 87,
    code(a), code(a >> 5), code(a >> 10), code(a >> 15), code(a >> 20), code(a >> 25),
    code(b), code(b >> 5), code(b >> 10), code(b >> 15), code(b >> 20), code(b >> 25),
    code(c), code(c >> 5), code(c >> 10), code(c >> 15), code(c >> 20), code(c >> 25),
  ) as KeyId; // the inverse of keyWord
}

function code(bits: number): number {
  return CODES[bits & 31] as number; // there are 32
}

/** The nth word of a digest. */
export function digestWord(digest: KeyDigest, n: number): number {
  const at = n * 4;
  const [a, b] = [digest.charCodeAt(at), digest.charCodeAt(at + 1)];
  return a | (b << 8) | (digest.charCodeAt(at + 2) << 16) | (digest.charCodeAt(at + 3) << 24);
}

/** The digest whose words begin there. */
export function digestOfWords(words: Int32Array, at: number): KeyDigest {
  const word = (n: number) => words[at + n] as number; // a digest lies within the words
  const [a, b, c, d] = [word(0), word(1), word(2), word(3)];
  const [e, f, g, h] = [word(4), word(5), word(6), word(7)];
  // biome-ignore format: one word a line
  return String.fromCharCode(
    a & 255, (a >> 8) & 255, (a >> 16) & 255, a >>> 24,
    b & 255, (b >> 8) & 255, (b >> 16) & 255, b >>> 24,
    c & 255, (c >> 8) & 255, (c >> 16) & 255, c >>> 24,
    d & 255, (d >> 8) & 255, (d >> 16) & 255, d >>> 24,
    e & 255, (e >> 8) & 255, (e >> 16) & 255, e >>> 24,
    f & 255, (f >> 8) & 255, (f >> 16) & 255, f >>> 24,
    g & 255, (g >> 8) & 255, (g >> 16) & 255, g >>> 24,
    h & 255, (h >> 8) & 255, (h >> 16) & 255, h >>> 24,
  ) as KeyDigest; // the inverse of digestWord
}

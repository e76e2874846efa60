import { getRandomValues } from 'node:crypto';
import type { KeyId } from '@keywright/core';
import { KEY_WORDS, keyWord } from '../key-words.ts';

/** A block has eight words, each key one bit in each of them. Source: split block Bloom filter (Apache Parquet, BloomFilter.md). */
const SALTS = Int32Array.of(
  ...[0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31],
);
/** 16 bits for each key when it is full: of 10,000 others 13 are then taken for one of them, at first 2. */
const KEYS_IN_BLOCK = 16;
/** So many keys may come to those that it is made for: this part of them, or this many. */
const ROOM = { part: 0.5, min: 10_000 };

/** Of each key. */
export const HASH_WORDS = 2;
/** Random, so that nobody knows which keys are taken for others. */
const FACTORS = getRandomValues(new Int32Array(HASH_WORDS * KEY_WORDS)).map(factor => factor | 1);

/** What a filter needs of keys, in 8 bytes each. */
export function hashesOf(keys: readonly KeyId[]): Int32Array {
  const hashes = new Int32Array(keys.length * HASH_WORDS);
  for (const [n, key] of keys.entries())
    for (let word = 0; word < HASH_WORDS; word++) hashes[n * HASH_WORDS + word] = hashWord(key, word);
  return hashes;
}

/** A set of keys that forgets none, and takes few others for one of them. */
export class KeyFilter {
  readonly #words: Int32Array;
  readonly #blocks: number;
  #room: number;

  /** For so many keys, whose hashes are then added, and half as many that come later. */
  constructor(keys: number) {
    this.#room = Math.max(ROOM.min, keys * ROOM.part);
    this.#blocks = Math.ceil((keys + this.#room) / KEYS_IN_BLOCK);
    this.#words = new Int32Array(this.#blocks * SALTS.length);
  }

  /** Whether so many keys came that it takes too many others for one of them. */
  get isFull(): boolean {
    return this.#room <= 0;
  }

  has(key: KeyId): boolean {
    const bits = hashWord(key, 1);
    const at = this.#blockOf(hashWord(key, 0));
    for (let n = 0; n < SALTS.length; n++) if (((this.#words[at + n] as number) & bitOf(bits, n)) === 0) return false; // a block is as long
    return true;
  }

  add(key: KeyId): void {
    if (this.has(key)) return;
    this.#add(hashWord(key, 0), hashWord(key, 1));
    this.#room--;
  }

  /** Those that it is made for. */
  addHashes(hashes: Int32Array): void {
    for (let n = 0; n < hashes.length; n += HASH_WORDS) this.#add(hashes[n] as number, hashes[n + 1] as number); // two of each key
  }

  #add(block: number, bits: number): void {
    const at = this.#blockOf(block);
    for (let n = 0; n < SALTS.length; n++) (this.#words[at + n] as number) |= bitOf(bits, n); // a block is as long
  }

  #blockOf(hash: number): number {
    return Math.floor(((hash >>> 0) / 2 ** 32) * this.#blocks) * SALTS.length;
  }
}

function bitOf(hash: number, n: number): number {
  return 1 << (Math.imul(hash, SALTS[n] as number) >>> 27); // there are as many as words in a block
}

function hashWord(key: KeyId, word: number): number {
  let hash = 0;
  for (let n = 0; n < KEY_WORDS; n++)
    hash = (hash + Math.imul(keyWord(key, n), FACTORS[word * KEY_WORDS + n] as number)) | 0; // one for each word
  return hash;
}

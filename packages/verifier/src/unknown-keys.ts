import { getRandomValues } from 'node:crypto';
import type { KeyId } from '@keywright/core';
import { KEY_WORDS, keyWord } from './key-words.ts';

/**
 * Keys that do not exist, so that the same invented key is looked up once. Bounded: two generations, of which the older one goes when
 * the younger one is full. Whoever invents keys cannot make them collide, and nothing of their requests is kept but words.
 */
export class UnknownKeys {
  readonly #generationMax: number;
  #young: Generation;
  #old: Generation;

  constructor(keysMax: number) {
    this.#generationMax = Math.ceil(keysMax / 2);
    this.#young = new Generation(this.#generationMax);
    this.#old = new Generation(this.#generationMax);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  has(key: KeyId): boolean {
    const words = wordsOf(key);
    return this.#young.has(words) || this.#old.has(words);
  }

  add(key: KeyId): void {
    if (this.#young.taken >= this.#generationMax) {
      const emptied = this.#old;
      emptied.clear();
      this.#old = this.#young;
      this.#young = emptied;
    }
    this.#young.add(wordsOf(key));
  }

  delete(key: KeyId): void {
    const words = wordsOf(key);
    this.#young.delete(words);
    this.#old.delete(words);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}

interface Words {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

function wordsOf(key: KeyId): Words {
  return { a: keyWord(key, 0), b: keyWord(key, 1), c: keyWord(key, 2) };
}

/** In place of the first word of a key; those of keys begin with 1. */
const FREE = 0;
const DELETED = -1;

/** Words of keys in places that are looked through from the one which a random function gives. At least half of them are free. */
class Generation {
  readonly #words: Int32Array;
  readonly #shift: number;
  readonly #factors: Words = { a: randomOdd(), b: randomOdd(), c: randomOdd() };
  size = 0;
  /** Places that are not free. */
  taken = 0;

  constructor(keysMax: number) {
    const bits = Math.ceil(Math.log2(keysMax + 1)) + 1;
    this.#words = new Int32Array(KEY_WORDS << bits);
    this.#shift = 32 - bits;
  }

  has(key: Words): boolean {
    return this.#words[this.#find(key)] !== FREE;
  }

  /** A key that is not here yet. */
  add(key: Words): void {
    const at = this.#find(key);
    this.#words[at] = key.a + 1;
    this.#words[at + 1] = key.b;
    this.#words[at + 2] = key.c;
    this.size++;
    this.taken++;
  }

  delete(key: Words): void {
    const at = this.#find(key);
    if (this.#words[at] === FREE) return;
    this.#words[at] = DELETED;
    this.size--;
  }

  clear(): void {
    if (this.taken > 0) this.#words.fill(FREE);
    this.size = 0;
    this.taken = 0;
  }

  /** Where the key stands, or the free place where it would. */
  #find({ a, b, c }: Words): number {
    const { a: m, b: n, c: o } = this.#factors;
    const words = this.#words;
    let at = KEY_WORDS * ((Math.imul(a, m) + Math.imul(b, n) + Math.imul(c, o)) >>> this.#shift);
    while (words[at] !== FREE && !(words[at] === a + 1 && words[at + 1] === b && words[at + 2] === c))
      at = (at + KEY_WORDS) % words.length;
    return at;
  }
}

function randomOdd(): number {
  return (getRandomValues(new Int32Array(1))[0] ?? 0) | 1;
}

import { type Facts, type KeyDigest, type KeyId, keyPlace, type ProvableFacts } from '@keywright/core';
import { Chains } from './chains.ts';
import { DIGEST_WORDS, digestOfWords, digestWord, KEY_WORDS, keyOfWords, keyWord } from './key-words.ts';
import { Rows } from './rows.ts';
import { SharedTerms, type Terms } from './shared-terms.ts';

/** What stands where in a row, in words: what a verify looks at first, in 64 bytes, one line of a processor's cache. */
const KEY = 0;
const TAG = KEY + KEY_WORDS;
const TAG_WORDS = 4;
const NEXT_BY_KEY = 7;
const NEXT_BY_TAG = 8;
const TERMS = 9; // their number + 1, or 0 in a free row
const NOTE = 10; // a float of 64 bits
const NOT_BEFORE = 12; // a float of 64 bits; not a number: none
const EXPIRES_AT = 14;
const DIGEST = 16;
const ROW_WORDS = DIGEST + DIGEST_WORDS;

/** The row of a key that is not here. */
export const NO_ROW = -1;

/**
 * Facts of keys, in about 150 bytes each: a row of words, a name, and terms that many keys share. Found by key and, where the
 * text that proved the key last does not hold it, by the tag of that text. Bounded; about the oldest leave first.
 */
export class KeyTable {
  readonly #rowsMax: number;
  readonly #rows = new Rows(ROW_WORDS);
  readonly #names: (string | null)[] = [];
  readonly #terms = new SharedTerms();
  readonly #byKey = new Chains(this.#rows, KEY + KEY_WORDS - 1, NEXT_BY_KEY); // keys made at once begin alike
  readonly #byTag = new Chains(this.#rows, TAG, NEXT_BY_TAG);
  readonly #free: number[] = [];
  #oldest = 0;
  #size = 0;

  constructor(rowsMax: number) {
    this.#rowsMax = rowsMax;
  }

  /** Keys whose facts are here. */
  get size(): number {
    return this.#size;
  }

  /** Whether there is anything to be found by a tag. */
  get hasForeign(): boolean {
    return this.#byTag.size > 0;
  }

  rowOf(key: KeyId): number {
    return this.#present(this.#find(key, 0));
  }

  /** The row of the key that a text of ours names, in whatever it is wrong otherwise. */
  rowOfText(text: string): number {
    const place = keyPlace(text);
    return place < 0 ? NO_ROW : this.#present(this.#find(text, place));
  }

  /** The row of the key that a text of another form, with this tag, proved. */
  rowOfTag(tag: Int32Array): number {
    for (let link = this.#byTag.first(tag[0] ?? 0); link !== 0; link = this.#byTag.next(link))
      if (this.isProvenBy(link - 1, tag) && this.#present(link - 1) !== NO_ROW) return link - 1;
    return NO_ROW;
  }

  /** Whether a text with this tag proved the key in the row. All of a tag is compared, whatever its first word says. */
  isProvenBy(row: number, tag: Int32Array): boolean {
    const [a, b, c, d] = [tag[0] as number, tag[1] as number, tag[2] as number, tag[3] as number]; // of 128 bits
    const words = this.#rows.words(row);
    const at = this.#rows.start(row) + TAG;
    // A row is longer than that.
    const differs =
      ((words[at] as number) ^ a) |
      ((words[at + 1] as number) ^ b) |
      ((words[at + 2] as number) ^ c) |
      ((words[at + 3] as number) ^ d);
    return differs === 0 && (a | b | c | d) !== 0; // zeros stand where there is no tag
  }

  /** A text with this tag proved the key in the row, whose earlier tag is forgotten. One of another form is to be found by it. */
  prove(row: number, tag: Int32Array, isForeign: boolean): void {
    this.#byTag.remove(row);
    this.#rows.words(row).set(tag.subarray(0, TAG_WORDS), this.#rows.start(row) + TAG);
    if (isForeign) this.#byTag.add(row);
  }

  /** The facts in a row that has some. Whoever asked may keep them; only what keys share is frozen. */
  factsAt(row: number): Facts {
    const words = this.#rows.words(row);
    const at = this.#rows.start(row);
    const { enabled, permission, grants, networks, project, owner, account, limits } = this.#termsOf(row) as Terms; // as the caller knows
    return {
      key: keyOfWords(words, at + KEY),
      name: this.#names[row] ?? null,
      enabled,
      notBefore: timeOf(this.#rows.float(row, NOT_BEFORE)),
      expiresAt: timeOf(this.#rows.float(row, EXPIRES_AT)),
      permission,
      grants,
      networks,
      project,
      owner,
      account,
      limits,
    };
  }

  provableAt(row: number): ProvableFacts {
    return { ...this.factsAt(row), digest: this.digestAt(row) };
  }

  digestAt(row: number): KeyDigest {
    return digestOfWords(this.#rows.words(row), this.#rows.start(row) + DIGEST);
  }

  /** Keeps facts, in the place of older ones of the key. */
  put(facts: ProvableFacts): void {
    const { key, digest, name, notBefore, expiresAt } = facts;
    this.delete(key);
    const row = this.#take();
    const words = this.#rows.words(row);
    const at = this.#rows.start(row);
    for (let n = 0; n < KEY_WORDS; n++) words[at + KEY + n] = keyWord(key, n);
    for (let n = 0; n < DIGEST_WORDS; n++) words[at + DIGEST + n] = digestWord(digest, n);
    words.fill(0, at + TAG, at + TAG + TAG_WORDS);
    words[at + TERMS] = this.#terms.take(facts) + 1;
    this.#rows.setFloat(row, NOTE, 0);
    this.#rows.setFloat(row, NOT_BEFORE, notBefore ?? Number.NaN);
    this.#rows.setFloat(row, EXPIRES_AT, expiresAt ?? Number.NaN);
    this.#names[row] = name;
    this.#byKey.add(row);
    this.#byTag.begin(row);
    this.#size++;
  }

  delete(key: KeyId): void {
    const row = this.#find(key, 0);
    if (row === NO_ROW) return;
    this.#clear(row);
    this.#free.push(row);
  }

  /** Without a look at each key: those whose terms fit count as gone, and their rows are reused in time. */
  deleteWhere(fits: (terms: Terms) => boolean): void {
    this.#size -= this.#terms.evictWhere(fits);
  }

  /** A number that somebody wants to find again with a key: 0 at first. */
  note(row: number): number {
    return this.#rows.float(row, NOTE);
  }

  setNote(row: number, note: number): void {
    this.#rows.setFloat(row, NOTE, note);
  }

  /** The row of the key that begins there in the text, with its terms or without. */
  #find(text: string, place: number): number {
    const [a, b, c] = [keyWord(text, 0, place), keyWord(text, 1, place), keyWord(text, 2, place)];
    for (let link = this.#byKey.first(c); link !== 0; link = this.#byKey.next(link)) {
      const words = this.#rows.words(link - 1);
      const at = this.#rows.start(link - 1) + KEY;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c) return link - 1;
    }
    return NO_ROW;
  }

  /** The same row, as long as its terms were not evicted. */
  #present(row: number): number {
    return row === NO_ROW || this.#termsOf(row) === undefined ? NO_ROW : row;
  }

  #termsOf(row: number): Terms | undefined {
    return this.#terms.get(this.#rows.get(row, TERMS) - 1);
  }

  /** A free row; where there is none, the oldest is cleared. */
  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const row = this.#names.length;
    if (row < this.#rowsMax) {
      this.#rows.reach(row);
      return row;
    }
    const oldest = this.#oldest;
    this.#oldest = (oldest + 1) % this.#rowsMax;
    this.#clear(oldest);
    return oldest;
  }

  #clear(row: number): void {
    if (this.#termsOf(row) !== undefined) this.#size--;
    this.#terms.drop(this.#rows.get(row, TERMS) - 1);
    this.#rows.set(row, TERMS, 0);
    this.#names[row] = null;
    this.#byKey.remove(row);
    this.#byTag.remove(row);
  }
}

function timeOf(float: number): number | null {
  return Number.isNaN(float) ? null : float;
}

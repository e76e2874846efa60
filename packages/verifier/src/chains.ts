import type { Rows } from './rows.ts';

const PLACES_MIN = 1024;
/** In place of a link: the row is in no chain. */
const UNCHAINED = -1;

/**
 * An index of rows by a word of theirs that is random: rows whose words end alike form a chain. Links are row numbers + 1, and 0 ends
 * a chain.
 */
export class Chains {
  readonly #rows: Rows;
  readonly #word: number;
  readonly #link: number;
  #first = new Int32Array(PLACES_MIN);
  #size = 0;

  /** Where in a row that word stands, and the link to the next one. */
  constructor(rows: Rows, word: number, link: number) {
    this.#rows = rows;
    this.#word = word;
    this.#link = link;
  }

  /** Rows that are in chains. */
  get size(): number {
    return this.#size;
  }

  /** The first link of the chain for this word. */
  first(word: number): number {
    return this.#first[word & (this.#first.length - 1)] as number; // a mask of the length
  }

  /** The link after this one. */
  next(link: number): number {
    return this.#rows.get(link - 1, this.#link);
  }

  /** A row that is new, or that was reused. */
  begin(row: number): void {
    this.#rows.set(row, this.#link, UNCHAINED);
  }

  add(row: number): void {
    if (++this.#size * 2 > this.#first.length) this.#grow();
    this.#chain(row);
  }

  /** Does nothing to a row that is in no chain. */
  remove(row: number): void {
    const link = this.#rows.get(row, this.#link);
    if (link === UNCHAINED) return;
    const word = this.#rows.get(row, this.#word);
    let before = this.first(word);
    if (before === row + 1) this.#first[word & (this.#first.length - 1)] = link;
    else {
      while (this.next(before) !== row + 1) before = this.next(before);
      this.#rows.set(before - 1, this.#link, link);
    }
    this.begin(row);
    this.#size--;
  }

  #chain(row: number): void {
    const place = this.#rows.get(row, this.#word) & (this.#first.length - 1);
    this.#rows.set(row, this.#link, this.#first[place] as number);
    this.#first[place] = row + 1;
  }

  #grow(): void {
    const before = this.#first;
    this.#first = new Int32Array(before.length * 2);
    for (const first of before) {
      for (let link = first; link !== 0; ) {
        const next = this.next(link);
        this.#chain(link - 1);
        link = next;
      }
    }
  }
}

/** Rows of words of 32 bits, in pages outside the heap: the garbage collector has nothing to walk, and growing copies nothing. */
const PAGE_BITS = 14;

export class Rows {
  readonly #rowWords: number;
  readonly #pageBits: number;
  readonly #mask: number;
  readonly #words: Int32Array[] = [];
  readonly #floats: Float64Array[] = [];

  /** An even number of words a row, so that floats of 64 bits fit. A page has 2^pageBits rows. */
  constructor(rowWords: number, pageBits = PAGE_BITS) {
    this.#rowWords = rowWords;
    this.#pageBits = pageBits;
    this.#mask = (1 << pageBits) - 1;
  }

  /** Makes sure that there is such a row. */
  reach(row: number): void {
    if (row >> this.#pageBits < this.#words.length) return;
    const page = new ArrayBuffer((this.#mask + 1) * this.#rowWords * 4);
    this.#words.push(new Int32Array(page));
    this.#floats.push(new Float64Array(page));
  }

  /** The words of the page that holds the row, which begins at `start`. */
  words(row: number): Int32Array {
    return this.#words[row >> this.#pageBits] as Int32Array; // rows are reached before they are read
  }

  start(row: number): number {
    return (row & this.#mask) * this.#rowWords;
  }

  /** A word of a row. */
  get(row: number, at: number): number {
    return this.words(row)[this.start(row) + at] as number; // within the row
  }

  set(row: number, at: number, word: number): void {
    this.words(row)[this.start(row) + at] = word;
  }

  /** A float that takes two words, the first of them even. */
  float(row: number, at: number): number {
    return (this.#floats[row >> this.#pageBits] as Float64Array)[(this.start(row) + at) >> 1] as number; // as above
  }

  setFloat(row: number, at: number, float: number): void {
    (this.#floats[row >> this.#pageBits] as Float64Array)[(this.start(row) + at) >> 1] = float;
  }
}

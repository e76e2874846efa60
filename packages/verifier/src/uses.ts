import { type Asked, limits } from '@keywright/core';
import { Rows } from './rows.ts';

/** Uses of a key since they were taken the last time: how many, and the last of them. */
export interface KeyUse {
  readonly key: string;
  readonly count: number;
  readonly at: number;
  address: string | null;
  agent: string | null;
  readonly api: string | null;
}

/** What stands where in a row, in words: half a line of a processor's cache. */
const COUNT = 0;
const ADDRESS = 1; // numbers of texts
const AGENT = 2;
const API = 3;
const AT = 4; // a float of 64 bits
const IS_NEW = 6;
const ROW_WORDS = 8;
/** 32 kB: nearly always a few keys are in use. */
const PAGE_BITS = 10;
/** Notes of one time are so far from those of the next. */
const NOTES = 2 ** 20;

/** Uses of keys, taken down until somebody takes them to be written. */
export class Uses {
  #taken = new TakenUses();
  #new: number[] = [];
  /** Notes of this time begin here. */
  #firstNote = NOTES;
  #lost = 0;

  /** How many wait to be taken. */
  get size(): number {
    return this.#taken.length;
  }

  /** Uses that were not taken down. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * On the path of every verify. Answers where it was taken down: handed in the next time the key is used (`note`), it saves a search. Without it a key
   * may stand here several times. When very many keys wait to be written, those that come new are not taken down, only counted.
   */
  add(key: string, asked: Asked, at: number, note = 0): number {
    const known = note - this.#firstNote;
    const isKnown = known >= 0;
    if (!isKnown && this.#taken.length >= limits.usedKeysMax) {
      this.#lost++;
      return note;
    }
    const place = isKnown ? known : this.#taken.begin(key);
    if (this.#taken.use(place, asked, at)) this.#new.push(place);
    return this.#firstNote + place;
  }

  /** What was used since the last time; it goes on to be counted here. */
  listNew(): { length: number; slice(from: number, to: number): KeyUse[] } {
    const used = this.#new;
    this.#new = [];
    const taken = this.#taken;
    for (const place of used) taken.list(place);
    return { length: used.length, slice: (from, to) => used.slice(from, to).map(place => taken.at(place)) };
  }

  /** All that was taken down since the last time. */
  take(): TakenUses {
    const taken = this.#taken;
    this.#taken = new TakenUses();
    this.#new = [];
    this.#firstNote += NOTES;
    return taken;
  }
}

/** Uses in rows of words outside the heap, and what texts they need once each. */
export class TakenUses {
  readonly #keys: string[] = [];
  readonly #rows = new Rows(ROW_WORDS, PAGE_BITS);
  readonly #texts = new Texts();

  /** How many keys; one may be there several times. */
  get length(): number {
    return this.#keys.length;
  }

  slice(from = 0, to = this.length): KeyUse[] {
    return this.#keys.slice(from, to).map((_, n) => this.at(from + n));
  }

  at(place: number): KeyUse {
    const text = (column: number) => this.#texts.get(this.#rows.get(place, column));
    return {
      key: this.#keys[place] as string, // begun
      count: this.#rows.get(place, COUNT),
      at: this.#rows.float(place, AT),
      address: text(ADDRESS),
      agent: text(AGENT),
      api: text(API),
    };
  }

  /** The place of a key that was not used yet. */
  begin(key: string): number {
    const place = this.#keys.push(key) - 1;
    this.#rows.reach(place);
    return place;
  }

  /** Answers whether it is the first use since the place was listed. */
  use(place: number, { address, agent, api }: Asked, at: number): boolean {
    const words = this.#rows.words(place);
    const start = this.#rows.start(place);
    const count = (words[start + COUNT] as number) + 1;
    words[start + COUNT] = count;
    if (count === 1 || at >= this.#rows.float(place, AT)) {
      this.#rows.setFloat(place, AT, at);
      words[start + ADDRESS] = this.#texts.numberOf(address);
      words[start + AGENT] = this.#texts.numberOf(agent);
      words[start + API] = this.#texts.numberOf(api);
    }
    const isNew = words[start + IS_NEW] === 0;
    words[start + IS_NEW] = 1;
    return isNew;
  }

  list(place: number): void {
    this.#rows.set(place, IS_NEW, 0);
  }
}

/** Texts by their numbers, each held once and by itself: one that was cut out of a request would keep all of it, and the secret, in memory. */
class Texts {
  readonly #all: (string | null)[] = [null];
  readonly #numbers = new Map<string, number>();

  get(number: number): string | null {
    return this.#all[number] ?? null;
  }

  /** 0 for none, and for new ones when there are very many. */
  numberOf(given: string | undefined): number {
    if (given === undefined) return 0;
    const text = given.length > limits.userAgentCharsMax ? given.slice(0, limits.userAgentCharsMax) : given;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.#all.length > limits.usedTextsMax) return 0;
    const own = ` ${text}`.slice(1); // of a text that is made here, and no more of it than this
    const number = this.#all.push(own) - 1;
    this.#numbers.set(own, number);
    return number;
  }
}

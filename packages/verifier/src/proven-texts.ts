import { hash } from 'node:crypto';
import type { Seen } from './facts-cache.ts';

/** Words of 32 bits that are kept of the SHA-256 of a text: 128 bits cannot be met by search. */
const WORDS = 4;
/** How far from its own slot a text may lie; these tags fill one line of a processor's cache. */
const PROBES = 4;
const SLOTS_MIN = 1024;

/**
 * Texts that proved a key before, as they came in a header or a field: the next time, one hash and one look find the facts, past
 * parsing, checksum, look-up and comparison. No text and no secret is held, and what is found is the entry of the facts cache, so
 * evicted facts are not. Bounded by the cache: there is room for twice its entries.
 */
export class ProvenTexts {
  #slots = SLOTS_MIN;
  #tags = new Int32Array(SLOTS_MIN * WORDS);
  #seen = new Array<Seen | undefined>(SLOTS_MIN).fill(undefined);
  #added = 0;

  /** What the text of this digest proved, while its facts stand. */
  find(digest: string): Seen | undefined {
    const home = word(digest, 0) & (this.#slots - 1);
    for (let slot = home; slot < home + PROBES; slot++) {
      const at = slot & (this.#slots - 1);
      if (this.#differs(at, digest) === 0) return this.#seen[at];
    }
    return undefined;
  }

  /** Remembers what the text proved. Where there is no room near its place, an older one is forgotten. */
  add(digest: string, seen: Seen, entries: number): void {
    if (++this.#added > this.#slots / 2) this.#makeRoom(entries);
    this.#put(
      [0, 1, 2, 3].map(n => word(digest, n)),
      seen,
    );
  }

  /** Bits in which the tag in a slot differs: all words are looked at whatever the first says. */
  #differs(slot: number, digest: string): number {
    const tags = this.#tags;
    const first = slot * WORDS;
    // The slot lies within the table.
    return (
      ((tags[first] as number) ^ word(digest, 0)) |
      ((tags[first + 1] as number) ^ word(digest, 1)) |
      ((tags[first + 2] as number) ^ word(digest, 2)) |
      ((tags[first + 3] as number) ^ word(digest, 3))
    );
  }

  #put(tag: ArrayLike<number>, seen: Seen): void {
    const home = (tag[0] as number) & (this.#slots - 1);
    let slot = home;
    for (let probe = 0; probe < PROBES; probe++) {
      const at = (home + probe) & (this.#slots - 1);
      if (this.#seen[at]?.facts !== undefined) continue;
      slot = at;
      break;
    }
    this.#tags.set(tag, slot * WORDS);
    this.#seen[slot] = seen;
  }

  /** Grows as the cache does; what was evicted is left behind. */
  #makeRoom(entries: number): void {
    const [tags, seen] = [this.#tags, this.#seen];
    while (this.#slots < entries * 2) this.#slots *= 4;
    this.#tags = new Int32Array(this.#slots * WORDS);
    this.#seen = new Array<Seen | undefined>(this.#slots).fill(undefined);
    this.#added = 0;
    for (const [slot, one] of seen.entries()) {
      if (one?.facts === undefined) continue;
      this.#added++;
      this.#put(tags.subarray(slot * WORDS, (slot + 1) * WORDS), one);
    }
  }
}

/** SHA-256, each character a byte. */
export function digestOfText(text: string): string {
  return hash('sha256', text, 'binary');
}

/** The nth 32 bits of a digest whose characters are bytes. */
function word(digest: string, n: number): number {
  const at = n * 4;
  return (
    digest.charCodeAt(at) |
    (digest.charCodeAt(at + 1) << 8) |
    (digest.charCodeAt(at + 2) << 16) |
    (digest.charCodeAt(at + 3) << 24)
  );
}

import { type Facts, type KeyId, limits } from '@keywright/core';

/** Where facts come from on first sight: at once, or later. */
export type LoadFacts = (key: KeyId) => Facts | undefined | Promise<Facts | undefined>;

/** A key that was seen: its facts until they are evicted, then none for ever; and its uses that are not written yet. */
export interface Seen {
  facts: Facts | undefined;
  readonly key: string;
  /** Uses since the last write, and those that wait to be settled. */
  count: number;
  unsettled: number;
  /** The last of them. */
  at: number;
  address: string | null;
  agent: string | null;
  api: string | null;
}

/** An entry of a key, as yet without any use. */
export function newSeen(key: string, facts?: Facts): Seen {
  return { facts, key, count: 0, unsettled: 0, at: 0, address: null, agent: null, api: null };
}

/**
 * Facts of keys that were seen, until an event evicts them. Bounded; the oldest leave first.
 * Several first sights of one key at once share one load.
 */
export class FactsCache {
  readonly #load: LoadFacts;
  readonly #entriesMax: number;
  readonly #seen = new Map<KeyId, Seen>();
  readonly #loading = new Map<KeyId, Promise<Facts | undefined>>();

  constructor(load: LoadFacts, entriesMax: number = limits.cachedFactsMax) {
    this.#load = load;
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#seen.size;
  }

  find(key: KeyId): Facts | undefined | Promise<Facts | undefined> {
    const known = this.#seen.get(key)?.facts ?? this.#loading.get(key);
    if (known !== undefined) return known;
    const loaded = this.#load(key);
    return loaded instanceof Promise ? this.#keepLater(key, loaded) : this.#keep(loaded);
  }

  /** The entry of a key, if its facts are here. */
  seen(key: KeyId): Seen | undefined {
    return this.#seen.get(key);
  }

  evict(key: KeyId): void {
    this.#forget(key, this.#seen.get(key));
    // What is being loaded may have been read before the change: forget it, so that the next one asks again.
    this.#loading.delete(key);
  }

  /** Evicts all whose facts fit; for changes of owners and accounts, which are rare. */
  evictWhere(fits: (facts: Facts) => boolean): void {
    for (const [key, seen] of this.#seen) if (seen.facts === undefined || fits(seen.facts)) this.#forget(key, seen);
    this.#loading.clear();
  }

  clear(): void {
    this.evictWhere(() => true);
  }

  /** Whoever holds on to the entry finds it empty. */
  #forget(key: KeyId, seen: Seen | undefined): void {
    if (seen !== undefined) seen.facts = undefined;
    this.#seen.delete(key);
  }

  #keep(facts: Facts | undefined): Facts | undefined {
    if (facts === undefined) return undefined;
    if (this.#seen.size >= this.#entriesMax) {
      for (const [key, seen] of this.#seen) {
        this.#forget(key, seen);
        break; // the oldest comes first
      }
    }
    // Not the key as it was asked for: that is a slice of the header it came in, and would keep the secret in memory.
    this.#seen.set(facts.key, newSeen(facts.key, facts));
    return facts;
  }

  #keepLater(key: KeyId, loaded: Promise<Facts | undefined>): Promise<Facts | undefined> {
    const kept = loaded.then(
      facts => {
        if (this.#loading.get(key) !== kept) return facts;
        this.#loading.delete(key);
        return this.#keep(facts);
      },
      error => {
        if (this.#loading.get(key) === kept) this.#loading.delete(key);
        throw error;
      },
    );
    this.#loading.set(key, kept);
    return kept;
  }
}

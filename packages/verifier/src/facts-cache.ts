import { type Facts, type KeyId, limits } from '@keywright/core';

/** Where facts come from on first sight: at once, or later. */
export type LoadFacts = (key: KeyId) => Facts | undefined | Promise<Facts | undefined>;

/**
 * Facts of keys that were seen, until an event evicts them. Bounded; the oldest leave first.
 * Several first sights of one key at once share one load.
 */
export class FactsCache {
  readonly #load: LoadFacts;
  readonly #entriesMax: number;
  readonly #facts = new Map<KeyId, Facts>();
  readonly #loading = new Map<KeyId, Promise<Facts | undefined>>();

  constructor(load: LoadFacts, entriesMax: number = limits.cachedFactsMax) {
    this.#load = load;
    this.#entriesMax = entriesMax;
  }

  get size(): number {
    return this.#facts.size;
  }

  find(key: KeyId): Facts | undefined | Promise<Facts | undefined> {
    const known = this.#facts.get(key) ?? this.#loading.get(key);
    if (known !== undefined) return known;
    const loaded = this.#load(key);
    return loaded instanceof Promise ? this.#keepLater(key, loaded) : this.#keep(loaded);
  }

  evict(key: KeyId): void {
    this.#facts.delete(key);
    // What is being loaded may have been read before the change: forget it, so that the next one asks again.
    this.#loading.delete(key);
  }

  /** Evicts all whose facts fit; for changes of owners and accounts, which are rare. */
  evictWhere(fits: (facts: Facts) => boolean): void {
    for (const [key, facts] of this.#facts) if (fits(facts)) this.#facts.delete(key);
    this.#loading.clear();
  }

  clear(): void {
    this.#facts.clear();
    this.#loading.clear();
  }

  #keep(facts: Facts | undefined): Facts | undefined {
    if (facts === undefined) return undefined;
    if (this.#facts.size >= this.#entriesMax) {
      const [oldest] = this.#facts.keys();
      if (oldest !== undefined) this.#facts.delete(oldest);
    }
    // Not the key as it was asked for: that is a slice of the header it came in, and would keep the secret in memory.
    this.#facts.set(facts.key, facts);
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

import { type Asked, type Facts, type KeyDigest, type KeyId, limits, type ProvableFacts } from '@keywright/core';
import { KeyTable, NO_ROW } from './key-table.ts';
import { Loads } from './loads.ts';
import type { Terms } from './shared-terms.ts';
import { UnknownKeys } from './unknown-keys.ts';
import type { Uses } from './uses.ts';

const FEW = 1000;

/** Where facts come from on first sight: at once, or later. Null says for now, and not to be remembered, that there is no such key. */
export type LoadFacts = (key: KeyId) => ProvableFacts | null | undefined | Promise<ProvableFacts | undefined>;

/**
 * Facts of keys that were seen, and keys that were found not to exist, until an event evicts them. Bounded; about the oldest leave
 * first. Several first sights of one key at once share one load.
 */
export class FactsCache {
  readonly #load: LoadFacts;
  readonly #entriesMax: number;
  #table: KeyTable;
  readonly #unknown = new UnknownKeys(limits.unknownKeysMax);
  readonly #loads = new Loads<KeyId, ProvableFacts>(
    key => this.find(key),
    (key, facts) => this.#keep(key, facts),
  );
  /** Since the start: questions that were answered from here, those that were not, and facts that left: after a change, as the oldest, with all. */
  hits = 0;
  misses = 0;
  readonly evictions = { change: 0, full: 0, cleared: 0 };

  constructor(load: LoadFacts, entriesMax: number = limits.cachedFactsMax) {
    this.#load = load;
    this.#entriesMax = entriesMax;
    this.#table = new KeyTable(entriesMax);
  }

  /** Keys whose facts are here. */
  get size(): number {
    return this.#table.size;
  }

  /** Keys of which is known that they do not exist. */
  get unknownSize(): number {
    return this.#unknown.size;
  }

  find(key: KeyId): ProvableFacts | undefined | Promise<ProvableFacts | undefined> {
    const row = this.#table.rowOf(key);
    if (row !== NO_ROW) {
      this.hits++;
      return this.#table.provableAt(row);
    }
    if (this.#unknown.has(key)) {
      this.hits++;
      return undefined;
    }
    this.misses++;
    const loading = this.#loads.get(key);
    if (loading !== undefined) return loading;
    const loaded = this.#load(key);
    if (loaded === null) return undefined;
    return loaded instanceof Promise ? this.#loads.add(key, loaded) : this.#keep(key, loaded);
  }

  evict(key: KeyId): void {
    const { size } = this;
    this.#table.delete(key);
    this.evictions.change += size - this.size;
    this.#unknown.delete(key);
    this.#loads.outdate(key);
  }

  /** Evicts all whose facts fit, for changes of owners, projects and accounts; of facts only what keys share is looked at. */
  evictWhere(fits: (facts: Terms) => boolean): void {
    const { size } = this;
    this.#table.deleteWhere(fits);
    this.evictions.change += size - this.size;
    this.#unknown.clear();
    this.#loads.outdateWhere((_, facts) => facts !== undefined && fits(facts));
  }

  /** Another history follows: what is being loaded is not of it either. */
  reset(): void {
    this.clear();
    this.#loads.outdateWhere(() => true);
  }

  /** Forgets what it knows. Who waits for facts gets them. */
  clear(): void {
    this.evictions.cleared += this.size;
    // Of few none are given back: where nothing may be remembered each first sight is forgotten again.
    if (this.size > FEW) this.#table = new KeyTable(this.#entriesMax);
    else this.#table.deleteWhere(() => true);
    this.#unknown.clear();
    this.#loads.forget();
  }

  /** Where the facts of the key are that a text of ours names, or NO_ROW. */
  rowOfText(text: string): number {
    return this.#table.rowOfText(text);
  }

  /** Whether texts of another form have proved keys that are here. */
  get hasForeign(): boolean {
    return this.#table.hasForeign;
  }

  /** Where the facts of the key are that a text of another form, with this tag, proved; or NO_ROW. */
  rowOfTag(tag: Int32Array): number {
    return this.#table.rowOfTag(tag);
  }

  /** Whether it was a text with this tag that proved the key in the row last. */
  isProvenBy(row: number, tag: Int32Array): boolean {
    return this.#table.isProvenBy(row, tag);
  }

  factsAt(row: number): Facts {
    this.hits++;
    return this.#table.factsAt(row);
  }

  digestAt(row: number): KeyDigest {
    return this.#table.digestAt(row);
  }

  /** Remembers the tag of a text that proved the key by this digest. Facts that were evicted meanwhile are not to be found again. */
  prove({ key, digest }: ProvableFacts, tag: Int32Array, isForeign: boolean): number {
    const row = this.#table.rowOf(key);
    if (row === NO_ROW || this.#table.digestAt(row) !== digest) return NO_ROW;
    this.#table.prove(row, tag, isForeign);
    return row;
  }

  /** Takes down a use of the key in the row. */
  use(row: number, uses: Uses, key: KeyId, asked: Asked, at: number): void {
    this.#table.setNote(row, uses.add(key, asked, at, this.#table.note(row)));
  }

  /** Neither the key as it was asked for nor facts are held: those are slices of the header they came in, and would keep the secret in memory. */
  #keep(key: KeyId, facts: ProvableFacts | undefined): ProvableFacts | undefined {
    if (facts === undefined) this.#unknown.add(key);
    else {
      const { size } = this;
      this.#table.put(facts);
      this.evictions.full += size + 1 - this.size;
    }
    return facts;
  }
}

import { setImmediate } from 'node:timers/promises';
import { type KeyId, limits } from '@keywright/core';
import { HASH_WORDS, hashesOf, KeyFilter } from './key-filter.ts';

/** All keys of the verifier's account, in parts. Rejects with UnavailableError. */
export type ListKeys = () => AsyncIterable<readonly KeyId[]>;

/** From how many unknown keys within `ms` on it is a flood, and how many are then asked for each second that are not among those listed. */
export interface Flood {
  readonly keysMin: number;
  readonly ms: number;
  readonly askedASecond: number;
}
const FLOOD: Flood = { keysMin: limits.floodKeysMin, ms: limits.floodMs, askedASecond: limits.floodAskedASecond };

/**
 * Which keys there are, once somebody floods this process with invented ones: then all are listed, and from there on the server is asked
 * for those alone, and for a few of the others each second, so that also a key which was made just now is found unless the flood goes on.
 * Times are in milliseconds by a clock that never jumps.
 */
export class ExistingKeys {
  readonly #list: ListKeys;
  readonly #flood: Flood;
  #filter: KeyFilter | undefined;
  /** While they are listed: those that were changed meanwhile. */
  #changed: Set<KeyId> | undefined;
  #missing = 0;
  #missingUntil = 0;
  #listedAt = Number.NEGATIVE_INFINITY;
  #others = 0;
  #othersUntil = 0;
  #unasked = 0;

  constructor(list: ListKeys, flood: Flood = FLOOD) {
    this.#list = list;
    this.#flood = flood;
  }

  /** How many keys were not asked for. */
  get unasked(): number {
    return this.#unasked;
  }

  /** Whether the server is to be asked for a key. */
  isToBeAsked(key: KeyId, at: number): boolean {
    if (this.#filter === undefined || this.#filter.has(key)) return true;
    if (at >= this.#othersUntil) {
      this.#othersUntil = at + 1000;
      this.#others = 0;
    }
    if (this.#others++ < this.#flood.askedASecond) return true;
    this.#unasked++;
    return false;
  }

  /** The server was asked for so many that do not exist. */
  missed(keys: number, at: number): void {
    if (at >= this.#missingUntil) {
      this.#missingUntil = at + this.#flood.ms;
      this.#missing = 0;
    }
    this.#missing += keys;
    const isTime = at >= this.#listedAt + this.#flood.ms;
    if (this.#missing < this.#flood.keysMin || this.#filter !== undefined || !isTime) return;
    this.#listedAt = at;
    void this.#read();
  }

  /** A key was made, or changed. */
  add(key: KeyId): void {
    this.#changed?.add(key);
    this.#filter?.add(key);
    if (this.#filter?.isFull) this.#filter = undefined;
  }

  /** Another history follows, or nothing any more. */
  forget(): void {
    this.#filter = undefined;
    this.#changed = undefined;
  }

  async #read(): Promise<void> {
    const changed = new Set<KeyId>();
    const isWanted = () => this.#changed === changed;
    this.#changed = changed;
    try {
      const filter = await this.#listed(isWanted);
      if (!isWanted()) return;
      this.#filter = filter;
      for (const key of changed) this.add(key);
    } catch {
      // Each is asked for, as before, and after a while it is tried again.
    } finally {
      if (isWanted()) this.#changed = undefined;
    }
  }

  /** In pieces between which others have their turn. */
  async #listed(isWanted: () => boolean): Promise<KeyFilter> {
    const pages: Int32Array[] = [];
    for await (const keys of this.#list()) {
      if (!isWanted()) break;
      pages.push(hashesOf(keys));
    }
    const filter = new KeyFilter(pages.reduce((sum, { length }) => sum + length / HASH_WORDS, 0));
    for (const page of pages) {
      filter.addHashes(page);
      await setImmediate();
    }
    return filter;
  }
}

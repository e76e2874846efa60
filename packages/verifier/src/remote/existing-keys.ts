import { setImmediate } from 'node:timers/promises';
import { type KeyId, limits } from '@keywright/core';
import { HASH_WORDS, hashesOf, KeyFilter } from './key-filter.ts';

/** All keys of the verifier's account, or of its project, in parts. Rejects with UnavailableError. */
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
  #error: Error | undefined;
  #isStopped = false;

  constructor(list: ListKeys, flood: Flood = FLOOD) {
    this.#list = list;
    this.#flood = flood;
  }

  /** How often a key was not asked for. */
  get unasked(): number {
    return this.#unasked;
  }

  /** Why they could not be listed, the last time. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Whether the server may be asked for a key: for one that exists always, for others in their turn, which it takes. */
  mayAsk(key: KeyId, at: number): boolean {
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
    const isKnown = this.#filter !== undefined || this.#changed !== undefined;
    const isTime = at >= this.#listedAt + this.#flood.ms;
    if (this.#missing < this.#flood.keysMin || isKnown || !isTime || this.#isStopped) return;
    this.#listedAt = at;
    void this.#read();
  }

  /** A key was made, or changed. */
  add(key: KeyId): void {
    this.#changed?.add(key);
    this.#filter?.add(key);
    if (this.#filter?.isFull) this.#filter = undefined;
  }

  /** Another history follows; its keys may be listed at once. */
  forget(): void {
    this.#filter = undefined;
    this.#changed = undefined;
    this.#listedAt = Number.NEGATIVE_INFINITY;
  }

  /** Nothing is listed any more. */
  stop(): void {
    this.#isStopped = true;
    this.forget();
  }

  async #read(): Promise<void> {
    const changed = new Set<KeyId>();
    const isWanted = () => this.#changed === changed;
    this.#changed = changed;
    try {
      const filter = await this.#listed(isWanted);
      if (!isWanted()) return;
      this.#filter = filter;
      this.#error = undefined;
      for (const key of changed) this.add(key);
    } catch (error) {
      // Each is asked for, as before, and after a while it is tried again.
      if (isWanted()) this.#error = error as Error; // UnavailableError
    } finally {
      if (isWanted()) this.#changed = undefined;
    }
  }

  /** In pieces between which others have their turn. Undefined when it is not wanted any more. */
  async #listed(isWanted: () => boolean): Promise<KeyFilter | undefined> {
    const pages: Int32Array[] = [];
    for await (const keys of this.#list()) {
      if (!isWanted()) return undefined;
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

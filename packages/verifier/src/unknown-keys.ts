import type { KeyId } from '@keywright/core';

/**
 * Keys that do not exist, so that the same invented key is looked up once. Bounded: two generations, of which the older one goes when
 * the younger one is full.
 */
export class UnknownKeys {
  readonly #generationMax: number;
  #young = new Set<KeyId>();
  #old = new Set<KeyId>();

  constructor(keysMax: number) {
    this.#generationMax = Math.ceil(keysMax / 2);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  has(key: KeyId): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  add(key: KeyId): void {
    if (this.#young.size >= this.#generationMax) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(key);
  }

  delete(key: KeyId): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}

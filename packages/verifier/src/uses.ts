import { type Asked, limits } from '@keywright/core';
import type { Seen } from './facts-cache.ts';

/** Uses of keys, taken down in the entries of the cache until somebody takes them to be written. */
export class Uses {
  #used: Seen[] = [];

  /** On the path of every verify. When very many keys wait to be written, those that come new are not taken down. */
  add(seen: Seen, { address, agent, api }: Asked, at: number): void {
    if (seen.count === 0) {
      if (this.#used.length >= limits.usedKeysMax) return;
      this.#used.push(seen);
    }
    seen.count++;
    if (at < seen.at) return;
    seen.at = at;
    seen.address = address ?? null;
    seen.agent = agent ?? null;
    seen.api = api ?? null;
  }

  /** The entries that were used since the last time. The taker sets their `count` back to 0 at once. */
  take(): Seen[] {
    const used = this.#used;
    this.#used = [];
    return used;
  }
}

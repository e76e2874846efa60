import { type Asked, limits } from '@keywright/core';

/** Uses of a key since they were taken the last time: how many, and the last of them. */
export interface KeyUse {
  readonly key: string;
  count: number;
  at: number;
  address: string | null;
  agent: string | null;
  api: string | null;
  /** It was used since it was listed the last time. */
  isNew: boolean;
}

/** Uses of keys, taken down until somebody takes them to be written. */
export class Uses {
  #all: KeyUse[] = [];
  #new: KeyUse[] = [];

  /** How many wait to be taken. */
  get size(): number {
    return this.#all.length;
  }

  /**
   * On the path of every verify. Answers where it was taken down: handed in the next time (`note`), it saves a search. Without it a key
   * may stand here several times. When very many keys wait to be written, those that come new are not taken down.
   */
  add(key: string, { address, agent, api }: Asked, at: number, note = 0): number {
    const known = this.#all[note];
    if (known === undefined || known.key !== key) {
      if (this.#all.length >= limits.usedKeysMax) return note;
      const use = { key, count: 1, at, address: address ?? null, agent: agent ?? null, api: api ?? null, isNew: true };
      this.#new.push(use);
      return this.#all.push(use) - 1;
    }
    if (!known.isNew) this.#new.push(known);
    known.isNew = true;
    known.count++;
    if (at < known.at) return note;
    known.at = at;
    known.address = address ?? null;
    known.agent = agent ?? null;
    known.api = api ?? null;
    return note;
  }

  /** What was used since the last time; it goes on to be counted here. */
  listNew(): readonly KeyUse[] {
    const used = this.#new;
    this.#new = [];
    for (const use of used) use.isNew = false;
    return used;
  }

  /** All that was taken down since the last time. */
  take(): KeyUse[] {
    const all = this.#all;
    this.#all = [];
    this.#new = [];
    return all;
  }
}

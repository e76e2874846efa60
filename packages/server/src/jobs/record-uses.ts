import { limits, parseAddress } from '@keywright/core';
import { type DayUses, type Store, type Use, writeDayUses, writeUses } from '@keywright/store';
import type { Logger } from 'pino';

export const DAY_MS = 86_400_000;
const ROWS_AT_ONCE = 2000;
const COUNTS_FLUSH_MS = 30_000;

/**
 * Remembers uses of keys off the path and writes them in batches: the last use of each key within a second, the counts of days
 * each half minute. A crash loses at most the last batch of each; an orderly stop loses none.
 */
export class UseRecorder {
  readonly #store: Store;
  readonly #log: Logger;
  #last = new Map<string, Use>();
  #counts = new Map<string, DayUses>();
  #countsFlushedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#flushLogged(), limits.usesFlushMs).unref();
  }

  /** Stops and writes all that is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushing;
    await this.flush(true);
  }

  /** Takes down a use; when the buffer is full, new keys wait for the next one. */
  record(key: string, at: number, address: string | undefined, agent: string | undefined, api: string | null): void {
    const use = this.#last.get(key);
    if (use !== undefined) {
      use.at = at;
      use.address = address ?? null;
      use.agent = agent ?? null;
      use.api = api;
    } else if (this.#last.size < limits.usesBufferedMax) {
      this.#last.set(key, { key, at, address: address ?? null, agent: agent ?? null, api });
    }
    this.#count(key, Math.floor(at / DAY_MS), 1);
  }

  #count(key: string, day: number, count: number): void {
    const counted = this.#counts.get(key);
    if (counted !== undefined) counted.count += count;
    else if (this.#counts.size < limits.usesBufferedMax) this.#counts.set(key, { key, day, count });
  }

  /** Writes what was taken down. What could not be written stays for the next time. */
  async flush(all = false): Promise<void> {
    const uses = this.#last;
    this.#last = new Map();
    try {
      for (const rows of slices([...uses.values()].map(cleanUse)))
        await this.#store.transact(tx => writeUses(tx, this.#store.dialect, rows));
    } catch (error) {
      for (const [key, use] of uses) if (!this.#last.has(key)) this.#last.set(key, use);
      throw error;
    }
    if (all || Date.now() - this.#countsFlushedAt >= COUNTS_FLUSH_MS) await this.#flushCounts();
  }

  async #flushCounts(): Promise<void> {
    this.#countsFlushedAt = Date.now();
    const waiting = [...this.#counts.values()];
    this.#counts = new Map();
    try {
      while (waiting.length > 0) {
        const rows = waiting.slice(0, ROWS_AT_ONCE);
        await this.#store.transact(tx => writeDayUses(tx, this.#store.dialect, rows));
        waiting.splice(0, rows.length);
      }
    } catch (error) {
      for (const { key, day, count } of waiting) this.#count(key, day, count);
      throw error;
    }
  }

  #flushLogged(): Promise<void> {
    this.#flushing ??= this.flush()
      .catch(error => this.#log.error({ err: error }, 'uses of keys could not be written; they wait for the next time'))
      .finally(() => {
        this.#flushing = undefined;
      });
    return this.#flushing;
  }
}

function* slices<Row>(rows: Row[]): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) yield rows.slice(at, at + ROWS_AT_ONCE);
}

/** Addresses and user agents come from outside: what is no address is dropped, what is no plain text is cut away. */
function cleanUse(use: Use): Use {
  const address =
    use.address !== null && parseAddress(use.address) ? use.address.replace(/^::ffff:(?=\d+\.)/i, '') : null;
  const agent =
    use.agent
      ?.toWellFormed()
      .replace(/\p{Cc}/gu, ' ')
      .slice(0, limits.userAgentCharsMax)
      .toWellFormed() ?? null;
  return { ...use, address, agent };
}

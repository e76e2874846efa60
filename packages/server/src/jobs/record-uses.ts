import { DAY_MS, limits, parseAddress } from '@keywright/core';
import { type DayUses, deleteUseBatches, listUseBatches, type Store, type Use } from '@keywright/store';
import type { Logger } from 'pino';

const SETTLE_MS = 30_000;
const ROWS_AT_ONCE = 2000;

/** A use as it was taken down; one that waits to be written again counts no more. */
type Taken = Use & { count: number };

/**
 * Remembers uses of keys off the path. Within a second the last use of each key is in the database: in the key's own row, or, when
 * very many keys are in use, in one batch that is settled into those rows each half minute. The counts of days follow each half
 * minute. A crash loses at most the last second of uses and the last half minute of counts; an orderly stop loses nothing.
 */
export class UseRecorder {
  readonly #store: Store;
  readonly #log: Logger;
  #taken: Taken[] = [];
  #unsettled = new Map<string, Use>();
  #batches: number[] = [];
  #counts = new Map<string, DayUses>();
  #settledAt = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Settles what a crash left behind, and begins. */
  async start(): Promise<void> {
    for (const { id, uses } of await listUseBatches(this.#store.db)) this.#putBy(id, uses);
    await this.#settle();
    this.#timer = setInterval(() => void this.#flushLogged(), limits.usesFlushMs).unref();
  }

  /** Stops and writes all that is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushing;
    await this.flush();
  }

  /** Writes all that was taken down, now. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#settle();
  }

  /** Takes down a use: on the path only this. What comes when the buffer is full is not taken down. */
  record(key: string, at: number, address: string | undefined, agent: string | undefined, api: string | null): void {
    if (this.#taken.length >= limits.usesBufferedMax) return;
    this.#taken.push({ key, at, address: address ?? null, agent: agent ?? null, api, count: 1 });
  }

  #count(key: string, day: number, count: number): void {
    const counted = this.#counts.get(key);
    if (counted?.day === day) {
      counted.count += count;
      return;
    }
    // Past midnight the count of the day before waits under a name of its own.
    if (counted !== undefined) this.#counts.set(`${key} ${counted.day}`, counted);
    if (counted !== undefined || this.#counts.size < limits.usesBufferedMax) this.#counts.set(key, { key, day, count });
  }

  /** Writes what was taken down. What could not be written stays for the next time. */
  async #write(): Promise<void> {
    const last = new Map<string, Taken>();
    for (const use of this.#taken) {
      last.set(use.key, use);
      this.#count(use.key, Math.floor(use.at / DAY_MS), use.count);
    }
    this.#taken = [];
    try {
      const uses = cleanUses(last);
      if (uses.length > ROWS_AT_ONCE) this.#putBy(await this.#store.uses.putBy(uses), uses);
      else if (uses.length > 0) await this.#store.uses.writeUses(uses);
    } catch (error) {
      // Counted already.
      for (const use of last.values()) use.count = 0;
      this.#taken = [...last.values(), ...this.#taken];
      throw error;
    }
  }

  #putBy(batch: number, uses: readonly Use[]): void {
    this.#batches.push(batch);
    for (const use of uses) this.#unsettled.set(use.key, use);
  }

  /** Brings batches into the rows of their keys, and counts into those of their days. Doing it twice changes nothing. */
  async #settle(): Promise<void> {
    this.#settledAt = Date.now();
    const batches = this.#batches;
    if (batches.length > 0) {
      await this.#store.uses.writeUses([...this.#unsettled.values()]);
      await this.#store.transact(tx => deleteUseBatches(tx, batches));
      this.#batches = [];
      this.#unsettled = new Map();
    }
    await this.#writeCounts();
  }

  async #writeCounts(): Promise<void> {
    const taken = this.#counts;
    this.#counts = new Map();
    try {
      if (taken.size > 0) await this.#store.uses.writeDayUses([...taken.values()]);
    } catch (error) {
      for (const { key, day, count } of taken.values()) this.#count(key, day, count);
      throw error;
    }
  }

  #flushLogged(): Promise<void> {
    this.#flushing ??= this.#write()
      .then(() => (Date.now() - this.#settledAt >= SETTLE_MS ? this.#settle() : undefined))
      .catch(error => this.#log.error({ err: error }, 'uses of keys could not be written; they wait for the next time'))
      .finally(() => {
        this.#flushing = undefined;
      });
    return this.#flushing;
  }
}

/** Addresses and user agents come from outside: what is no address is dropped, what is no plain text is cut away. */
function cleanUses(uses: ReadonlyMap<string, Use>): Use[] {
  // Most uses come from few places: each text is looked at once.
  const addresses = new Map<string | null, string | null>();
  const agents = new Map<string | null, string | null>();
  return Array.from(uses.values(), ({ key, at, address, agent, api }) => ({
    key,
    at,
    address: remembered(addresses, address, cleanAddress),
    agent: remembered(agents, agent, cleanAgent),
    api,
  }));
}

function remembered(
  known: Map<string | null, string | null>,
  text: string | null,
  clean: (text: string) => string | null,
): string | null {
  let cleaned = known.get(text);
  if (cleaned === undefined) {
    cleaned = text === null ? null : clean(text);
    known.set(text, cleaned);
  }
  return cleaned;
}

function cleanAddress(address: string): string | null {
  return parseAddress(address) ? address.replace(/^::ffff:(?=\d+\.)/i, '') : null;
}

function cleanAgent(agent: string): string {
  return agent
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, limits.userAgentCharsMax)
    .toWellFormed();
}

import { DAY_MS, limits, parseAddress } from '@keywright/core';
import { deleteUseBatches, listUseBatches, type Store, type Use } from '@keywright/store';
import type { Logger } from 'pino';

const SETTLE_MS = 30_000;
const ROWS_AT_ONCE = 2000;

/** A use, and how many of the key it stands for. */
type Taken = Use & { count: number };

/**
 * Remembers uses of keys off the path. Within a second the last use of each key is in the database: in the key's own row, or, when
 * very many keys are in use, in one batch that is settled into those rows each half minute, together with the counts of days. A crash
 * loses at most the last second of uses and the last half minute of counts; an orderly stop loses nothing.
 */
export class UseRecorder {
  readonly #store: Store;
  readonly #log: Logger;
  #taken: Taken[] = [];
  #unsettled = new Map<string, Taken>();
  #batches: number[] = [];
  #settledAt = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(store: Store, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** Settles what a crash left behind, and begins. */
  async start(): Promise<void> {
    for (const { id, uses } of await listUseBatches(this.#store.db)) {
      // Their counts went with the crash.
      this.#putBy(
        id,
        uses.map(use => ({ ...use, count: 0 })),
      );
    }
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

  /** Writes what was taken down. What could not be written stays for the next time. */
  async #write(): Promise<void> {
    const last = new Map<string, Taken>();
    for (const use of this.#taken) add(last, use);
    this.#taken = [];
    try {
      const uses = clean(last);
      if (uses.length > ROWS_AT_ONCE) this.#putBy(await this.#store.uses.putBy(uses), uses);
      else if (uses.length > 0) await this.#writeRows(uses);
    } catch (error) {
      this.#taken = [...last.values(), ...this.#taken];
      throw error;
    }
  }

  #putBy(batch: number, uses: readonly Taken[]): void {
    this.#batches.push(batch);
    for (const use of uses) add(this.#unsettled, use);
  }

  /** Brings batches into the rows of their keys and days. */
  async #settle(): Promise<void> {
    this.#settledAt = Date.now();
    const batches = this.#batches;
    if (batches.length === 0) return;
    await this.#writeRows([...this.#unsettled.values()]);
    this.#unsettled = new Map();
    await this.#store.transact(tx => deleteUseBatches(tx, batches));
    this.#batches = [];
  }

  /** Counts last, so that what fails before may be written again. A count belongs to the day of the last use that it stands for. */
  async #writeRows(uses: readonly Taken[]): Promise<void> {
    await this.#store.uses.writeUses(uses);
    const counted = uses.filter(use => use.count > 0);
    const days = counted.map(({ key, at, count }) => ({ key, day: Math.floor(at / DAY_MS), count }));
    if (days.length > 0) await this.#store.uses.writeDayUses(days);
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

/** The last use of a key stands for all before it. */
function add(uses: Map<string, Taken>, use: Taken): void {
  const before = uses.get(use.key);
  if (before !== undefined) use.count += before.count;
  uses.set(use.key, use);
}

/** Addresses and user agents come from outside: what is no address is dropped, what is no plain text is cut away. */
function clean(uses: ReadonlyMap<string, Taken>): Taken[] {
  // Most uses come from few places: each text is looked at once.
  const addresses = new Map<string | null, string | null>();
  const agents = new Map<string | null, string | null>();
  return Array.from(uses.values(), ({ key, at, address, agent, api, count }) => ({
    key,
    at,
    address: remembered(addresses, address, cleanAddress),
    agent: remembered(agents, agent, cleanAgent),
    api,
    count,
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

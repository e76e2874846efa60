import { DAY_MS, limits, parseAddress } from '@keywright/core';
import { deleteUseBatches, listUseBatches, type Store, type Use } from '@keywright/store';
import { newSeen, type Seen, type Uses } from '@keywright/verifier';
import type { Logger } from 'pino';

const SETTLE_MS = 30_000;
/** More keys than this are put by instead of written one by one. */
const ROWS_AT_ONCE = 500;

type Counted = Use & { count: number };

/**
 * Remembers uses of keys off the path. Within a second the last use of each key is in the database: in the key's own row, or, when
 * very many keys are in use, in a batch that is settled into those rows each half minute, together with the counts of days. A crash
 * loses at most the last moment of uses and the last half minute of counts; an orderly stop loses nothing.
 */
export class UseRecorder {
  readonly #used: Uses;
  readonly #store: Store;
  readonly #log: Logger;
  /** Used since the last settling. */
  #unsettled: Seen[] = [];
  #batches: number[] = [];
  #settledAt = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;

  constructor(used: Uses, store: Store, log: Logger) {
    this.#used = used;
    this.#store = store;
    this.#log = log;
  }

  /** Settles what a crash left behind, and begins. */
  async start(): Promise<void> {
    const batches = await listUseBatches(this.#store.db);
    this.#batches = batches.map(({ id }) => id);
    // Their counts went with the crash.
    for (const use of batches.flatMap(({ uses }) => uses)) {
      this.#unsettled.push({ ...newSeen(use.key), ...use });
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
    this.#takeUsed();
    await this.#settle();
  }

  /** Many keys in use are put by until the next settling; few are settled at once. What could not be written waits for the next time. */
  async #write(): Promise<void> {
    const used = this.#takeUsed();
    if (used.length <= ROWS_AT_ONCE || Date.now() - this.#settledAt >= SETTLE_MS) await this.#settle();
    else this.#batches.push(await this.#store.uses.putBy(used));
  }

  /** From here on they wait to be settled. */
  #takeUsed(): Seen[] {
    const used = this.#used.take();
    clean(used);
    for (const seen of used) {
      if (seen.unsettled === 0) this.#unsettled.push(seen);
      seen.unsettled += seen.count;
      seen.count = 0;
    }
    return used;
  }

  /** Writes what waits into the rows of its keys and days. Counts last, so that what fails before may be written again. */
  async #settle(): Promise<void> {
    const waiting = this.#unsettled;
    this.#settledAt = Date.now();
    if (waiting.length === 0) return;
    this.#unsettled = [];
    const uses = mergedByKey(waiting);
    for (const seen of waiting) seen.unsettled = 0;
    try {
      await this.#store.uses.writeUses(uses);
      // A count belongs to the day of the last use that it stands for.
      const days = uses.map(({ key, at, count }) => ({ key, day: Math.floor(at / DAY_MS), count }));
      await this.#store.uses.writeDayUses(days.filter(({ count }) => count > 0));
    } catch (error) {
      this.#unsettled.push(...uses.map(use => ({ ...newSeen(use.key), ...use, count: 0, unsettled: use.count })));
      throw error;
    }
    const batches = this.#batches;
    this.#batches = [];
    if (batches.length > 0) await this.#store.transact(tx => deleteUseBatches(tx, batches));
  }

  #flushLogged(): Promise<void> {
    this.#flushing ??= this.#write()
      .catch(error => this.#log.error({ err: error }, 'uses of keys could not be written; they wait for the next time'))
      .finally(() => {
        this.#flushing = undefined;
      });
    return this.#flushing;
  }
}

/** Copies, for what is written is read while the entries go on. A key whose facts were loaded anew has several. */
function mergedByKey(entries: readonly Seen[]): Counted[] {
  const merged = new Map<string, Counted>();
  for (const { key, unsettled, at, address, agent, api } of entries) {
    const before = merged.get(key);
    const count = unsettled + (before?.count ?? 0);
    if (before === undefined || before.at <= at) merged.set(key, { key, at, address, agent, api, count });
    else before.count = count;
  }
  return [...merged.values()];
}

/** Addresses and user agents come from outside: what is no address is dropped, what is no plain text is cut away. */
function clean(entries: readonly Seen[]): void {
  // Most uses come from few places: each text is looked at once.
  const addresses = new Map<string | null, string | null>();
  const agents = new Map<string | null, string | null>();
  for (const seen of entries) {
    seen.address = remembered(addresses, seen.address, cleanAddress);
    seen.agent = remembered(agents, seen.agent, cleanAgent);
  }
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

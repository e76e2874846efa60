import { DAY_MS, limits, parseAddress } from '@keywright/core';
import { deleteUseBatches, listUseBatches, type Store, type Use } from '@keywright/store';
import type { KeyUse, Uses } from '@keywright/verifier';
import type { Logger } from 'pino';

const SETTLE_MS = 30_000;
/** More keys than this are put by instead of written one by one. */
const ROWS_AT_ONCE = 500;

/** A last use, and how many uses it stands for. */
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
  /** What a crash left behind, or what could not be settled. */
  #leftBehind: Counted[] = [];
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
    this.#leftBehind = batches.flatMap(({ uses }) => uses.map(use => ({ ...use, count: 0 })));
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
    await this.#settle();
  }

  /** Many keys in use are put by until the next settling; few are settled at once. What could not be written waits for the next time. */
  async #write(): Promise<void> {
    const used = this.#used.listNew();
    if (used.length <= ROWS_AT_ONCE || Date.now() - this.#settledAt >= SETTLE_MS) await this.#settle();
    else this.#batches.push(await this.#store.uses.putBy(cleaned(used)));
  }

  /** Writes what waits into the rows of its keys and days. Counts last, so that what fails before may be written again. */
  async #settle(): Promise<void> {
    const uses = mergedByKey([...this.#leftBehind, ...cleaned(this.#used.take())]);
    this.#leftBehind = [];
    this.#settledAt = Date.now();
    if (uses.length === 0) return;
    try {
      await this.#store.uses.writeUses(uses);
      // A count belongs to the day of the last use that it stands for.
      const days = uses.map(({ key, at, count }) => ({ key, day: Math.floor(at / DAY_MS), count }));
      await this.#store.uses.writeDayUses(days.filter(({ count }) => count > 0));
    } catch (error) {
      this.#leftBehind = [...this.#leftBehind, ...uses];
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

/** A key whose facts were loaded anew has several. */
export function mergedByKey(uses: readonly Counted[]): Counted[] {
  const merged = new Map<string, Counted>();
  for (const use of uses) {
    const before = merged.get(use.key);
    if (before === undefined) merged.set(use.key, use);
    else {
      const last = before.at <= use.at ? use : before;
      merged.set(use.key, { ...last, count: use.count + before.count });
    }
  }
  return [...merged.values()];
}

/** Addresses and user agents come from outside: what is no address is dropped, what is no plain text is cut away. */
function cleaned(uses: readonly KeyUse[]): readonly KeyUse[] {
  // Most uses come from few places: each text is looked at once.
  const addresses = new Map<string | null, string | null>();
  const agents = new Map<string | null, string | null>();
  for (const use of uses) {
    use.address = remembered(addresses, use.address, cleanAddress);
    use.agent = remembered(agents, use.agent, cleanAgent);
  }
  return uses;
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

/** The same for one that a verifier reported. */
export function cleanUse<Reported extends { address: string | null; agent: string | null }>(use: Reported): Reported {
  const { address, agent } = use;
  return { ...use, address: address && cleanAddress(address), agent: agent && cleanAgent(agent) };
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

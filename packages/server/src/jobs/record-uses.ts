import { setImmediate } from 'node:timers/promises';
import { limits, parseAddress } from '@keywright/core';
import { type CountedUse, deleteUseBatches, listUseBatches, type Store } from '@keywright/store';
import type { Uses } from '@keywright/verifier';
import type { Logger } from 'pino';

const SETTLE_MS = 30_000;
/** Settling takes at most one part in so many of the time. */
const SETTLE_SHARE = 25;
/** More keys than this are put by instead of written one by one. */
const KEYS_AT_ONCE = 500;
/** So many are settled in one transaction: others that write wait for no more. */
const SETTLED_AT_ONCE = 100;
/** So many are put by in one batch: a few milliseconds' work, and requests are answered in between. */
const PUT_BY_AT_ONCE = 1000;
const IDS_AT_ONCE = 20;
/** `KW` and two more: a thousand parts, so that those of 100,000 keys are a hundred each. */
const BEGINNING_CHARS = 4;

/**
 * Remembers uses of keys off the path. Within a second the last use of each key is in the database: in the key's own row, or, when
 * very many keys are in use, in a batch that is settled into those rows each half minute (later, where that would take more than its
 * share of the time), together with the counts of days. A crash loses at most the last moment of uses, and the counts of what was not
 * settled; an orderly stop loses nothing.
 */
export class UseRecorder {
  readonly #used: Uses;
  readonly #store: Store;
  readonly #log: Logger;
  /** What a crash left behind, or what could not be settled. */
  #leftBehind: readonly CountedUse[] = [];
  #batches: number[] = [];
  #settleAt = performance.now() + SETTLE_MS;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #isFailing = false;
  failedWrites = 0;

  constructor(used: Uses, store: Store, log: Logger) {
    this.#used = used;
    this.#store = store;
    this.#log = log;
  }

  /** Keys of which uses wait to be settled. */
  get waiting(): number {
    return this.#used.size + this.#leftBehind.length;
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

  /** Few keys are settled at once; many are put by, as long as their settling is not due. What could not be written waits for the next time. */
  async #write(): Promise<void> {
    if (this.#used.size <= KEYS_AT_ONCE || performance.now() >= this.#settleAt) return this.#settle();
    const used = this.#used.listNew();
    for (let n = 0; n < used.length; n += PUT_BY_AT_ONCE) {
      this.#batches.push(await this.#store.uses.putBy(cleaned(used.slice(n, n + PUT_BY_AT_ONCE))));
      await setImmediate();
    }
  }

  /** Writes what waits into the rows of its keys and days. */
  async #settle(): Promise<void> {
    const began = performance.now();
    const waiting = [this.#leftBehind, this.#used.take()];
    this.#leftBehind = [];
    const parts = await inParts(waiting);
    try {
      for (let part = parts.at(-1); part !== undefined; part = parts.at(-1)) {
        await this.#store.uses.writeUses(mergedByKey(part));
        parts.pop();
      }
    } finally {
      this.#leftBehind = [...this.#leftBehind, ...parts.flat()];
      const took = performance.now() - began;
      this.#settleAt = performance.now() + Math.max(SETTLE_MS, SETTLE_SHARE * took);
    }
    const batches = this.#batches;
    this.#batches = [];
    for (let n = 0; n < batches.length; n += IDS_AT_ONCE) {
      await this.#store.transact(tx => deleteUseBatches(tx, batches.slice(n, n + IDS_AT_ONCE)));
      await setImmediate(); // requests are answered in between
    }
  }

  #flushLogged(): Promise<void> {
    this.#flushing ??= this.#write()
      .then(() => {
        this.#isFailing = false;
      })
      .catch(error => {
        this.failedWrites++;
        // Told once: it is tried again and again until it works.
        if (!this.#isFailing)
          this.#log.error({ err: error }, 'uses of keys could not be written; they wait until they can');
        this.#isFailing = true;
      })
      .finally(() => {
        this.#flushing = undefined;
      });
    return this.#flushing;
  }
}

/** Uses of which a part at a time is read. */
type Listed = { readonly length: number; slice(from: number, to: number): CountedUse[] };

/** Those of neighbouring keys together, cleaned, in parts of which each is written at once. Requests are answered in between. */
async function inParts(waiting: readonly Listed[]): Promise<CountedUse[][]> {
  const byBeginning = new Map<string, CountedUse[]>();
  for (const uses of waiting)
    for (let n = 0; n < uses.length; n += PUT_BY_AT_ONCE) {
      for (const use of cleaned(uses.slice(n, n + PUT_BY_AT_ONCE))) {
        const beginning = use.key.slice(0, BEGINNING_CHARS);
        const alike = byBeginning.get(beginning);
        if (alike === undefined) byBeginning.set(beginning, [use]);
        else alike.push(use);
      }
      if (n > 0) await setImmediate();
    }
  const parts: CountedUse[][] = [];
  for (const [, alike] of [...byBeginning].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + alike.length <= SETTLED_AT_ONCE) last.push(...alike);
    else parts.push(alike);
  }
  return parts;
}

/** One for each key, in the order of the keys. A key whose facts were loaded anew has several. */
export function mergedByKey(uses: readonly CountedUse[]): CountedUse[] {
  const merged: CountedUse[] = [];
  for (const use of uses.toSorted((a, b) => (a.key < b.key ? -1 : 1))) {
    const before = merged.at(-1);
    if (before?.key !== use.key) merged.push(use);
    else merged[merged.length - 1] = { ...(before.at <= use.at ? use : before), count: use.count + before.count };
  }
  return merged;
}

/** Addresses and user agents come from outside: what is no address is dropped, what is no plain text is cut away. */
function cleaned<One extends CountedUse>(uses: readonly One[]): readonly One[] {
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

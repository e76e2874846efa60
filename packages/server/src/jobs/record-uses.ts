import { setImmediate, setTimeout } from 'node:timers/promises';
import { limits, parseAddress } from '@keywright/core';
import { type CountedUse, deleteUseBatches, listUseBatches, type Store } from '@keywright/store';
import type { Uses } from '@keywright/verifier';
import type { Logger } from 'pino';

const SETTLE_MS = 30_000;
/** Requests come first: writing what is new takes at most one part in so many of the time, and settling what was put by another. */
const NEW_SHARE = 10;
const SETTLE_SHARE = 25;
const REST_MS_MAX = 500;
/** More keys than this are put by instead of written one by one. */
const KEYS_AT_ONCE = 500;
/** So many are settled in one transaction: others that write wait for no more. */
const SETTLED_AT_ONCE = 100;
/** So many are put by in one batch: half a millisecond's work. */
const PUT_BY_AT_ONCE = 500;
const SORTED_AT_ONCE = 5000;
const IDS_AT_ONCE = 20;
/** `KW` and two more: a thousand parts, so that those of 100,000 keys are a hundred each. */
const BEGINNING_CHARS = 4;

/** Uses of which a few at a time are read. */
type Listed = { readonly length: number; at(place: number): CountedUse | undefined };

/** Uses that are not settled, and the batches that hold them, too. */
interface Waiting {
  readonly lists: readonly Listed[];
  readonly batches: number[];
}

/** Some of them. */
interface Part {
  readonly list: Listed;
  readonly places: readonly number[];
}

/**
 * Remembers uses of keys off the path. Within a second the last use of each key is in the database: in the key's own row, or, when
 * very many keys are in use, in a batch. Each half minute those of the batches begin to be settled into those rows, together with the
 * counts of days, little by little. A crash loses at most the last moment of uses, and the counts of what was not settled; an orderly
 * stop loses nothing.
 */
export class UseRecorder {
  readonly #used: Uses;
  readonly #store: Store;
  readonly #log: Logger;
  /** What a crash left behind, or what could not be settled. */
  #leftBehind: readonly CountedUse[] = [];
  #batches: number[] = [];
  #settleAt = performance.now() + SETTLE_MS;
  /** What was put by is being settled. */
  #settling: Promise<void> | undefined;
  /** How many uses are. */
  #unsettled = 0;
  #flushing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Nobody verifies yet, or any more. */
  #isHurried = true;
  #isFailing = false;
  failedWrites = 0;

  constructor(used: Uses, store: Store, log: Logger) {
    this.#used = used;
    this.#store = store;
    this.#log = log;
  }

  /** Keys of which uses wait to be settled. */
  get waiting(): number {
    return this.#used.size + this.#unsettled + this.#leftBehind.length;
  }

  /** Settles what a crash left behind, and begins. */
  async start(): Promise<void> {
    const batches = await listUseBatches(this.#store.db);
    this.#batches = batches.map(({ id }) => id);
    // Their counts went with the crash.
    this.#leftBehind = batches.flatMap(({ uses }) => uses.map(use => ({ ...use, count: 0 })));
    await this.flush();
    this.#isHurried = false;
    this.#timer = setInterval(() => this.#writeSoon(), limits.usesFlushMs).unref();
  }

  /** Stops and writes all that is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#isHurried = true;
    await this.flush();
  }

  /** Settles all that was taken down until now. */
  async flush(): Promise<void> {
    await this.#flushing;
    await this.#settling;
    await this.#settle(this.#take(), SETTLE_SHARE);
  }

  #writeSoon(): void {
    this.#flushing ??= this.#logged(this.#write()).finally(() => {
      this.#flushing = undefined;
    });
  }

  /** Few keys are settled at once; many are put by until their settling is due. */
  async #write(): Promise<void> {
    if (this.#used.size + this.#leftBehind.length <= KEYS_AT_ONCE) return this.#settle(this.#take(), NEW_SHARE);
    const used = this.#used.listNew();
    const isDue = this.#settling === undefined && performance.now() >= this.#settleAt;
    const due = isDue ? this.#take() : undefined;
    const batches = due?.batches ?? this.#batches;
    try {
      for (let n = 0; n < used.length; n += PUT_BY_AT_ONCE) {
        const began = performance.now();
        batches.push(await this.#store.uses.putBy(cleaned(used.slice(n, n + PUT_BY_AT_ONCE))));
        await this.#rest(began, NEW_SHARE);
      }
    } finally {
      if (due !== undefined) this.#settleSoon(due);
    }
  }

  #settleSoon(due: Waiting): void {
    this.#settleAt = performance.now() + SETTLE_MS;
    this.#settling = this.#logged(this.#settle(due, SETTLE_SHARE)).finally(() => {
      this.#settling = undefined;
    });
  }

  /** All that is neither settled nor being settled. */
  #take(): Waiting {
    const taken = { lists: [this.#leftBehind, this.#used.take()], batches: this.#batches };
    this.#leftBehind = [];
    this.#batches = [];
    return taken;
  }

  /** Writes uses into the rows of their keys and days; then their batches can go. What could not be written waits for the next time. */
  async #settle({ lists, batches }: Waiting, share: number): Promise<void> {
    const count = lists.reduce((sum, { length }) => sum + length, 0);
    this.#unsettled += count;
    const parts: Part[] = [];
    try {
      for (const list of lists) parts.push(...(await inParts(list)));
      for (let part = parts.at(-1); part !== undefined; part = parts.at(-1)) {
        const began = performance.now();
        await this.#store.uses.writeUses(mergedByKey(cleaned(usesIn(part))));
        parts.pop();
        if (parts.length > 0) await this.#rest(began, share);
      }
      for (let n = 0; n < batches.length; n += IDS_AT_ONCE) {
        const began = performance.now();
        await this.#store.transact(tx => deleteUseBatches(tx, batches.slice(n, n + IDS_AT_ONCE)));
        await this.#rest(began, share);
      }
    } catch (error) {
      this.#leftBehind = [...this.#leftBehind, ...parts.flatMap(usesIn)];
      this.#batches.push(...batches);
      throw error;
    } finally {
      this.#unsettled -= count;
    }
  }

  /** Between two pieces of work, of which the first has begun then: others come first. */
  async #rest(began: number, share: number): Promise<void> {
    if (this.#isHurried) await setImmediate();
    else await setTimeout(Math.min(REST_MS_MAX, (share - 1) * (performance.now() - began)));
  }

  async #logged(writing: Promise<void>): Promise<void> {
    try {
      await writing;
      this.#isFailing = false;
    } catch (error) {
      this.failedWrites++;
      // Told once: it is tried again and again until it works.
      if (!this.#isFailing)
        this.#log.error({ err: error }, 'uses of keys could not be written; they wait until they can');
      this.#isFailing = true;
    }
  }
}

function usesIn({ list, places }: Part): CountedUse[] {
  return places.map(place => list.at(place) as CountedUse); // they are places of the list
}

/** Those of neighbouring keys together, in parts of which each is written at once. Requests are answered in between. */
async function inParts(list: Listed): Promise<Part[]> {
  const byBeginning = new Map<string, number[]>();
  for (let place = 0; place < list.length; place++) {
    const beginning = list.at(place)?.key.slice(0, BEGINNING_CHARS) ?? '';
    const alike = byBeginning.get(beginning);
    if (alike === undefined) byBeginning.set(beginning, [place]);
    else alike.push(place);
    if (place % SORTED_AT_ONCE === SORTED_AT_ONCE - 1) await setImmediate();
  }
  const parts: number[][] = [];
  for (const [, alike] of [...byBeginning].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + alike.length <= SETTLED_AT_ONCE) last.push(...alike);
    else parts.push(alike);
  }
  return parts.map(places => ({ list, places }));
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

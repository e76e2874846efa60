import { setImmediate, setTimeout } from 'node:timers/promises';
import { limits, parseAddress } from '@keywright/core';
import { type CountedUse, deleteUseBatches, lastUseBatch, listUseBatches, type Store } from '@keywright/store';
import type { Uses } from '@keywright/verifier';
import type { Logger } from 'pino';

/** More keys than this are put by instead of settled at once. */
const KEYS_AT_ONCE = 500;
/** So often what was used since is put by, and so often settling it begins. */
const PUT_BY_MS = 1000;
const SETTLE_MS = 30_000;
/** Requests come first: writing takes about one part in so many of the time. */
const SHARE = 16;
const REST_MS_MAX = 500;
/** So many are put by in one batch: half a millisecond's work. */
const PUT_BY_AT_ONCE = 500;
/** So many are settled in one transaction: others that write wait for no more. */
export const SETTLED_AT_ONCE = 100;
const SORTED_AT_ONCE = 1000;
const IDS_AT_ONCE = 20;
/** So many of the batches that a crash left behind are in memory at once. */
const LEFT_AT_ONCE = 200;
/** `KW` and two more: a thousand groups of neighbours. */
const BEGINNING_CHARS = 4;

/** Uses of which a few at a time are read. */
type Listed = { readonly length: number; at(place: number): CountedUse };

/** Uses that are to be settled, and the batches that hold them, too. */
interface Waiting {
  readonly list: Listed;
  readonly batches: number[];
  /** Others left them behind: whoever starts next can settle them as well. */
  readonly isLeft?: boolean;
  /** Once they are sorted, what is not settled: places in the list, those together that are written at once. */
  parts?: number[][];
}

/**
 * Remembers uses of keys off the path. Within a second or two the last use of each key is in the database: in the key's own row, or, when
 * very many keys are in use, in a batch. Each half minute those of the batches begin to be settled into those rows, together with the
 * counts of days, little by little. A crash loses at most the last moment of uses, and the counts of what was not settled: whoever starts
 * settles the last uses in all batches that are there, at its first `flush`. They may be those of a node that lives, which finds them gone
 * and has lost nothing. An orderly stop loses nothing.
 */
export class UseRecorder {
  readonly #used: Uses;
  readonly #store: Store;
  readonly #log: Logger;
  #batches: number[] = [];
  /** Batches that were there at the start and are not yet taken to be settled: those behind the first id, up to the other. */
  readonly #left = { after: 0, until: 0 };
  #putByAt = 0;
  #settleAt = performance.now() + SETTLE_MS;
  /** What could not be settled: it is tried again each time that uses are put by, before anything else. */
  readonly #failed: Waiting[] = [];
  /** How many uses were taken to be settled. */
  #unsettled = 0;
  #writing: Promise<void> | undefined;
  /** What was put by is being settled. */
  #settling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Nobody verifies any more. */
  #isHurried = false;
  readonly #failing = new Set<'writing' | 'settling'>();
  failedWrites = 0;

  constructor(used: Uses, store: Store, log: Logger) {
    this.#used = used;
    this.#store = store;
    this.#log = log;
  }

  /** Keys of which uses wait to be settled. */
  get waiting(): number {
    return this.#used.size + this.#unsettled;
  }

  async start(): Promise<void> {
    this.#left.until = await lastUseBatch(this.#store.db);
    this.#timer = setInterval(() => {
      this.#writing ??= this.#logged('writing', this.#write()).finally(() => {
        this.#writing = undefined;
      });
    }, limits.usesFlushMs).unref();
  }

  /** Nobody verifies any more: all of the time is for writing what was used here. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** Stops and writes all that is left. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.hurry();
    await this.flush();
  }

  /** Settles all that was taken down until now and, unless it is to hurry, what a crash left behind. Throws what the database throws. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined || this.#settling !== undefined) await (this.#writing ?? this.#settling);
    const all = this.#settleAll();
    this.#settling = all
      .catch(() => {})
      .finally(() => {
        this.#settling = undefined;
      });
    await all;
  }

  async #settleAll(): Promise<void> {
    do {
      // What is just being put by is taken as a whole.
      await this.#writing;
      for (let failed = this.#failed.shift(); failed !== undefined; failed = this.#failed.shift())
        await this.#settle(failed);
      await this.#settle(this.#take());
    } while (await this.#settleSomeLeft());
  }

  /** Answers whether there may be more. */
  async #settleSomeLeft(): Promise<boolean> {
    const left = await this.#readLeft();
    await this.#settle(left);
    return left.batches.length > 0;
  }

  /** Few keys are settled at once; many are put by until their settling is due. */
  async #write(): Promise<void> {
    if (this.#used.size <= KEYS_AT_ONCE && this.#failed.length === 0) return this.#settle(this.#take());
    const now = performance.now();
    if (now < this.#putByAt) return;
    this.#putByAt = now + PUT_BY_MS;
    const isDue = this.#settling === undefined && (this.#failed.length > 0 || now >= this.#settleAt);
    const failed = isDue ? this.#failed.shift() : undefined;
    const used = this.#used.listNew();
    const taken = isDue && failed === undefined ? this.#take() : undefined;
    try {
      await this.#putBy(used, taken?.batches ?? this.#batches);
    } finally {
      const due = failed ?? taken;
      if (due !== undefined) this.#settleSoon(due);
    }
  }

  async #putBy(used: ReturnType<Uses['listNew']>, batches: number[]): Promise<void> {
    for (let n = 0; n < used.length; n += PUT_BY_AT_ONCE) {
      const began = performance.now();
      batches.push(await this.#store.uses.putBy(cleaned(used.slice(n, n + PUT_BY_AT_ONCE))));
      await this.#rest(began);
    }
  }

  #settleSoon(due: Waiting): void {
    this.#settleAt = performance.now() + SETTLE_MS;
    this.#settling = this.#logged('settling', this.#settle(due)).finally(() => {
      this.#settling = undefined;
    });
  }

  #take(): Waiting {
    const taken = { list: this.#used.take(), batches: this.#batches };
    this.#batches = [];
    this.#unsettled += taken.list.length;
    return taken;
  }

  /** The last use of each key in some batches that nobody has settled. Their counts went with the crash. */
  async #readLeft(): Promise<Waiting> {
    const lastUses = new Map<string, CountedUse>();
    const batches: number[] = [];
    let { after, until } = this.#left;
    while (after < until && batches.length < LEFT_AT_ONCE && !this.#isHurried) {
      const began = performance.now();
      const [batch] = await listUseBatches(this.#store.db, after, 1);
      // Meanwhile somebody else may have settled all that were there.
      after = batch?.id ?? until;
      if (batch === undefined || batch.id > until) break;
      for (const use of batch.uses)
        if (use.at >= (lastUses.get(use.key)?.at ?? 0)) lastUses.set(use.key, { ...use, count: 0 });
      batches.push(batch.id);
      await this.#rest(began);
    }
    this.#left.after = after;
    const uses = [...lastUses.values()];
    this.#unsettled += uses.length;
    return { list: { length: uses.length, at: place => uses[place] as CountedUse }, batches, isLeft: true }; // within its length
  }

  /** Writes uses into the rows of their keys and days; then their batches can go. */
  async #settle(waiting: Waiting): Promise<void> {
    const { list, batches, isLeft } = waiting;
    try {
      waiting.parts ??= await inParts(list, began => this.#rest(began));
      const { parts } = waiting;
      for (let part = parts.at(-1); part !== undefined; part = parts.at(-1)) {
        if (isLeft && this.#isHurried) return;
        const began = performance.now();
        const uses = mergedByKey(cleaned(part.map(place => list.at(place))));
        await this.#store.uses.writeUses(uses, list.length > KEYS_AT_ONCE);
        parts.pop();
        if (parts.length > 0) await this.#rest(began);
      }
      for (let n = 0; n < batches.length; n += IDS_AT_ONCE) {
        const began = performance.now();
        await this.#store.transact(tx => deleteUseBatches(tx, batches.slice(n, n + IDS_AT_ONCE)));
        await this.#rest(began);
      }
    } catch (error) {
      this.#failed.push(waiting);
      throw error;
    }
    this.#unsettled -= list.length;
  }

  /** After a piece of work that began then: others come first. */
  async #rest(began: number): Promise<void> {
    if (this.#isHurried) await setImmediate();
    else await setTimeout(Math.min(REST_MS_MAX, (SHARE - 1) * (performance.now() - began)));
  }

  async #logged(what: 'writing' | 'settling', work: Promise<void>): Promise<void> {
    try {
      await work;
      this.#failing.delete(what);
    } catch (error) {
      this.failedWrites++;
      // Told once: it is tried again and again until it works.
      if (!this.#failing.has(what))
        this.#log.error({ err: error }, 'uses of keys could not be written; they wait until they can');
      this.#failing.add(what);
    }
  }
}

/** Those of neighbouring keys together. */
async function inParts(list: Listed, rest: (began: number) => Promise<void>): Promise<number[][]> {
  const byBeginning = new Map<string, number[]>();
  let began = performance.now();
  for (let place = 0; place < list.length; place++) {
    const beginning = list.at(place).key.slice(0, BEGINNING_CHARS);
    const alike = byBeginning.get(beginning);
    if (alike === undefined) byBeginning.set(beginning, [place]);
    else alike.push(place);
    if (place % SORTED_AT_ONCE < SORTED_AT_ONCE - 1) continue;
    await rest(began);
    began = performance.now();
  }
  const places = [...byBeginning].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, alike]) => alike);
  const parts: number[][] = [];
  for (let n = 0; n < places.length; n += SETTLED_AT_ONCE) parts.push(places.slice(n, n + SETTLED_AT_ONCE));
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

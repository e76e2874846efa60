import {
  type Limited,
  type LimitState,
  limits,
  nextChunk,
  type PeriodSpan,
  periodAt,
  type Quota,
  quotaState,
  shareOfLeft,
} from '@keywright/core';
import { byPlace, type QuotaCounter, returnQuota, type Store, takeQuota, usedQuota } from '@keywright/store';
import type { Logger } from 'pino';

/** What this process may use of one quota in one period without asking. */
interface Lease {
  readonly counter: QuotaCounter;
  readonly quota: Quota;
  left: number;
  /** How much of the quota is taken by all, at the last word of the database. */
  used: number;
  chunk: number;
  /** Moments of `performance.now()`. */
  leasedAt: number;
  usedAt: number;
  /** Up to then so many beyond what is here, and more, are not asked for: they were not left, or the database did not answer. */
  restsUntil: number;
  refusedFrom: number;
  failure: unknown;
  /** Units that are waited for. */
  waiting: number;
  filling: Promise<void> | undefined;
}

/** What was taken of the quotas of a key, or would have been. */
export interface QuotaHold {
  readonly parts: readonly { limited: Limited; lease: Lease }[];
  /** Those of which too little was left: then nothing was taken of any. */
  readonly exceeded: readonly Lease[];
}

/** Others may give back what they did not use, and a database comes back: so soon it is asked again. */
const REST_MS = 250;
/** A lease of which only this part is left is filled up before it is used up. */
const LOW_PART = 0.25;

const NONE: readonly Lease[] = [];
const NOTHING_HELD: QuotaHold = Object.freeze({ parts: [], exceeded: NONE });

/**
 * Quotas are counted in the database and never exceeded: this process takes parts of them in advance, decides by these at once, and gives
 * back what it did not use. A crash loses what was taken and not used, which counts as used.
 */
export class QuotaLeases {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #processes: () => number;
  readonly #leases = new Map<string, Lease>();
  /** The current period of each kind and time zone. */
  readonly #spans = new Map<string, PeriodSpan>();
  #timer: NodeJS.Timeout | undefined;
  #returning: Promise<void> | undefined;

  constructor(store: Store, log: Logger, processes: () => number) {
    this.#store = store;
    this.#log = log;
    this.#processes = processes;
  }

  start(): void {
    this.#timer = setInterval(() => this.#returnIdle(), limits.quotaIdleMs).unref();
  }

  /** Gives back all that was not used. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#returning;
    await this.#giveBack([...this.#leases.values()]);
  }

  /** Takes a use of all quotas, or of none. Rejects when the database would have to be asked and does not answer. */
  hold(limited: readonly Limited[], cost: number, at: number): QuotaHold | Promise<QuotaHold> {
    if (limited.every(({ quotas }) => quotas.length === 0)) return NOTHING_HELD;
    const parts = limited.flatMap(one =>
      one.quotas.map(quota => ({ limited: one, lease: this.#leaseAt(one.id, quota, at) })),
    );
    return take(parts, cost) ? this.#held(parts) : this.#holdLater(parts, cost);
  }

  /** Another limit refused the use. What it took stays here for a moment: whoever is refused may ask again at once. */
  release({ parts }: QuotaHold, cost: number): void {
    for (const { lease } of parts) lease.left += cost;
    if (parts.some(({ lease }) => cost > lease.chunk))
      setTimeout(() => this.#returnLarge(parts, cost), REST_MS).unref();
  }

  /** How the quotas stand; those without a lease as the database says. */
  async look(limited: readonly Limited[], at: number): Promise<LimitState[]> {
    const parts = limited.flatMap(one =>
      one.quotas.map(quota => ({ limited: one, lease: this.#leaseAt(one.id, quota, at) })),
    );
    for (const { lease } of parts) lease.used = await usedQuota(this.#store.db, lease.counter);
    return quotaStates({ parts, exceeded: NONE });
  }

  #held(parts: QuotaHold['parts']): QuotaHold {
    // Whoever needs it hears of what goes wrong.
    for (const { lease } of parts) if (isLow(lease) && !isResting(lease, 1)) this.#fill(lease).catch(() => {});
    return { parts, exceeded: NONE };
  }

  async #holdLater(parts: QuotaHold['parts'], cost: number): Promise<QuotaHold> {
    const units = Math.max(1, cost);
    for (;;) {
      const short = parts.map(({ lease }) => lease).filter(({ left }) => left < units);
      const [first] = short;
      if (first === undefined) break;
      // Where one is used up, no other is asked for.
      const exceeded = short.filter(lease => isResting(lease, units - lease.left));
      const failed = exceeded.find(({ failure }) => failure !== undefined);
      if (failed !== undefined) throw failed.failure;
      if (exceeded.length > 0) {
        this.#returnLarge(parts, cost);
        return { parts, exceeded };
      }
      await this.#fillFor(first, units);
    }
    take(parts, cost);
    return { parts, exceeded: NONE };
  }

  /** What is a large part of what is left is asked for by itself and as a whole: where it is not left, others find what there is. */
  async #fillFor(lease: Lease, units: number): Promise<void> {
    if (units > shareOfLeft(lease.quota.max - lease.used, this.#processes()))
      return lease.filling ?? this.#fill(lease, units - lease.left);
    lease.waiting += units;
    try {
      await this.#fill(lease);
    } finally {
      lease.waiting -= units;
    }
  }

  /** One lease is filled by one statement at a time, for all who wait. */
  #fill(lease: Lease, least = 1): Promise<void> {
    lease.filling ??= this.#take(lease, least)
      .catch(error => {
        lease.failure = error;
        rest(lease, 1);
        throw error;
      })
      .finally(() => {
        lease.filling = undefined;
      });
    return lease.filling;
  }

  async #take(lease: Lease, least: number): Promise<void> {
    const { counter, quota } = lease;
    const { dialect } = this.#store;
    const left = Math.max(0, quota.max - lease.used);
    const lastedMs = performance.now() - lease.leasedAt;
    lease.chunk = nextChunk({ last: lease.chunk, lastedMs, left, processes: this.#processes() });
    lease.leasedAt = performance.now();
    const wanted = Math.max(lease.chunk, lease.waiting - lease.left, least);
    const { granted, used } = await this.#store.transactBeside(tx =>
      takeQuota(tx, dialect, counter, wanted, quota.max, least),
    );
    lease.left += granted;
    lease.used = used;
    lease.failure = undefined;
    if (granted < wanted) rest(lease, granted === 0 ? least : 1);
  }

  #leaseAt(subject: string, quota: Quota, at: number): Lease {
    const place = `${subject}/${quota.name}`;
    const known = this.#leases.get(place);
    if (known !== undefined) {
      if (isOf(known, quota, at)) return known;
      this.#leases.delete(place);
      this.#return([known]);
    }
    const { startsAt, endsAt } = this.#spanAt(quota, at);
    const now = performance.now();
    const lease: Lease = {
      counter: { subject, name: quota.name, startsAt, endsAt },
      quota,
      ...{ left: 0, used: 0, chunk: 1, waiting: 0 },
      ...{ leasedAt: now - limits.quotaIdleMs, usedAt: now, restsUntil: 0, refusedFrom: 1 },
      ...{ failure: undefined, filling: undefined },
    };
    this.#leases.set(place, lease);
    return lease;
  }

  #spanAt({ per, timeZone }: Quota, at: number): PeriodSpan {
    const known = this.#spans.get(`${per} ${timeZone}`);
    if (known !== undefined && known.startsAt <= at && at < known.endsAt) return known;
    const span = periodAt(per, timeZone, at);
    this.#spans.set(`${per} ${timeZone}`, span);
    return span;
  }

  /** What was not used for a while others may use. */
  #returnIdle(): void {
    const before = performance.now() - limits.quotaIdleMs;
    const idle: Lease[] = [];
    for (const [place, lease] of this.#leases) {
      if (lease.usedAt > before || lease.filling !== undefined || lease.waiting > 0) continue;
      this.#leases.delete(place);
      idle.push(lease);
    }
    this.#return(idle);
  }

  /** What was taken for a use of many units that is refused goes back where it is more than is left for others. */
  #returnLarge(parts: QuotaHold['parts'], cost: number): void {
    const leases = parts.map(({ lease }) => lease);
    this.#return(leases.filter(({ left, used, quota, chunk }) => cost > chunk && left > quota.max - used));
  }

  #return(leases: readonly Lease[]): void {
    if (leases.length > 0) this.#returning = Promise.all([this.#returning, this.#giveBack(leases)]).then(() => {});
  }

  async #giveBack(leases: readonly Lease[]): Promise<void> {
    // What is on its way is given back, too.
    await Promise.allSettled(leases.map(({ filling }) => filling));
    const unused = leases.filter(({ left }) => left > 0).map(({ counter, left }) => ({ counter, left }));
    for (const lease of leases) {
      lease.used -= lease.left;
      lease.left = 0;
    }
    if (unused.length === 0) return;
    unused.sort((a, b) => byPlace(a.counter, b.counter));
    try {
      await this.#store.transactBeside(async tx => {
        for (const { counter, left } of unused) await returnQuota(tx, counter, left);
      });
    } catch (error) {
      this.#log.warn({ err: error }, 'unused parts of quotas could not be given back; they count as used');
    }
  }
}

/** Takes of all of them at once, or of none. */
function take(parts: QuotaHold['parts'], cost: number): boolean {
  const units = Math.max(1, cost);
  if (parts.some(({ lease }) => lease.left < units)) return false;
  const now = performance.now();
  for (const { lease } of parts) {
    lease.left -= cost;
    lease.usedAt = now;
  }
  return true;
}

function rest(lease: Lease, refusedFrom: number): void {
  lease.restsUntil = performance.now() + REST_MS;
  lease.refusedFrom = refusedFrom;
}

function isResting({ restsUntil, refusedFrom }: Lease, units: number): boolean {
  return units >= refusedFrom && performance.now() < restsUntil;
}

/** What is used now and then is taken one by one. */
function isLow({ left, chunk }: Lease): boolean {
  return chunk > 1 && left < chunk * LOW_PART;
}

function isOf({ counter, quota }: Lease, { max, per, timeZone }: Quota, at: number): boolean {
  const isSame = quota.max === max && quota.per === per && quota.timeZone === timeZone;
  return isSame && counter.startsAt <= at && at < counter.endsAt;
}

/** What was taken of, with the most that may be taken. */
export function countersOf({ parts }: QuotaHold): (QuotaCounter & { max: number })[] {
  return parts.map(({ lease: { counter, quota } }) => ({ ...counter, max: quota.max }));
}

export function quotaStates({ parts, exceeded }: QuotaHold): LimitState[] {
  return parts.map(({ limited, lease }) => {
    const { counter, quota, left, used } = lease;
    return quotaState(limited.of, quota, counter, Math.max(0, quota.max - used) + left, exceeded.includes(lease));
  });
}

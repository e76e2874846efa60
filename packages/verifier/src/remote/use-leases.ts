import { clearInterval, setInterval } from 'node:timers';
import {
  type Asked,
  type Charged,
  type Facts,
  type HeldLimits,
  type KeyId,
  type LimitState,
  limitedBy,
  limits,
  nextChunk,
} from '@keywright/core';
import { Rates } from '../rates.ts';
import { type LeaseAnswer, type Leases, readLeases } from './answers.ts';
import { isRefusal } from './feed.ts';
import { FirstSights } from './first-sights.ts';
import type { ServerDoor } from './server-door.ts';
import { RefusedError, UnavailableError } from './unavailable.ts';

/** Uses that the server granted. */
interface Grant {
  /** By which what is left of it is given back; null for none. */
  readonly id: string | null;
  left: number;
  /** performance.now() */
  readonly until: number;
  /** Milliseconds since 1970: a quota that it was taken from begins anew. */
  readonly untilDate: number;
}

/** What may be used of one key without asking, and how its limits stood when that was last asked. */
interface Lease {
  readonly key: KeyId;
  /** Other limits are another lease. */
  readonly limits: readonly HeldLimits[];
  /** The oldest first. */
  grants: Grant[];
  told: LeaseAnswer | undefined;
  /** How much is asked for at once. */
  chunk: number;
  /** Units that are waited for, and those of who asks that are not here. */
  waiting: number;
  needed: number;
  /** So many beyond what is here were refused the last time, and more. */
  refusedFrom: number;
  filling: Promise<void> | undefined;
  /** Moments of `performance.now()`. */
  askedAt: number;
  usedAt: number;
  /** Up to then nothing is asked for: there was nothing left. */
  restsUntil: number;
}

/** A lease of which only this part is left is filled up before it is used up. */
const LOW_PART = 0.25;
/** So soon, and so late, it is asked again whether there is more. */
const REST_MS_MIN = 5;
const REST_MS_MAX = 250;
/** So often a server that could not be asked is asked again. */
const PROBE_MS = 250;
/** Leases that are over and could not be told yet. */
const ENDED_MAX = 10_000;

/**
 * Limits in an application: uses are leased from the server, about as many as pass in a second, and counted here. While the server is
 * away, rates go on as a share of each limit, with `degraded`; what has a quota can not be decided then, as it is never exceeded.
 */
export class UseLeases {
  readonly #door: ServerDoor;
  readonly #path: string;
  readonly #rejoin: () => void;
  readonly #leases = new Map<KeyId, Lease>();
  readonly #asking: FirstSights<LeaseAnswer>;
  readonly #alone = new Rates();
  readonly #timer: NodeJS.Timeout;
  #ended: { lease: string; unused: number }[] = [];
  /** How many share the limits, as the server said last. */
  #sharers: number | undefined;
  #probeAt = 0;
  /** Tells what is over. */
  #telling: Promise<void> | undefined;
  #error: UnavailableError | undefined;
  #degraded = 0;

  constructor(door: ServerDoor, verifier: string, rejoin: () => void) {
    this.#door = door;
    this.#path = `/verifiers/${verifier}/leases`;
    this.#rejoin = rejoin;
    this.#asking = new FirstSights(keys => this.#ask(keys as readonly KeyId[]), limits.leasesAtOnceMax);
    this.#timer = setInterval(() => this.#tidy(), limits.leaseMs).unref();
  }

  /** Uses that were charged to a share of their limits, because the server was away. */
  get degraded(): number {
    return this.#degraded;
  }

  /** Why the server could not be asked, the last time. */
  get error(): UnavailableError | undefined {
    return this.#error;
  }

  /** At once where enough is leased. Rejects with UnavailableError where the server would have to be asked and can not be. */
  charge(facts: Facts, { cost = 1 }: Asked, at: number): Charged | Promise<Charged> {
    const lease = this.#leaseOf(facts);
    const now = performance.now();
    lease.usedAt = now;
    if (this.#take(lease, cost, now)) {
      // Whoever needs it hears of what goes wrong.
      if (isLow(lease) && now >= lease.restsUntil) this.#fill(lease, 0).catch(() => {});
      return passed(lease, at);
    }
    if (this.#canGoAlone(lease)) {
      this.#probe(lease, now);
      return this.#chargeAlone(facts, cost, at);
    }
    if (isRefused(lease, cost, now)) return refused(lease, at);
    return this.#chargeLater(facts, cost, at);
  }

  /** Gives back all that was not used. Rejects with UnavailableError when that could not be told: it counts as used. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#telling;
    // What is being granted is not used any more.
    await Promise.allSettled([...this.#leases.values()].map(({ filling }) => filling));
    for (const lease of this.#leases.values()) this.#end(lease);
    await this.#tell();
  }

  async #tell(): Promise<void> {
    while (this.#ended.length > 0) await this.#ask([]);
  }

  async #chargeLater(facts: Facts, cost: number, at: number): Promise<Charged> {
    const units = Math.max(1, cost);
    for (let lease = this.#leaseOf(facts); ; ) {
      lease.waiting += units;
      try {
        await this.#fill(lease, Math.max(0, cost - leftOf(lease)));
      } catch (error) {
        if (!this.#canGoAlone(lease)) throw error;
        return this.#chargeAlone(facts, cost, at);
      } finally {
        lease.waiting -= units;
      }
      // The limits may have changed meanwhile.
      lease = this.#leases.get(facts.key) ?? lease;
      const now = performance.now();
      if (this.#take(lease, cost, now)) return passed(lease, at);
      if (isRefused(lease, cost, now)) return refused(lease, at);
    }
  }

  #probe(lease: Lease, now: number): void {
    if (now < this.#probeAt) return;
    this.#probeAt = now + PROBE_MS;
    this.#fill(lease, 0).catch(() => {});
  }

  /** Whether the server is away, and what it does not count can be counted here. */
  #canGoAlone({ limits }: Lease): boolean {
    const isAway = this.#error !== undefined && !isRefusal(this.#error);
    return isAway && this.#sharers !== undefined && limits.every(({ quotas }) => quotas.length === 0);
  }

  #chargeAlone(facts: Facts, cost: number, at: number): Charged {
    this.#degraded++;
    const use = { cost, at, shares: this.#sharers as number }; // known, or it may not go alone
    const { passes, states, retryAt } = this.#alone.charge(limitedBy(facts), use);
    return { refused: passes ? null : 'rate_limited', limits: states, retryAt, degraded: true, at };
  }

  /** All who wait for one key wait for one answer. */
  #fill(lease: Lease, needed: number): Promise<void> {
    if (lease.filling === undefined) {
      lease.needed = needed;
      lease.filling = this.#asking
        .load(lease.key)
        .then(answer => {
          if (answer === undefined) throw new UnavailableError('The server leases no uses of this key.');
        })
        .finally(() => {
          lease.filling = undefined;
        });
    }
    return lease.filling;
  }

  /** Asks for the keys, and tells which leases are over. */
  async #ask(keys: readonly KeyId[]): Promise<ReadonlyMap<KeyId, LeaseAnswer>> {
    const asking = [...new Set(keys)].flatMap(key => this.#leases.get(key) ?? []); // one that took the place of another may be asked for with it
    const leases = asking.map(wantedOf);
    const ended = this.#ended.splice(0, limits.leasesAtOnceMax);
    const askedAt = Date.now();
    try {
      const body = { leases, ended };
      const question = {
        method: 'POST',
        path: this.#path,
        body,
        answer: readLeases,
        ms: limits.leaseRequestMs,
      } as const;
      const answer = await this.#door.ask(question);
      this.#error = undefined;
      this.#sharers = answer.sharers;
      const answers = answer.leases.map(one => here(one, askedAt - answer.at));
      for (const one of answers) {
        const n = leases.findIndex(({ key }) => key === one.key);
        this.#hear(asking[n], leases[n]?.needed ?? 0, one);
      }
      return new Map(answers.map(one => [one.key, one]));
    } catch (error) {
      this.#error = error as UnavailableError; // the door throws no other
      this.#probeAt = performance.now() + PROBE_MS;
      // Told twice it is passed over.
      this.#ended = [...ended, ...this.#ended].slice(0, ENDED_MAX);
      if (error instanceof RefusedError && error.refusedAs === 'not_found') this.#rejoin();
      throw error;
    }
  }

  /** What was granted to a lease that another has taken the place of goes back. */
  #hear(lease: Lease | undefined, needed: number, answer: LeaseAnswer): void {
    const { key, granted, lease: id, refused, retryAt } = answer;
    const untilDate = Math.min(
      ...answer.limits.map(({ kind, resetAt }) => (kind === 'quota' ? resetAt : Number.POSITIVE_INFINITY)),
    );
    const grant = { id, left: granted, until: (lease?.askedAt ?? 0) + limits.leaseMs, untilDate };
    if (lease === undefined || this.#leases.get(key) !== lease) {
      this.#endGrant(grant);
      return;
    }
    lease.told = answer;
    if (granted > 0) lease.grants.push(grant);
    lease.refusedFrom = refused === null ? Number.POSITIVE_INFINITY : Math.max(1, needed);
    if (refused === null) return;
    const wait = (retryAt ?? Number.POSITIVE_INFINITY) - Date.now();
    lease.restsUntil = performance.now() + Math.max(REST_MS_MIN, Math.min(wait, REST_MS_MAX));
  }

  #leaseOf(facts: Facts): Lease {
    const { key } = facts;
    const known = this.#leases.get(key);
    if (known?.limits === facts.limits) return known;
    if (known !== undefined) this.#end(known);
    const lease: Lease = {
      key,
      limits: facts.limits,
      grants: [],
      told: undefined,
      chunk: 1,
      waiting: 0,
      needed: 0,
      refusedFrom: Number.POSITIVE_INFINITY,
      filling: undefined,
      askedAt: Number.NEGATIVE_INFINITY,
      usedAt: 0,
      restsUntil: 0,
    };
    this.#leases.set(key, lease);
    return lease;
  }

  /** Takes of the oldest first: it is over first. */
  #take(lease: Lease, cost: number, now: number): boolean {
    const date = Date.now();
    if (lease.grants.some(grant => isOver(grant, now, date))) this.#endGrants(lease, now);
    if (leftOf(lease) < Math.max(1, cost)) return false;
    let units = cost;
    for (const grant of lease.grants) {
      const taken = Math.min(units, grant.left);
      grant.left -= taken;
      units -= taken;
    }
    return true;
  }

  #end(lease: Lease): void {
    this.#endGrants(lease, Number.POSITIVE_INFINITY);
  }

  #endGrants(lease: Lease, now: number): void {
    const date = Date.now();
    for (const grant of lease.grants) if (isOver(grant, now, date)) this.#endGrant(grant);
    lease.grants = lease.grants.filter(grant => !isOver(grant, now, date));
  }

  #endGrant({ id, left }: Grant): void {
    if (id !== null && this.#ended.length < ENDED_MAX) this.#ended.push({ lease: id, unused: left });
  }

  /** Ends what was not used, and forgets who has not been used for a while. */
  #tidy(): void {
    const now = performance.now();
    for (const [key, lease] of this.#leases) {
      this.#endGrants(lease, now);
      const isIdle = lease.waiting === 0 && lease.filling === undefined && lease.grants.length === 0;
      if (isIdle && lease.usedAt < now - limits.leaseReturnMs) this.#leases.delete(key);
    }
    // Also whether a server that was away is back.
    if (this.#telling !== undefined || (this.#ended.length === 0 && this.#error === undefined)) return;
    const telling = this.#error === undefined ? this.#tell() : this.#ask([]).then(() => {});
    this.#telling = telling
      .catch(() => {})
      .finally(() => {
        this.#telling = undefined;
      });
  }
}

function isOver({ left, until, untilDate }: Grant, now: number, date: number): boolean {
  return left === 0 || until <= now || untilDate <= date;
}

/** How much is asked for: enough for about a second, and for all who wait. */
function wantedOf(lease: Lease): { key: KeyId; needed: number; wanted: number } {
  const { key, needed } = lease;
  const now = performance.now();
  const left = Math.min(limits.costMax, ...(lease.told?.limits ?? []).map(({ remaining }) => remaining));
  lease.chunk = nextChunk({ last: lease.chunk, lastedMs: now - lease.askedAt, left, processes: 1 });
  lease.askedAt = now;
  const wanted = Math.max(1, needed, lease.chunk, lease.waiting - leftOf(lease));
  return { key, needed, wanted: Math.min(limits.costMax, wanted) };
}

function leftOf({ grants }: Lease): number {
  let left = 0;
  for (const grant of grants) left += grant.left;
  return left;
}

/** What is used now and then is leased one by one. */
function isLow(lease: Lease): boolean {
  return lease.chunk > 1 && leftOf(lease) < lease.chunk * LOW_PART;
}

/** Whether no more than this was refused just now. */
function isRefused(lease: Lease, cost: number, now: number): boolean {
  return now < lease.restsUntil && Math.max(1, cost) - leftOf(lease) >= lease.refusedFrom;
}

function passed(lease: Lease, at: number): Charged {
  const { degraded, limits } = lease.told as LeaseAnswer; // there is none without an answer
  const left = leftOf(lease);
  const states = limits.map(state => ({ ...state, remaining: state.remaining + left, exceeded: false }));
  return { refused: null, limits: states, retryAt: null, degraded, at };
}

function refused({ told }: Lease, at: number): Charged {
  const { refused, limits, retryAt, degraded } = told as LeaseAnswer; // it is what refused
  return { refused, limits, retryAt, degraded, at };
}

/** The same by the clock of this machine, which is so much ahead of that of the server. */
function here({ limits, retryAt, ...answer }: Leases['leases'][number], ahead: number): LeaseAnswer {
  const states = limits.map(
    (state): LimitState => ({ ...state, moreAt: state.moreAt + ahead, resetAt: state.resetAt + ahead }),
  );
  return { ...answer, limits: states, retryAt: retryAt === null ? null : retryAt + ahead };
}

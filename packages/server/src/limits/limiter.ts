import { randomBytes } from 'node:crypto';
import {
  type Asked,
  type Charged,
  type Facts,
  type Limited,
  type LimitState,
  limitedBy,
  limits,
  newId,
} from '@keywright/core';
import { insertReservation, type Reservation, type Store } from '@keywright/store';
import { type Rated, Rates, type Use } from '@keywright/verifier';
import { countersOf, type QuotaHold, QuotaLeases, quotaStates } from './quota-leases.ts';
import { type Nodes, SharedRates } from './shared-rates.ts';

interface Counting extends Nodes {
  store: Store;
  /** So many use the same database, and share its limits. */
  processes: () => number;
  /** Where they count rates together; without it each enforces its share. */
  redis: string | undefined;
}

/** Charges uses to rate limits and quotas, each use to all limits of its key or to none. */
export class Limiter implements AsyncDisposable {
  readonly #rates: Rates;
  readonly #shared: SharedRates | undefined;
  readonly #quotas: QuotaLeases;
  readonly #store: Store;
  readonly #processes: () => number;
  /** Uses that were charged to a share, because this node or another did not reach Redis. */
  degradedCharges = 0;

  /** Only `open` makes one. */
  private constructor(rates: Rates, shared: SharedRates | undefined, { store, log, processes }: Counting) {
    this.#rates = rates;
    this.#shared = shared;
    this.#processes = processes;
    this.#store = store;
    this.#quotas = new QuotaLeases(store, log, processes);
    this.#quotas.start();
  }

  static async open(counting: Counting): Promise<Limiter> {
    const { redis } = counting;
    const rates = new Rates();
    const shared = redis === undefined ? undefined : await SharedRates.open(redis, rates, counting);
    return new Limiter(rates, shared, counting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#quotas.stop();
    await this.#shared?.[Symbol.asyncDispose]();
  }

  /** Whether rates are counted for all nodes together; undefined where that was not asked for. */
  get isShared(): boolean | undefined {
    return this.#shared && !this.#shared.isAway;
  }

  /** At once where nobody has to be asked. Rejects when the database does not answer that counts a quota, or keeps what is reserved. */
  charge(facts: Facts, { cost = 1, reserve }: Asked, at: number): Charged | Promise<Charged> {
    return this.#take(facts, reserve ?? cost, at, reserve === undefined ? undefined : RESERVATION);
  }

  /** Takes as many uses as there are, from `needed` to `wanted`, or none; more than are needed can be given back. Rejects as `charge` does. */
  async lease(facts: Facts, { needed, wanted }: { needed: number; wanted: number }, at: number): Promise<Leased> {
    const least = Math.max(1, needed);
    for (let units = wanted; ; ) {
      const charged = await this.#take(facts, units, at, units > needed ? LEASE : undefined);
      if (charged.refused === null) return { granted: units, charged };
      if (units === least) return { granted: 0, charged };
      units = Math.max(least, Math.min(units - 1, ...charged.limits.map(({ remaining }) => remaining)));
    }
  }

  /** A reservation or a lease that was settled: rates are charged the difference, which may be less than nothing. */
  async settle(reservation: Reservation, cost: number, at: number): Promise<void> {
    const { charged, reserved } = reservation;
    const rating = charged.limited.filter(isRated);
    if (cost === reserved || rating.length === 0) return;
    const difference = { units: cost - reserved, since: reservedAt(reservation), at, shares: this.#processes() };
    const isSettled = this.isShared === true && (await this.#shared?.settle(charged.account, rating, difference));
    if (!isSettled) this.#rates.settle(rating, difference);
  }

  /** How limits stand, while nothing is charged. */
  async look(account: string, limited: readonly Limited[], at: number): Promise<LimitState[]> {
    const { states } = await this.#rate(account, limited, { cost: 0, at, shares: this.#processes() });
    return [...states, ...(await this.#quotas.look(limited, at))];
  }

  #take(facts: Facts, cost: number, at: number, reserving: Reserving | undefined): Charged | Promise<Charged> {
    const limited = limitedBy(facts);
    const wanted = { account: facts.account.id, limited, cost, at };
    const held = this.#quotas.hold(limited, cost, at);
    if (reserving !== undefined) return this.#reserve(wanted, held, reserving);
    return held instanceof Promise ? held.then(later => this.#charge(wanted, later)) : this.#charge(wanted, held);
  }

  /** The quotas came first, because what was taken of them is given back here without asking anybody. */
  #charge({ account, limited, cost, at }: Wanted, held: QuotaHold): Charged | Promise<Charged> {
    const use = { cost, at, shares: this.#processes(), isAsking: held.exceeded.length > 0 };
    const found = this.#rate(account, limited, use);
    return found instanceof Promise ? found.then(one => this.#answer(one, use, held)) : this.#answer(found, use, held);
  }

  async #reserve(wanted: Wanted, holding: QuotaHold | Promise<QuotaHold>, { prefix, ms }: Reserving): Promise<Charged> {
    const held = await holding;
    const charged = await this.#charge(wanted, held);
    if (charged.refused !== null) return charged;
    const { account, limited, cost: reserved, at } = wanted;
    const id = newId(prefix, randomBytes);
    const lapsesAt = at + ms;
    const reservation = { id, reserved, charged: { account, limited, quotas: countersOf(held) }, lapsesAt };
    await this.#store.transactBeside(tx => insertReservation(tx, reservation));
    return { ...charged, reservation: { id, lapsesAt } };
  }

  #rate(account: string, limited: readonly Limited[], use: Use): Found | Promise<Found> {
    const rating = limited.filter(isRated);
    if (rating.length === 0) return NOT_RATED;
    if (this.#shared === undefined) return { ...this.#rates.charge(rating, use), degraded: false };
    if (this.#shared.isAway) return this.#rateAlone(rating, use);
    return this.#shared
      .charge(account, rating, use)
      .then(found => (found === undefined ? this.#rateAlone(rating, use) : this.#noted(found)));
  }

  #rateAlone(rating: readonly Limited[], use: Use): Found {
    return this.#noted({ ...this.#rates.charge(rating, use), degraded: true });
  }

  #noted(found: Found): Found {
    if (found.degraded) this.degradedCharges++;
    return found;
  }

  #answer({ passes, states, retryAt, degraded }: Found, { cost, at }: Use, held: QuotaHold): Charged {
    const isHeld = held.exceeded.length === 0;
    if (isHeld && !passes) this.#quotas.release(held, cost);
    const quotas = quotaStates(held);
    const all = { limits: [...states, ...quotas], degraded, at };
    if (!passes) return { refused: 'rate_limited', retryAt, ...all };
    if (isHeld) return { refused: null, retryAt: null, ...all };
    return { refused: 'quota_exhausted', retryAt: retryAtOf(quotas, cost), ...all };
  }
}

/** A use to be charged. */
interface Wanted {
  account: string;
  limited: readonly Limited[];
  cost: number;
  at: number;
}

/** What may be given back is written down under an id of this kind, for so long. */
interface Reserving {
  prefix: 'rsv' | 'lse';
  ms: number;
}

const RESERVATION: Reserving = { prefix: 'rsv', ms: limits.reservationMinutes * 60_000 };
const LEASE: Reserving = { prefix: 'lse', ms: limits.leaseReturnMs };

function reservedAt({ id, lapsesAt }: Reservation): number {
  return lapsesAt - (id.startsWith(LEASE.prefix) ? LEASE : RESERVATION).ms;
}

/** What a verifier may use without asking. */
interface Leased {
  granted: number;
  charged: Charged;
}

function isRated({ rateLimits }: Limited): boolean {
  return rateLimits.length > 0;
}

type Found = Rated & { degraded: boolean };

const NOT_RATED: Found = Object.freeze({ passes: true, states: [], retryAt: null, degraded: false });

/** When all are filled anew; never for what is more than a whole quota. */
function retryAtOf(quotas: readonly LimitState[], cost: number): number | null {
  const exceeded = quotas.filter(({ exceeded }) => exceeded);
  return exceeded.some(({ max }) => cost > max) ? null : Math.max(...exceeded.map(({ resetAt }) => resetAt));
}

import {
  filledAt,
  fits,
  type Limited,
  type LimitState,
  limits,
  type RateLimit,
  rateState,
  waitMs,
} from '@keywright/core';

/** How the rate limits of a key stand, and when a use that was refused would pass; null for never. */
export interface Rated {
  readonly passes: boolean;
  readonly states: readonly LimitState[];
  readonly retryAt: number | null;
}

/** A use to be charged; a cost of 0 asks whether one more would pass, and takes nothing. */
export interface Use {
  readonly cost: number;
  readonly at: number;
  /** So many processes share the limits without talking to each other: each use counts for all of them. */
  readonly shares: number;
  /** Whether it is only asked for. */
  readonly isAsking?: boolean;
}

/** What uses that were charged before have cost more, or less where it is below 0. */
export interface Difference extends Pick<Use, 'at' | 'shares'> {
  readonly units: number;
  /** When they were charged. */
  readonly since: number;
}

/** The buckets of a key, an owner or an account, one for each of its rate limits. */
interface Meter {
  limits: readonly RateLimit[];
  filled: number[];
  at: number;
  /** The last time of those who count for all that was told how full they are. */
  told: number;
}

/** So few are never looked through for ones that are empty. */
const SWEPT_MIN = 1000;
/** Uses are charged when all else is known, some of them later than ones that came after. One that is older than this is of a clock that was set back. */
const LATE_MS_MAX = 5000;
/** When nothing is empty and there is no room, so large a part begins anew: what was first used longest ago. */
const DROPPED_PART = 0.1;

/** Counts the rates of keys, owners and accounts in this process. Bounded: what has an empty bucket needs none. */
export class Rates {
  readonly #metersMax: number;
  readonly #meters = new Map<string, Meter>();
  #sweepAt = SWEPT_MIN;

  constructor(metersMax: number = limits.ratesCountedMax) {
    this.#metersMax = metersMax;
  }

  /** How many are counted. */
  get size(): number {
    return this.#meters.size;
  }

  /** Charges a use to all rate limits, or to none when one of them refuses it. */
  charge(limited: readonly Limited[], use: Use): Rated {
    const meters = this.#metersAt(limited, use.at);
    const { cost, shares, isAsking } = use;
    const units = Math.max(1, cost);
    const passes = meters.every(({ limits, filled }) =>
      limits.every((limit, n) => fits(limit, filled[n] as number, units, shares)),
    );
    if (passes && !isAsking) for (const { filled } of meters) pour(filled, cost * shares);
    return rated(
      limited,
      meters.map(({ filled }) => filled),
      use,
      passes,
    );
  }

  /**
   * Charges what uses have cost more, up to a full bucket, or gives back what they have cost less. `limited` is as it was when they were
   * charged: limits that were changed or set since are not replaced, and nothing is poured into those of other names.
   */
  settle(limited: readonly Limited[], difference: Difference): void {
    const { at } = difference;
    for (const { id, rateLimits } of limited) {
      const meter = this.#knownAt(id, at) ?? this.#begin(id, emptyMeter(rateLimits, at));
      for (const [n, now] of meter.limits.entries()) {
        const was = rateLimits.find(({ name }) => name === now.name);
        if (was !== undefined) meter.filled[n] = settled(meter.filled[n] as number, [was, now], difference);
      }
    }
  }

  /**
   * How full the buckets are here, for those who count for all and have begun anew (for the `time`th time), where they were not told since;
   * zeros where they were.
   */
  untold(limited: readonly Limited[], at: number, time: number): number[][] {
    return this.#metersAt(limited, at).map(({ filled, told }) => (told === time ? filled.map(() => 0) : [...filled]));
  }

  /** Takes over how full the buckets are by the count of all. */
  takeOver(limited: readonly Limited[], filled: readonly (readonly number[])[], at: number, time: number): void {
    for (const [n, meter] of this.#metersAt(limited, at).entries()) {
      meter.filled = [...(filled[n] as number[])]; // one list for each holder
      meter.told = time;
    }
  }

  #metersAt(limited: readonly Limited[], at: number): Meter[] {
    return limited.map(({ id, rateLimits }) => this.#meterAt(id, rateLimits, at));
  }

  /** The buckets as full as they are now. A limit that was changed goes on with its bucket, one of a new name begins anew. */
  #meterAt(id: string, now: readonly RateLimit[], at: number): Meter {
    const known = this.#knownAt(id, at);
    if (known === undefined) return this.#begin(id, emptyMeter(now, at));
    if (known.limits === now) return known;
    const filledOf = ({ name }: RateLimit) => known.filled[known.limits.findIndex(one => one.name === name)] ?? 0;
    known.filled = now.map(limit => Math.min(limit.burst, filledOf(limit)));
    known.limits = now;
    return known;
  }

  #knownAt(id: string, at: number): Meter | undefined {
    const known = this.#meters.get(id);
    if (known === undefined) return undefined;
    // One that comes late leaks nothing: what has leaked since would leak again.
    if (at < known.at && at >= known.at - LATE_MS_MAX) return known;
    for (const [n, limit] of known.limits.entries())
      known.filled[n] = filledAt(limit, { filled: known.filled[n] as number, at: known.at }, at);
    known.at = at;
    return known;
  }

  #begin(id: string, meter: Meter): Meter {
    if (this.#meters.size >= this.#sweepAt) this.#sweep(meter.at);
    this.#meters.set(id, meter);
    return meter;
  }

  /** Looked through each time that twice as many are counted as were left. */
  #sweep(at: number): void {
    for (const [id, meter] of this.#meters) if (isEmpty(meter, at)) this.#meters.delete(id);
    if (this.#meters.size >= this.#metersMax) {
      const dropped = Math.ceil(this.#metersMax * DROPPED_PART);
      for (const id of this.#meters.keys().take(dropped)) this.#meters.delete(id);
    }
    this.#sweepAt = Math.min(this.#metersMax, Math.max(SWEPT_MIN, 2 * this.#meters.size));
  }
}

/** How limits stand whose buckets are so full, one list for each holder, after a use that passed or was refused. */
export function rated(
  limited: readonly Limited[],
  buckets: readonly (readonly number[])[],
  { cost, at, shares }: Use,
  passes: boolean,
): Rated {
  const units = Math.max(1, cost);
  let waits: number | null = 0;
  const states = limited.flatMap(({ of, rateLimits }, holder) =>
    rateLimits.map((limit, n) => {
      const filled = buckets[holder]?.[n] as number; // one for each limit
      const exceeded = !passes && !fits(limit, filled, units, shares);
      const wait = exceeded ? waitMs(limit, filled, units, shares) : 0;
      waits = waits === null || wait === null ? null : Math.max(waits, wait);
      return rateState(of, limit, { filled, at, shares, exceeded });
    }),
  );
  return { passes, states, retryAt: passes || waits === null ? null : at + Math.ceil(waits) };
}

function emptyMeter(limits: readonly RateLimit[], at: number): Meter {
  return { limits, filled: limits.map(() => 0), at, told: 0 };
}

function pour(filled: number[], units: number): void {
  for (const n of filled.keys()) filled[n] = (filled[n] as number) + units;
}

/**
 * How full the bucket is afterwards of a limit that was so and is so now. What has leaked of the units since they were charged may have been
 * used anew, and is not given back.
 */
function settled(filled: number, [was, now]: readonly [RateLimit, RateLimit], difference: Difference): number {
  const { units, since, at, shares } = difference;
  if (units >= 0) return Math.max(filled, Math.min(now.burst, filled + units * shares));
  const back = { filled: -units * shares, at: since };
  return Math.max(0, filled - Math.min(filledAt(was, back, at), filledAt(now, back, at)));
}

function isEmpty(meter: Meter, at: number): boolean {
  return meter.limits.every(
    (limit, n) => filledAt(limit, { filled: meter.filled[n] as number, at: meter.at }, at) === 0,
  );
}

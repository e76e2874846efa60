import { emptyInMs, remainingIn, waitMs } from './leaky-bucket.ts';
import type { PeriodSpan } from './quota-period.ts';
import type { LimitHolder, Quota, RateLimit } from './use-limits.ts';

/** How one limit of a key stands after a use was charged, or refused. Times are milliseconds since 1970. */
export interface LimitState {
  readonly of: LimitHolder;
  readonly kind: 'rate' | 'quota';
  readonly name: string;
  readonly max: number;
  /** In how many seconds so many pass; of a quota the length of its period. */
  readonly seconds: number;
  /** Of a rate, the most that pass at once. */
  readonly burst: number | null;
  readonly remaining: number;
  /** From when on more remain than now. */
  readonly moreAt: number;
  /** From when on all of it remains, as long as nothing is used meanwhile. */
  readonly resetAt: number;
  /** It was this one that refused. */
  readonly exceeded: boolean;
}

/** What became of charging a use to all limits of a key: all of them, or none. */
export interface Charged {
  readonly refused: 'rate_limited' | 'quota_exhausted' | null;
  readonly limits: readonly LimitState[];
  /** From when on the same use would pass, as far as can be told; null when it passed, or never will. */
  readonly retryAt: number | null;
  /** Shared counters are away: this node enforces its share. */
  readonly degraded: boolean;
  /** When it was charged. */
  readonly at: number;
  /** By which what was reserved is settled, and until when. */
  readonly reservation?: { readonly id: string; readonly lapsesAt: number } | undefined;
}

/** `burst`, and for what holds for more than one key with whose it is: `owner:burst`. */
export function limitName({ of, name }: Pick<LimitState, 'of' | 'name'>): string {
  return of === 'key' ? name : `${of}:${name}`;
}

/** How a rate limit stands whose bucket is so full, where so many share it without talking to each other. */
export function rateState(
  of: LimitHolder,
  limit: RateLimit,
  { filled, at, shares, exceeded }: { filled: number; at: number; shares: number; exceeded: boolean },
): LimitState {
  const { name, burst, perSeconds, max } = limit;
  const remaining = remainingIn(limit, filled, shares);
  return {
    of,
    kind: 'rate',
    name,
    max,
    seconds: perSeconds,
    burst,
    remaining,
    moreAt: at + Math.ceil(waitMs(limit, filled, Math.min(remaining + 1, burst), shares) ?? 0),
    resetAt: at + Math.ceil(emptyInMs(limit, filled)),
    exceeded,
  };
}

/** How a quota stands of which so many remain in the period. */
export function quotaState(
  of: LimitHolder,
  { name, max }: Quota,
  { startsAt, endsAt }: PeriodSpan,
  remaining: number,
  exceeded: boolean,
): LimitState {
  const seconds = (endsAt - startsAt) / 1000;
  return { of, kind: 'quota', name, max, seconds, burst: null, remaining, moreAt: endsAt, resetAt: endsAt, exceeded };
}

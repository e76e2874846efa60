import type { Reach } from './access-key.ts';
import type { Facts } from './facts.ts';
import type { Period } from './quota-period.ts';

/** So many pass in so many seconds, spread evenly; after a pause up to `burst` at once. */
export interface RateLimit {
  readonly name: string;
  readonly max: number;
  readonly perSeconds: number;
  readonly burst: number;
}

/** So many in each hour, day, week or month of the calendar in a time zone. */
export interface Quota {
  readonly name: string;
  readonly max: number;
  readonly per: Period;
  /** Of the IANA data base, such as `Europe/Berlin`. */
  readonly timeZone: string;
}

/** How often something may be used: by each of its rate limits and quotas. */
export interface UseLimits {
  readonly rateLimits: readonly RateLimit[];
  readonly quotas: readonly Quota[];
}

/** Who has limits: a key itself, and for all its keys together an owner and an account. */
export const LIMIT_HOLDERS = ['key', 'owner', 'account'] as const;
export type LimitHolder = (typeof LIMIT_HOLDERS)[number];

export interface HeldLimits extends UseLimits {
  readonly of: LimitHolder;
}

/** The same with the id of who has them. */
export interface Limited extends HeldLimits {
  readonly id: string;
}

export const NO_USE_LIMITS: UseLimits = Object.freeze({ rateLimits: Object.freeze([]), quotas: Object.freeze([]) });

/** The facts of a key that nothing limits. */
export const NO_HELD_LIMITS: readonly HeldLimits[] = Object.freeze([]);

/** All that limit a key. */
export function limitedBy({
  key,
  owner,
  account,
  limits,
}: Pick<Facts, 'key' | 'owner' | 'account' | 'limits'>): Limited[] {
  const ids = { key, owner: owner.id, account: account.id };
  return limits.map(held => ({ ...held, id: ids[held.of] }));
}

/** Those of a key itself. */
export function ownLimitsOf(held: readonly HeldLimits[]): UseLimits {
  return held.find(({ of }) => of === 'key') ?? NO_USE_LIMITS;
}

/** The reach of a key by its facts. */
export function reachOf(facts: Facts): Reach {
  return { ...facts, ...ownLimitsOf(facts.limits) };
}

/**
 * The names of rate limits of `outer` that `inner` does not keep as tight. Uses are counted by the name of a limit: under another one they would
 * begin anew.
 */
export function loosenedRates(inner: readonly RateLimit[], outer: readonly RateLimit[]): string[] {
  return loosened(
    inner,
    outer,
    (one, wide) => one.max * wide.perSeconds <= wide.max * one.perSeconds && one.burst <= wide.burst,
  );
}

/** The same of quotas, within the same periods: what shorter ones add up to depends on the calendar. */
export function loosenedQuotas(inner: readonly Quota[], outer: readonly Quota[]): string[] {
  return loosened(
    inner,
    outer,
    (one, wide) => one.per === wide.per && one.timeZone === wide.timeZone && one.max <= wide.max,
  );
}

function loosened<Limit extends { name: string }>(
  inner: readonly Limit[],
  outer: readonly Limit[],
  isWithin: (one: Limit, wide: Limit) => boolean,
): string[] {
  const isKept = (wide: Limit) => inner.some(one => one.name === wide.name && isWithin(one, wide));
  return outer.filter(wide => !isKept(wide)).map(({ name }) => name);
}

import type { RateLimit } from './use-limits.ts';

/**
 * A bucket that leaks evenly and that each use fills: what overflows is refused. In any span of t seconds no more than
 * `burst + t · max / perSeconds` pass. It decides as GCRA does (ITU-T I.371), which writes down when the bucket will be empty instead.
 */
export interface Bucket {
  /** How full it was, in uses. */
  readonly filled: number;
  /** When, in milliseconds of any clock. */
  readonly at: number;
}

/** How full it is now. A clock that was set back leaks nothing. */
export function filledAt({ max, perSeconds }: RateLimit, { filled, at: since }: Bucket, at: number): number {
  return at > since ? Math.max(0, filled - ((at - since) * max) / (perSeconds * 1000)) : filled;
}

/**
 * Whether so many more fit. Where several share a limit without talking to each other, each use counts for all of them (`shares`); one
 * that is larger than a share passes when the bucket is empty, so that not everything is refused.
 */
export function fits({ burst }: RateLimit, filled: number, cost: number, shares = 1): boolean {
  return filled + cost * shares <= (cost <= burst ? Math.max(burst, cost * shares) : burst);
}

/** How many more would fit. */
export function remainingIn({ burst }: RateLimit, filled: number, shares = 1): number {
  const whole = Math.floor((burst - filled) / shares + ROUNDING);
  return Math.max(0, filled === 0 ? Math.max(1, whole) : whole);
}

/** In how many milliseconds so many more will fit; null for never. */
export function waitMs(limit: RateLimit, filled: number, cost: number, shares = 1): number | null {
  const { max, perSeconds, burst } = limit;
  if (cost > burst) return null;
  const over = filled + cost * shares - Math.max(burst, cost * shares);
  return Math.max(0, (over * perSeconds * 1000) / max);
}

/** In how many milliseconds it will be empty. */
export function emptyInMs({ max, perSeconds }: RateLimit, filled: number): number {
  return (filled * perSeconds * 1000) / max;
}

/** Sums of parts of a use are a little off a whole one. */
const ROUNDING = 1e-9;

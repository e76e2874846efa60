/** A lease that was used up sooner than this was too small, one that lasted so much longer too large. */
const SOON_MS = 1000;
const LONG_MS = 5000;
/** Of what is left, each of several takes so small a part at once: near the end as little as one. */
const PART_OF_LEFT = 10;
const CHUNK_MAX = 10_000;

interface Leasing {
  /** How much was leased the last time, and for how long it lasted. */
  last: number;
  lastedMs: number;
  /** How much of the quota is left, as far as is known. */
  left: number;
  /** How many processes take of it. */
  processes: number;
}

/** How much of a quota a process leases at once: enough for about a second, and never so much that the others find nothing near the end. */
export function nextChunk({ last, lastedMs, left, processes }: Leasing): number {
  const wanted = lastedMs < SOON_MS ? last * 2 : lastedMs > LONG_MS ? Math.ceil(last / 2) : last;
  return Math.min(wanted, shareOfLeft(left, processes), CHUNK_MAX);
}

/** So much of what is left one of several processes takes at once without leaving the others nothing; at least one. */
export function shareOfLeft(left: number, processes: number): number {
  return Math.max(1, Math.floor(left / (PART_OF_LEFT * processes)));
}

/** Keys that are asked for about equally often. */
export interface Group {
  keys: number;
  /** The part of all requests that each of them gets. */
  share: number;
}

/** So many of the most popular keys stand alone; behind them, groups grow by this factor. */
const ALONE = 1000;
const GROWTH = 1.02;

/** Zipf's law: the key of rank r is asked for r^-exponent as often as the first; with exponent 0 all are alike. In groups, so that a billion keys are a thousand. */
export function zipf(keys: number, exponent: number): Group[] {
  const groups: Group[] = [];
  for (let rank = 1; rank <= Math.min(keys, ALONE); rank++) groups.push({ keys: 1, share: rank ** -exponent });
  for (let from = ALONE + 1; from <= keys; ) {
    const end = Math.min(keys + 1, Math.ceil(from * GROWTH));
    groups.push({ keys: end - from, share: weightBetween(from - 0.5, end - 0.5, exponent) / (end - from) });
    from = end;
  }
  const total = groups.reduce((sum, group) => sum + group.keys * group.share, 0);
  return groups.map(group => ({ ...group, share: group.share / total }));
}

function weightBetween(from: number, to: number, exponent: number): number {
  return exponent === 1 ? Math.log(to / from) : (to ** (1 - exponent) - from ** (1 - exponent)) / (1 - exponent);
}

/** How likely a key is in the cache when it is asked for so often within the time that the cache remembers. */
const PRESENT = {
  /** The oldest leaves, used or not, as in key-table.ts. Source: Gelenbe, A unified approach to the evaluation of a class of replacement algorithms, 1973. */
  oldest: (asked: number) => asked / (1 + asked),
  /** The one leaves that was not used for longest. Source: Che, Tung, Wang, Hierarchical web caching systems, 2002. */
  leastRecent: (asked: number) => 1 - Math.exp(-asked),
};

export type Leaves = keyof typeof PRESENT;

/** Which part of requests finds its key in a cache of so many entries that has been in use for long. */
export function hitRate(groups: readonly Group[], entries: number, leaves: Leaves): number {
  const present = PRESENT[leaves];
  if (sum(groups, ({ keys }) => keys) <= entries) return 1;
  // Requests within the time that the cache remembers: as many as fill it.
  let [low, high] = [0, 1];
  const held = (requests: number) => sum(groups, ({ keys, share }) => keys * present(share * requests));
  while (held(high) < entries) high *= 2;
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (held(middle) < entries) low = middle;
    else high = middle;
  }
  return sum(groups, ({ keys, share }) => keys * share * present(share * high));
}

/** How many different keys so many requests are about. */
export function different(groups: readonly Group[], requests: number): number {
  return sum(groups, ({ keys, share }) => keys * -Math.expm1(-share * requests));
}

function sum(groups: readonly Group[], of: (group: Group) => number): number {
  return groups.reduce((total, group) => total + of(group), 0);
}

import type { Leaves } from './popularity.ts';

export interface Region {
  name: string;
  /** Its part of all requests. */
  share: number;
  nodes: number;
  /** The way to the database that changes go to, and back. */
  primaryMs: number;
  /** The way to the database that first sights go to, and back. */
  sightsMs: number;
}

export interface Scenario {
  title: string;
  keys: number;
  perSecond: number;
  /** Zipf's: 1 is usual for what many people ask for. */
  exponent: number;
  regions: readonly Region[];
  entriesPerNode: number;
  leaves: Leaves;
  /** Whether a request goes to any node of its region, or to the one that has its key. */
  routing: 'any' | 'by key';
  /** Each how many ms nodes ask for changes; undefined: they are told, by NOTIFY. */
  pollMs: number | undefined;
  /** Cores of each database that answers first sights. */
  databaseCores: number;
  changesPerSecond: number;
  /** Changes of different parts do not wait for each other. */
  changeParts: number;
  /** Whether a change is made in the region of the database that it goes to. */
  changesAtHome: boolean;
  /** The last use of a key is written once in so many seconds by each node. */
  usesSeconds: number;
  /** Databases that take uses. */
  useParts: number;
  /** Connections that a database can have; a pooler in front multiplies them. */
  connections: number;
  /** Of each part of the keys. */
  diskBytes: number;
}

/** What docs/scaling.md shows. */
export const RUN = { requests: 100_000, seed: 1 };

const SECONDS_A_YEAR = 31_557_600;
/** Each key is made and taken away once a year; at the busiest hour three times as often. */
const BUSY = 3;
const changesOf = (keys: number) => (2 * BUSY * keys) / SECONDS_A_YEAR;

const today = {
  exponent: 1,
  entriesPerNode: 1_000_000,
  leaves: 'oldest',
  routing: 'any',
  pollMs: undefined,
  databaseCores: 8,
  changeParts: 1,
  changesAtHome: false,
  usesSeconds: 30,
  useParts: 1,
  connections: 500,
  diskBytes: 4e12,
} as const;

const one = { name: 'here', share: 1, primaryMs: 0.5, sightsMs: 0.5 };

/** Three continents. The database that changes go to is in the first; facts come from there, too, or from a replica in each. */
const continents = (replicas: boolean): Region[] => [
  { name: 'Europe', share: 0.4, nodes: 24, primaryMs: 1, sightsMs: 1 },
  { name: 'America', share: 0.4, nodes: 24, primaryMs: 90, sightsMs: replicas ? 1 : 90 },
  { name: 'Asia', share: 0.2, nodes: 12, primaryMs: 180, sightsMs: replicas ? 1 : 180 },
];

export const company: Scenario = {
  ...today,
  title: 'A company: 1 million keys, 20,000 verifications a second, 3 nodes',
  keys: 1_000_000,
  perSecond: 20_000,
  regions: [{ ...one, nodes: 3 }],
  changesPerSecond: changesOf(1_000_000),
};

export const large: Scenario = {
  ...today,
  title: 'A large one: 10 million keys, 100,000 verifications a second, 8 nodes',
  keys: 10_000_000,
  perSecond: 100_000,
  regions: [{ ...one, nodes: 8 }],
  changesPerSecond: changesOf(10_000_000),
};

export const plan: Scenario = {
  ...today,
  title:
    'The plan as Keywright is today: 1 billion keys, 1 million verifications a second, 60 nodes on three continents',
  keys: 1_000_000_000,
  perSecond: 1_000_000,
  regions: continents(false),
  changesPerSecond: changesOf(1_000_000_000),
};

/** What changes the plan until it holds, each on top of those before. */
export const steps: readonly { title: string; change: Partial<Scenario> }[] = [
  { title: 'as it is today', change: {} },
  { title: '1. changes are made beside their database', change: { changesAtHome: true } },
  { title: '2. uses are written each hour, in 16 parts', change: { usesSeconds: 3600, useParts: 16 } },
  { title: '3. facts come from a replica in each region', change: { regions: continents(true), databaseCores: 32 } },
  { title: '4. changes wait for those of their part only, of 64', change: { changeParts: 64 } },
  // Nobody can be told of anything through it.
  { title: '5. a pooler in front of each database', change: { connections: 10_000, pollMs: 250 } },
  {
    title: '6. a key goes to its node, which holds 8 million',
    change: { routing: 'by key', entriesPerNode: 8_000_000 },
  },
  { title: '7. one connection of each node goes past the pooler', change: { pollMs: undefined } },
];

/** The plan after each step. */
export function planAfter(step: number): Scenario {
  return Object.assign({}, plan, ...steps.slice(0, step + 1).map(({ change }) => change));
}

import type { App } from '../app.ts';
import { openStreams } from '../edges/changes-stream.ts';
import { RESULTS } from './door.ts';
import type { Histogram } from './histogram.ts';

export interface Value {
  labels?: Record<string, string>;
  value: number;
}

interface Described {
  name: string;
  help: string;
}

/** `of` is how the values of several processes become one; their sum where it is left out. */
export type Metric = Described &
  (
    | { type: 'counter'; read: (app: App) => Value[] }
    | { type: 'gauge'; of?: 'max' | 'min'; read: (app: App) => Value[] }
    | { type: 'histogram'; read: (app: App) => { labels?: Record<string, string>; histogram: Histogram }[] }
  );

const one = (value: number): Value[] => [{ value }];
const doors = ({ counted }: App) => Object.entries(counted.doors);
const operations = ({ counted }: App) => [...counted.requests.byOperation];

const DECISIONS: Metric[] = [
  {
    name: 'keywright_decisions_total',
    type: 'counter',
    help: 'Decisions about keys, by the door at which was asked and by the result: allowed, the reason of the refusal, or unavailable.',
    read: app =>
      doors(app).flatMap(([door, { results }]) =>
        RESULTS.map((result, place) => ({ labels: { door, result }, value: results[place] ?? 0 })),
      ),
  },
  {
    name: 'keywright_decision_duration_seconds',
    type: 'histogram',
    help: 'How long a decision took, without reading the request and writing the answer.',
    read: app => doors(app).map(([door, { seconds }]) => ({ labels: { door }, histogram: seconds })),
  },
  {
    name: 'keywright_cache_entries',
    type: 'gauge',
    help: 'Keys that are remembered: with their facts, or as unknown.',
    read: ({ verifier: { cache } }) => [
      { labels: { kind: 'facts' }, value: cache.size },
      { labels: { kind: 'unknown' }, value: cache.unknownSize },
    ],
  },
  {
    name: 'keywright_cache_lookups_total',
    type: 'counter',
    help: 'How often facts of a key were asked for: a hit needed no database.',
    read: ({ verifier: { cache } }) => [
      { labels: { result: 'hit' }, value: cache.hits },
      { labels: { result: 'miss' }, value: cache.misses },
    ],
  },
  {
    name: 'keywright_cache_evictions_total',
    type: 'counter',
    help: 'Facts that were forgotten: because of a change, because the cache was full, or all of them because the feed was lost.',
    read: ({ verifier }) =>
      Object.entries(verifier.cache.evictions).map(([cause, value]) => ({ labels: { cause }, value })),
  },
  {
    name: 'keywright_uses_waiting',
    type: 'gauge',
    help: 'Keys of which uses wait to be written.',
    read: ({ uses }) => one(uses.waiting),
  },
  {
    name: 'keywright_uses_write_failures_total',
    type: 'counter',
    help: 'How often uses of keys could not be written; they waited for the next time.',
    read: ({ uses }) => one(uses.failedWrites),
  },
];

const CHANGES: Metric[] = [
  {
    name: 'keywright_feed_sequence',
    type: 'gauge',
    of: 'min',
    help: 'The last change that was read; of several processes that of the one which is furthest behind.',
    read: ({ feed }) => one(feed.sequence),
  },
  {
    name: 'keywright_feed_age_seconds',
    type: 'gauge',
    of: 'max',
    help: 'How long ago it was that everything up to then had been read. From KEYWRIGHT_STALE_MAX_MS on nothing is decided by what is remembered.',
    read: ({ feed }) => one(feed.ageMs() / 1000),
  },
  {
    name: 'keywright_feed_lag_seconds',
    type: 'histogram',
    help: 'How long ago changes of other processes had been made when they were heard of, by the clocks of both.',
    read: ({ feed }) => [{ histogram: feed.lags }],
  },
  {
    name: 'keywright_followers',
    type: 'gauge',
    of: 'max',
    help: 'Who follows the changes: nodes, and verifiers in applications.',
    read: ({ followers }) =>
      (['node', 'verifier'] as const).map(kind => ({ labels: { kind }, value: followers.count(kind) })),
  },
  {
    name: 'keywright_streams',
    type: 'gauge',
    help: 'Open streams of changes.',
    read: () => one(openStreams()),
  },
];

const DATABASE: Metric[] = [
  {
    name: 'keywright_database_up',
    type: 'gauge',
    of: 'min',
    help: '1 when the database has answered within the last 2 seconds, else 0.',
    read: ({ feed }) => one(feed.isFresh ? 1 : 0),
  },
  {
    name: 'keywright_database_poll_duration_seconds',
    type: 'histogram',
    help: 'How long the database took to tell what has changed, which it is asked for four times a second and after each change.',
    read: ({ feed }) => [{ histogram: feed.polls }],
  },
  {
    name: 'keywright_database_poll_failures_total',
    type: 'counter',
    help: 'How often the database did not tell what has changed.',
    read: ({ feed }) => one(feed.failedPolls),
  },
  {
    name: 'keywright_database_connections',
    type: 'gauge',
    help: 'Connections to PostgreSQL.',
    read: ({ store }) =>
      store.pools().flatMap(({ name: pool, connections, idle }) => [
        { labels: { pool, state: 'busy' }, value: connections - idle },
        { labels: { pool, state: 'idle' }, value: idle },
      ]),
  },
  {
    name: 'keywright_database_queries_waiting',
    type: 'gauge',
    help: 'Queries that wait for a connection to PostgreSQL.',
    read: ({ store }) => store.pools().map(({ name: pool, waiting }) => ({ labels: { pool }, value: waiting })),
  },
];

const LIMITS: Metric[] = [
  {
    name: 'keywright_redis_up',
    type: 'gauge',
    of: 'min',
    help: 'With REDIS_URL: 1 when rates are counted there for all nodes together, 0 while each enforces its share.',
    read: ({ limiter: { isShared } }) => (isShared === undefined ? [] : one(isShared ? 1 : 0)),
  },
  {
    name: 'keywright_rates_degraded_total',
    type: 'counter',
    help: 'Uses that were charged to the share of a node, because Redis was away or slow for it or another.',
    read: ({ limiter }) => one(limiter.degradedCharges),
  },
];

const REQUESTS: Metric[] = [
  {
    name: 'keywright_http_requests_total',
    type: 'counter',
    help: 'Answers of the management API, by operation and status; other is all that is none, such as the console.',
    read: app =>
      operations(app).flatMap(([operation, { statuses }]) =>
        [...statuses].map(([status, value]) => ({ labels: { operation, status: String(status) }, value })),
      ),
  },
  {
    name: 'keywright_http_request_duration_seconds',
    type: 'histogram',
    help: 'How long answers of the management API took.',
    read: app => operations(app).map(([operation, { seconds }]) => ({ labels: { operation }, histogram: seconds })),
  },
];

const PROCESS: Metric[] = [
  {
    name: 'keywright_info',
    type: 'gauge',
    of: 'max',
    help: 'Always 1: the label is the version.',
    read: ({ version }) => [{ labels: { version }, value: 1 }],
  },
  {
    name: 'keywright_processes',
    type: 'gauge',
    help: 'Processes that these figures are of: one, or each of the workers that share the port.',
    read: () => one(1),
  },
];

/** All metrics of ours: each is read when somebody asks. No label holds what came from outside, so their number is bounded. */
export const METRICS: readonly Metric[] = [...DECISIONS, ...CHANGES, ...DATABASE, ...LIMITS, ...REQUESTS, ...PROCESS];

import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Limited, limits, type RateLimit } from '@keywright/core';
import { type Difference, type Rated, type Rates, rated, type Use } from '@keywright/verifier';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { PRESENT_SCRIPT, RATES_SCRIPT, SETTLE_SCRIPT, SINCE_SCRIPT } from './rates-script.ts';

/** The scripts as commands of the client: the number of keys, the keys, the arguments. */
interface Counting {
  since(key: string): Promise<[since: string, at: string]>;
  present(key: string, node: string, ms: number): Promise<number>;
  chargeRates(keys: number, ...words: (string | number)[]): Promise<[passes: number, ...filled: string[]]>;
  settleRates(keys: number, ...words: (string | number)[]): Promise<null>;
}

const OPTIONS = {
  lazyConnect: true,
  commandTimeout: limits.redisMs,
  connectTimeout: 1000,
  // What can not be asked now is decided without: nothing waits for a connection, or is sent a second time.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (tries: number) => Math.min(50 * tries, limits.redisProbeMs),
  // What is asked within one turn goes in one piece.
  enableAutoPipelining: true,
  // Older servers speak no other.
  protocol: 2,
} as const;

/** Who counts. */
export interface Nodes {
  /** The same for all on one database, and for no others; undefined before there is anything on it. */
  installation: () => Promise<string | undefined>;
  /** How many of them have said a word lately. */
  speaking: () => number;
  log: Logger;
}

/**
 * Counts rates for all nodes, in Redis or Valkey: one server, for in a cluster the keys would lie in several slots. While that is away, or slow,
 * it is not asked, and each node counts its share; where it is away for some of them, the others count for those who are there.
 */
export class SharedRates implements AsyncDisposable {
  readonly #redis: Redis & Counting;
  readonly #rates: Rates;
  readonly #log: Logger;
  readonly #id = randomUUID();
  readonly #nodes: Nodes;
  /** Where the nodes of this installation say that they count: a Redis may have several. */
  #place: string | undefined;
  #isAway = true;
  /** At how many looks in a row fewer counted here than there are. */
  #shortLooks = 0;
  /** What a use counts for: where others have a share of their own, those who count here have the rest. */
  #shares = 1;
  /** How often it has come: what it counted before may be lost with it, and the nodes tell it what they know. */
  #time = 0;
  #probe: NodeJS.Timeout | undefined;
  #probing = false;

  /** Only `open` makes one. */
  private constructor(redis: Redis & Counting, rates: Rates, nodes: Nodes) {
    this.#redis = redis;
    this.#rates = rates;
    this.#nodes = nodes;
    this.#log = nodes.log;
    // Said once, when it goes; the client tells every try.
    redis.on('error', () => {});
    redis.on('close', () => this.#leave('the connection broke'));
  }

  /** The client is loaded by those alone who set REDIS_URL. What `rates` counts meanwhile goes on when Redis is away. */
  static async open(url: string, rates: Rates, nodes: Nodes): Promise<SharedRates> {
    const { Redis } = await import('ioredis');
    const redis = new Redis(url, OPTIONS);
    redis.defineCommand('since', { numberOfKeys: 1, lua: SINCE_SCRIPT });
    redis.defineCommand('present', { numberOfKeys: 1, lua: PRESENT_SCRIPT });
    redis.defineCommand('chargeRates', { lua: RATES_SCRIPT });
    redis.defineCommand('settleRates', { lua: SETTLE_SCRIPT });
    const shared = new SharedRates(redis as Redis & Counting, rates, nodes); // as just defined
    await redis.connect().catch(() => {});
    await shared.#look();
    if (shared.isAway) nodes.log.warn(AWAY);
    shared.#probe = setInterval(() => void shared.#look(), limits.redisProbeMs).unref();
    return shared;
  }

  /** Whether each node counts its share. */
  get isAway(): boolean {
    return this.#isAway;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#probe);
    if (!this.#isAway) await this.#sayPresent(0).catch(() => {});
    this.#isAway = true;
    this.#redis.removeAllListeners('close');
    this.#redis.disconnect();
  }

  /** Undefined where it can not be asked. */
  async charge(account: string, limited: readonly Limited[], use: Use): Promise<SharedRated | undefined> {
    const { cost, at, isAsking } = use;
    const shares = this.#shares;
    const how = isAsking ? 'asking' : 'charging';
    const time = this.#time;
    const least = this.#rates.untold(limited, at, time);
    const words = limited.flatMap(({ rateLimits }, holder) => [
      rateLimits.length,
      ...rateLimits.flatMap((limit, n) => [...wordsOf(limit), least[holder]?.[n] ?? 0]),
    ]);
    const keys = keysOf(account, limited);
    try {
      const [passes, ...told] = await this.#redis.chargeRates(keys.length, ...keys, cost, shares, how, ...words);
      const filled = limited.map(({ rateLimits }) => told.splice(0, rateLimits.length).map(Number));
      this.#rates.takeOver(limited, filled, at, time);
      return { ...rated(limited, filled, { ...use, shares }, passes === 1), degraded: shares > 1 };
    } catch (error) {
      this.#leave((error as Error).message);
      return undefined;
    }
  }

  /** As `Rates.settle` does. Answers with false where it can not be asked. */
  async settle(account: string, limited: readonly Limited[], difference: Difference): Promise<boolean> {
    const { units, since, at } = difference;
    // What is given back may have been charged when all counted here.
    const shares = units < 0 ? 1 : this.#shares;
    const words = limited.flatMap(({ rateLimits }) => [rateLimits.length, ...rateLimits.flatMap(wordsOf)]);
    const keys = keysOf(account, limited);
    try {
      await this.#redis.settleRates(keys.length, ...keys, units * shares, (at - since) * 1000, ...words);
      this.#rates.settle(limited, { ...difference, shares });
      return true;
    } catch (error) {
      this.#leave((error as Error).message);
      return false;
    }
  }

  #leave(reason: string): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#log.warn({ reason }, AWAY);
  }

  /** Answers how many count here; everybody, where that can not be said yet. */
  async #sayPresent(ms: number): Promise<number> {
    const id = this.#place === undefined ? await this.#nodes.installation().catch(() => undefined) : undefined;
    if (id !== undefined) this.#place = `keywright:present:${id}`;
    return this.#place === undefined ? Number.POSITIVE_INFINITY : this.#redis.present(this.#place, this.#id, ms);
  }

  /** So many count here. Who has just started, or is about to end, is not missed yet. */
  #see(present: number): void {
    const all = this.#nodes.speaking();
    this.#shortLooks = present < all ? this.#shortLooks + 1 : 0;
    const shares = this.#shortLooks < SHORT_LOOKS ? 1 : all / present;
    if (shares > 1 && this.#shares === 1) this.#log.warn({ present, all }, SHORT);
    if (shares === 1 && this.#shares > 1) this.#log.warn('All nodes count the rate limits in Redis again');
    this.#shares = shares;
  }

  async #look(): Promise<void> {
    if (this.#probing || this.#redis.status !== 'ready') return;
    this.#probing = true;
    try {
      const present = await this.#sayPresent(PRESENT_MS);
      if (!this.#isAway) return this.#see(present);
      const [since, at] = await this.#redis.since('keywright:since');
      const youngMs = (Number(at) - Number(since)) / 1000;
      if (youngMs < SETTLE_MS) await setTimeout(SETTLE_MS - youngMs, undefined, { ref: false });
      if (this.#redis.status !== 'ready') return;
      this.#time++;
      this.#shortLooks = 0;
      this.#shares = 1;
      this.#isAway = false;
      if (this.#time > 1) this.#log.warn('Redis is back: rate limits are counted for all nodes together again');
    } catch {
      // It is asked again.
    } finally {
      this.#probing = false;
    }
  }
}

function keysOf(account: string, limited: readonly Limited[]): string[] {
  return limited.map(({ id }) => `keywright:{${account}}:${id}`);
}

/** The name, the uses that a microsecond gives back, and the burst. */
function wordsOf({ name, max, perSeconds, burst }: RateLimit): [string, number, number] {
  return [name, max / (perSeconds * 1_000_000), burst];
}

/** How rates stand, and whether others, who do not count here, have a share of them. */
type SharedRated = Rated & { degraded: boolean };

/** Whoever did not say so for this long does not count here. */
const PRESENT_MS = 4 * limits.redisProbeMs;
const SHORT_LOOKS = 4;

/** Within this time every node that is there finds a Redis that has begun anew. */
const SETTLE_MS = 2 * limits.redisProbeMs;

const SHORT =
  'Not all nodes count in Redis: they enforce their share of the rate limits, and the others count for the rest';
const AWAY = 'Redis is away: until it is back each node enforces its share of the rate limits';

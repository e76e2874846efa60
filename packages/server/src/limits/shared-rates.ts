import { setTimeout } from 'node:timers/promises';
import { type Limited, limits } from '@keywright/core';
import { type Rated, type Rates, rated, type Use } from '@keywright/verifier';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { RATES_SCRIPT, SINCE_SCRIPT } from './rates-script.ts';

/** The scripts as commands of the client: the number of keys, the keys, the arguments. */
interface Counting {
  since(key: string): Promise<[since: string, at: string]>;
  chargeRates(keys: number, ...words: (string | number)[]): Promise<[passes: number, ...filled: string[]]>;
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

/** Counts rates for all nodes, in Redis or Valkey. While that is away, or slow, it is not asked, and each node counts its share. */
export class SharedRates implements AsyncDisposable {
  readonly #redis: Redis & Counting;
  readonly #rates: Rates;
  readonly #log: Logger;
  #isAway = true;
  /** How often it has come: what it counted before may be lost with it, and the nodes tell it what they know. */
  #time = 0;
  #probe: NodeJS.Timeout | undefined;
  #probing = false;

  /** Only `open` makes one. */
  private constructor(redis: Redis & Counting, rates: Rates, log: Logger) {
    this.#redis = redis;
    this.#rates = rates;
    this.#log = log;
    // Said once, when it goes; the client tells every try.
    redis.on('error', () => {});
    redis.on('close', () => this.#leave('the connection broke'));
  }

  /** The client is loaded by those alone who set REDIS_URL. What `rates` counts meanwhile goes on when Redis is away. */
  static async open(url: string, rates: Rates, log: Logger): Promise<SharedRates> {
    const { Redis } = await import('ioredis');
    const redis = new Redis(url, OPTIONS);
    redis.defineCommand('since', { numberOfKeys: 1, lua: SINCE_SCRIPT });
    redis.defineCommand('chargeRates', { lua: RATES_SCRIPT });
    const shared = new SharedRates(redis as Redis & Counting, rates, log); // as just defined
    await redis.connect().catch(() => {});
    await shared.#look();
    if (shared.isAway) log.warn(AWAY);
    shared.#probe = setInterval(() => void shared.#look(), limits.redisProbeMs).unref();
    return shared;
  }

  /** Whether each node counts its share. */
  get isAway(): boolean {
    return this.#isAway;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#probe);
    this.#isAway = true;
    this.#redis.removeAllListeners('close');
    this.#redis.disconnect();
  }

  /** Undefined where it can not be asked. `account` keeps what is charged together in one place of a cluster. */
  async charge(account: string, limited: readonly Limited[], use: Use): Promise<Rated | undefined> {
    const { cost, at, isAsking, isPast } = use;
    const how = isPast ? 'past' : isAsking ? 'asking' : 'charging';
    const time = this.#time;
    const least = this.#rates.untold(limited, at, time);
    const words = limited.flatMap(({ rateLimits }, holder) => [
      rateLimits.length,
      ...rateLimits.flatMap(({ name, max, perSeconds, burst }, n) => [
        ...[name, max / (perSeconds * 1_000_000), burst, least[holder]?.[n] ?? 0],
      ]),
    ]);
    const keys = limited.map(({ id }) => `keywright:{${account}}:${id}`);
    try {
      const [passes, ...told] = await this.#redis.chargeRates(keys.length, ...keys, cost, how, ...words);
      const filled = limited.map(({ rateLimits }) => told.splice(0, rateLimits.length).map(Number));
      this.#rates.takeOver(limited, filled, at, time);
      return rated(limited, filled, { ...use, shares: 1 }, passes === 1);
    } catch (error) {
      this.#leave((error as Error).message);
      return undefined;
    }
  }

  #leave(reason: string): void {
    if (this.#isAway) return;
    this.#isAway = true;
    this.#log.warn({ reason }, AWAY);
  }

  async #look(): Promise<void> {
    if (!this.#isAway || this.#probing || this.#redis.status !== 'ready') return;
    this.#probing = true;
    try {
      const [since, at] = await this.#redis.since('keywright:since');
      const youngMs = (Number(at) - Number(since)) / 1000;
      if (youngMs < SETTLE_MS) await setTimeout(SETTLE_MS - youngMs, undefined, { ref: false });
      if (this.#redis.status !== 'ready') return;
      this.#time++;
      this.#isAway = false;
      if (this.#time > 1) this.#log.warn('Redis is back: rate limits are counted for all nodes together again');
    } catch {
      // It is asked again.
    } finally {
      this.#probing = false;
    }
  }
}

/** Within this time every node that is there finds a Redis that has begun anew. */
const SETTLE_MS = 2 * limits.redisProbeMs;

const AWAY = 'Redis is away: until it is back each node enforces its share of the rate limits';

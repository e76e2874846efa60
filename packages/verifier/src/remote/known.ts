import { clearTimeout, setTimeout } from 'node:timers';
import { type ApiFacts, type Asked, type Decision, type KeyId, limits, type ProvableFacts } from '@keywright/core';
import { evict, type Outdated } from '../evictions.ts';
import { type Charge, Verifier } from '../verifier.ts';
import type { Page, Place } from './answers.ts';
import { ExistingKeys, type Flood } from './existing-keys.ts';
import type { FeedEvent } from './feed.ts';
import { FirstSights } from './first-sights.ts';
import { Lease, type Moment, now } from './lease.ts';
import type { Questions } from './questions.ts';

export interface KnownOptions {
  staleMaxMs: number;
  onStale: 'refuse' | 'serve';
  entriesMax: number;
  charge?: Charge;
  clock?: () => Moment;
  flood?: Flood;
  /** Decides, or throws, where nothing may be decided by what is known: it is too old, or nobody counts on this verifier any more. */
  undecided: (text: string, asked: Asked) => Decision | Promise<Decision>;
}

const API_ID = /^api_[a-z2-7]{20}$/;
/** APIs that are not there, so that a wrong id in a program is no load. */
const ABSENT_APIS_MAX = 1000;

/**
 * All that a verifier knows: facts, how far it has followed the changes, and for how long it may rely on them. It asks the server at
 * first sight, and takes every change to heart that the feed brings, in what is held as in what is just being asked for.
 */
export class Known {
  readonly verifier: Verifier;
  readonly lease: Lease;
  readonly #keys: FirstSights<ProvableFacts>;
  readonly #apis: FirstSights<ApiFacts>;
  readonly #existing: ExistingKeys;
  readonly #absentApis = new Set<string>();
  readonly #servesStale: boolean;
  readonly #clock: () => Moment;
  readonly #undecided: KnownOptions['undecided'];
  #decisions = 0;
  /** Decisions that wait for the server. */
  #deciding = 0;
  #closing: PromiseWithResolvers<void> | undefined;
  #isClosed = false;
  #page: { keys: Map<string, ProvableFacts>; apis: Map<string, ApiFacts> } | undefined;

  constructor(
    ask: Questions,
    { staleMaxMs, onStale, entriesMax, charge, clock = now, flood, undecided }: KnownOptions,
  ) {
    this.lease = new Lease(staleMaxMs);
    this.#servesStale = onStale === 'serve';
    this.#clock = clock;
    this.#undecided = undecided;
    this.#existing = new ExistingKeys(ask.keys, flood);
    this.#keys = new FirstSights(async keys => {
      const found = new Map((await ask.facts({ keys })).keys.map(facts => [facts.key, facts]));
      this.#existing.missed(keys.length - found.size, this.#clock().steady);
      return found;
    }, limits.factsAtOnceMax);
    this.#apis = new FirstSights(
      async apis => new Map((await ask.facts({ apis })).apis.map(api => [api.id, api])),
      limits.apisAtOnceMax,
    );
    this.verifier = new Verifier(key => this.#page?.keys.get(key) ?? this.#loadKey(key), {
      loadApi: id => this.#page?.apis.get(id) ?? this.#loadApi(id),
      charge,
      entriesMax,
    });
  }

  get decisions(): number {
    return this.#decisions;
  }

  /** Of the decisions, the part without asking the server. */
  get hitRate(): number {
    return this.#decisions === 0 ? 0 : Math.max(0, 1 - this.#keys.asked / this.#decisions);
  }

  /** How often a key was refused in a flood of invented ones, without asking the server. */
  get unasked(): number {
    return this.#existing.unasked;
  }

  /** Why it does not know in a flood which keys there are. */
  get listingError(): Error | undefined {
    return this.#existing.error;
  }

  /** Keys that wait for the server. */
  get waiting(): number {
    return this.#keys.size;
  }

  /** Throws or rejects with UnavailableError when the server can not be asked. */
  decide(text: string, asked: Asked): Decision | Promise<Decision> {
    const { steady, wall: at } = this.#clock();
    if (this.#isTooOldAt(steady, at)) return this.#undecided(text, asked);
    this.#decisions++;
    const decision = this.verifier.verify(text, asked, at);
    return decision instanceof Promise ? this.#later(decision, text, asked) : decision;
  }

  /** Resolves when nothing waits for the server any more, or after so long; from then on nothing is decided. */
  async close(withinMs: number): Promise<void> {
    this.#closing = Promise.withResolvers();
    const timer = setTimeout(this.#closing.resolve, withinMs);
    if (this.#deciding > 0) await this.#closing.promise;
    clearTimeout(timer);
    this.#existing.stop();
    this.#isClosed = true;
  }

  hear(event: FeedEvent, at: Moment): void {
    const isFirst = this.lease.reached === undefined;
    if (event.type === 'reset' || isFirst) {
      this.#reset();
      this.lease.begin(event);
    }
    if (event.type === 'change') this.#outdate(event);
    if (event.type !== 'reset') this.lease.reach(event, at);
  }

  /** Takes the facts of a page of a snapshot; nothing was known before. */
  take({ keys, apis }: Page): void {
    this.#page = {
      keys: new Map(keys.map(facts => [facts.key, facts])),
      apis: new Map(apis.map(api => [api.id, api])),
    };
    for (const { key } of keys) void this.verifier.cache.find(key);
    for (const { id } of apis) void this.verifier.apis.find(id);
    this.#page = undefined;
  }

  /**
   * All pages of a snapshot were taken: the feed goes on from its first. However young they are, nothing of them is fresh: this verifier may
   * have acknowledged later changes before it was started again, and somebody may hold a receipt of them.
   */
  began(start: Place): void {
    this.lease.begin(start);
  }

  /** Nothing of a snapshot counts. */
  forget(): void {
    this.#reset();
  }

  /** Also with `serve` something must have begun: else nothing that is asked for would ever be kept up to date. */
  #isTooOldAt(steady: number, wall: number): boolean {
    if (this.#isClosed) return true;
    return this.#servesStale ? this.lease.reached === undefined : this.lease.isStale(steady, wall);
  }

  /** It took a while: what is known may have become too old. */
  async #later(decision: Promise<Decision>, text: string, asked: Asked): Promise<Decision> {
    this.#deciding++;
    try {
      const decided = await decision;
      const { steady, wall } = this.#clock();
      return this.#isTooOldAt(steady, wall) ? await this.#undecided(text, asked) : decided;
    } finally {
      if (--this.#deciding === 0) this.#closing?.resolve();
    }
  }

  #outdate(change: Outdated): void {
    evict(this.verifier, change);
    if (change.kind === 'api') this.#absentApis.delete(change.id);
    if (change.kind === 'access_key') this.#existing.add(change.id as KeyId); // the target of a key's event is its id
  }

  #reset(): void {
    this.verifier.reset();
    this.#absentApis.clear();
    this.#existing.forget();
  }

  /** Null for a key that is not asked for. Which keys there are is known only while changes are heard of, which may be long before anything is stale. */
  #loadKey(key: KeyId): Promise<ProvableFacts | undefined> | null {
    const { steady, wall } = this.#clock();
    const hears = this.lease.ageMs(steady, wall) <= limits.staleMsMin;
    return hears && !this.#existing.mayAsk(key, steady) ? null : this.#keys.load(key);
  }

  #loadApi(id: string): Promise<ApiFacts | undefined> | undefined {
    if (this.#absentApis.has(id) || !API_ID.test(id)) return undefined;
    const { changes } = this.verifier.apis;
    return this.#apis.load(id).then(api => {
      if (api !== undefined || this.verifier.apis.changes !== changes) return api;
      if (this.#absentApis.size >= ABSENT_APIS_MAX) this.#absentApis.clear();
      this.#absentApis.add(id);
      return undefined;
    });
  }
}

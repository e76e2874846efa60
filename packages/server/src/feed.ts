import { limits } from '@keywright/core';
import { type EventPlace, eventsAfter, lastEventUpTo, type Store, type StoredEvent } from '@keywright/store';
import { evict, type Verifier } from '@keywright/verifier';
import type { Logger } from 'pino';
import type { Bus } from './bus.ts';
import { Histogram } from './metrics/histogram.ts';

/** Hears of changes in their order and without a gap: those after `from`, up to `sequence`. */
export type Follow = (events: readonly StoredEvent[], from: number, sequence: number) => void;

/** A poll that takes longer has lost the database: what is cached may be outdated. */
const POLL_MS_MAX = 2000;
/** Seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Actions after which every fact is as before; all others evict, also those that are yet to come. */
const TOUCH_NO_FACTS = new Set<string>([
  'signIn',
  'revokeSession',
  'revokeSessions',
  'changePassword',
  'inviteMember',
  'createServiceAccount',
  'createProject',
  'updateProject',
  'createManagedAccount',
  'importAccessKeys',
  'updateKeyPolicy',
  'noticeAccessKey',
]);

export function touchesNoFacts(action: string): boolean {
  return TOUCH_NO_FACTS.has(action);
}

/**
 * The feed of events: what evicts cached facts. A change of this process is published the moment it has committed, before it is
 * answered; changes of other processes on the same database are found by polling.
 */
export class Feed {
  readonly #store: Store;
  readonly #verifier: Verifier;
  readonly #log: Logger;
  readonly #bus: Bus;
  readonly #listeners: ((event: StoredEvent) => void)[] = [];
  readonly #following = new Set<Follow>();
  #last: EventPlace = { id: 0, hash: new Uint8Array(32) };
  #readAt = 0;
  #again = false;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #pollingSince = 0;
  /** How long the database took to tell what is new, and how long ago changes of others had been made when they were heard of; in seconds. */
  readonly polls = new Histogram(BOUNDS);
  readonly lags = new Histogram(BOUNDS);
  failedPolls = 0;
  /** Published already; the poll comes to them later. */
  readonly #published = new Set<number>();

  constructor(store: Store, verifier: Verifier, log: Logger, bus: Bus) {
    this.#store = store;
    this.#verifier = verifier;
    this.#log = log;
    this.#bus = bus;
    bus.subscribe(({ type }) => {
      if (type === 'changed') this.#wake();
    });
  }

  /** Hears of every event, of this process and of others. */
  subscribe(listener: (event: StoredEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Follows the changes in their order; a little later than `subscribe`. Answers with how to stop. */
  follow(follow: Follow): () => void {
    this.#following.add(follow);
    return () => this.#following.delete(follow);
  }

  /** The last change that this process has read in its order. */
  get sequence(): number {
    return this.#last.id;
  }

  /** The same with its hash. */
  get place(): EventPlace {
    return this.#last;
  }

  /** Whether the database answered lately, so that nothing was missed. */
  get isFresh(): boolean {
    return this.ageMs() < POLL_MS_MAX;
  }

  /** How long ago it was that everything up to then had been read. */
  ageMs(now = performance.now()): number {
    return now - this.#readAt;
  }

  /**
   * Before each decision: where this process was stopped for a while, the others no longer count on it (followers.ts), so that nothing
   * which it remembers may decide before it has read what was changed meanwhile.
   */
  forgetIfLate(now?: number): void {
    if (this.ageMs(now) >= POLL_MS_MAX) this.#clear();
  }

  async start(): Promise<void> {
    this.#last = await lastEventUpTo(this.#store.db);
    this.#readAt = performance.now();
    this.#timer = setInterval(() => this.#tick(), limits.feedPollMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#polling;
  }

  publish(events: readonly StoredEvent[]): void {
    for (const event of events) {
      this.#tell(event);
      this.#published.add(event.id);
    }
    if (events.length === 0) return;
    this.#bus.publish({ type: 'changed' });
    this.#wake();
  }

  /** Reads at once; what was committed while a poll ran may not be in it. */
  #wake(): void {
    if (this.#polling === undefined) this.#tick();
    else this.#again = true;
  }

  #tick(): void {
    if (this.#polling !== undefined && Date.now() - this.#pollingSince > POLL_MS_MAX) this.#clear();
    if (this.#polling === undefined) this.#pollingSince = Date.now();
    this.#polling ??= this.#poll()
      .catch(error => {
        // What is cached may be outdated by now; without the feed nothing may be served from it.
        this.#clear();
        this.failedPolls++;
        this.#log.error({ err: error }, 'the feed of events can not be read');
      })
      .finally(() => {
        this.#polling = undefined;
        if (!this.#again) return;
        this.#again = false;
        this.#tick();
      });
  }

  async #poll(): Promise<void> {
    for (;;) {
      const began = performance.now();
      const events = await eventsAfter(this.#store.db, this.#last.id);
      this.#readAt = began;
      this.polls.add((performance.now() - began) / 1000);
      for (const event of events) if (!this.#published.delete(event.id)) this.#hear(event);
      const last = events.at(-1);
      if (last === undefined) return;
      const { id: from } = this.#last;
      this.#last = last;
      for (const follow of this.#following) follow(events, from, last.id);
    }
  }

  /** One of another process. Where its clock goes ahead of ours, it took no time. */
  #hear(event: StoredEvent): void {
    this.lags.add(Math.max(0, Date.now() - event.at) / 1000);
    this.#tell(event);
  }

  #tell(event: StoredEvent): void {
    this.#evict(event);
    for (const listener of this.#listeners) listener(event);
  }

  #clear(): void {
    this.#verifier.cache.clear();
    this.#verifier.apis.clear();
  }

  #evict({ action, target }: StoredEvent): void {
    if (!touchesNoFacts(action)) evict(this.#verifier, target);
  }
}

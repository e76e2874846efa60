import { limits } from '@keywright/core';
import {
  EVENTS_AT_ONCE,
  type EventPlace,
  eventsSince,
  lastEventUpTo,
  type Store,
  type StoredEvent,
} from '@keywright/store';
import { evict, type Verifier } from '@keywright/verifier';
import type { Logger } from 'pino';
import type { Bus } from './bus.ts';
import { type Lease, moment } from './lease.ts';
import { Histogram } from './metrics/histogram.ts';
import { Turns } from './turns.ts';

/** Hears of changes in their order and without a gap: those after `from`, up to `sequence`. */
export type Follow = (events: readonly StoredEvent[], from: number, sequence: number) => void;

/** A database that was not read for so long does not answer, as far as others ask. */
const ANSWER_MS_MAX = 2000;
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
  'updateApi',
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
 * answered; changes of other processes on the same database are found by polling, and at once where they tell of them. While the
 * database is away what is cached may decide until the lease is over.
 */
export class Feed {
  readonly #store: Store;
  readonly #verifier: Verifier;
  readonly #log: Logger;
  readonly #bus: Bus;
  readonly #lease: Lease;
  readonly #listeners: ((event: StoredEvent) => void)[] = [];
  readonly #following = new Set<Follow>();
  readonly #returned: (() => void)[] = [];
  #last: EventPlace = { id: 0, hash: new Uint8Array(32) };
  #failingSince: number | undefined;
  #isAway = false;
  readonly #polls = new Turns(() => this.#poll());
  #timer: NodeJS.Timeout | undefined;
  /** How long the database took to tell what is new, and how long ago changes of others had been made when they were heard of; in seconds. */
  readonly polls = new Histogram(BOUNDS);
  readonly lags = new Histogram(BOUNDS);
  failedPolls = 0;
  /** Published already; the poll comes to them later. */
  readonly #published = new Set<number>();

  constructor(store: Store, verifier: Verifier, log: Logger, bus: Bus, lease: Lease) {
    this.#store = store;
    this.#verifier = verifier;
    this.#log = log;
    this.#bus = bus;
    this.#lease = lease;
    bus.subscribe(({ type }) => {
      if (type === 'changed') this.#wake();
    });
    store.listen(told => {
      if (told === 'changed' && this.#timer !== undefined) this.#wake();
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

  /** Hears when the database answers again after it was away. */
  onReturn(listener: () => void): void {
    this.#returned.push(listener);
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
    return this.ageMs() < ANSWER_MS_MAX;
  }

  /** Whether what this process remembers may decide. */
  get mayDecide(): boolean {
    return !this.#lease.isOver();
  }

  /** How long ago it was that everything up to then had been read. */
  ageMs(): number {
    return this.#lease.ageMs;
  }

  /**
   * Before each decision: where this process could not read the changes, or was stopped, for longer than the others count on it
   * (registry.ts), nothing which it remembers may decide.
   */
  forgetIfLate(now?: number): void {
    if (this.#lease.isOver(now)) this.#verifier.clear();
  }

  async start(): Promise<void> {
    const asked = moment();
    this.#last = await lastEventUpTo(this.#store.line);
    this.#lease.read(asked);
    this.#timer = setInterval(() => this.#wake(), limits.feedPollMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#polls.run();
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
    void this.#polls.run();
  }

  async #poll(): Promise<void> {
    try {
      await this.#readAll();
      if (this.#failingSince !== undefined) this.#return(performance.now() - this.#failingSince);
    } catch (error) {
      this.failedPolls++;
      // One connection may break by itself, or be given up because this process stood still: another one is made at once.
      if (this.#failingSince === undefined) this.#wake();
      else if (!this.#isAway) {
        this.#isAway = true;
        this.#store.giveUp();
        this.#log.error({ err: error }, 'the feed of events can not be read');
      }
      this.#failingSince ??= performance.now();
    }
  }

  #return(ms: number): void {
    if (this.#isAway) this.#log.warn({ ms: Math.round(ms) }, 'the feed of events is read again');
    this.#isAway = false;
    this.#failingSince = undefined;
    this.#store.goOn();
    for (const listener of this.#returned) listener();
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const asked = moment();
      const events = await eventsSince(this.#store.line, this.#last);
      if (events === undefined) return this.#beginAnew();
      this.polls.add((performance.now() - asked.steady) / 1000);
      for (const event of events) if (!this.#published.delete(event.id)) this.#hear(event);
      this.#pass(events);
      if (events.length >= EVENTS_AT_ONCE) continue;
      await this.#demandPrimary();
      return this.#lease.read(asked);
    }
  }

  #pass(events: readonly StoredEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    const { id: from } = this.#last;
    this.#last = last;
    for (const follow of this.#following) follow(events, from, last.id);
  }

  /** No connection is made to a standby; but behind a pooler one that stands may come to lead there. What was read since is not to be relied on. */
  async #demandPrimary(): Promise<void> {
    if (await this.#store.isPrimary()) return;
    this.#verifier.reset();
    throw new Error('The database is a standby, which may lag behind.');
  }

  /** The database was replaced by an older one, in which other changes follow: what was known is of no history that there is. */
  async #beginAnew(): Promise<void> {
    await this.#demandPrimary();
    this.#published.clear();
    const asked = moment();
    this.#last = await lastEventUpTo(this.#store.line);
    this.#verifier.reset();
    this.#lease.read(asked);
    for (const follow of this.#following) follow([], this.#last.id, this.#last.id);
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

  #evict({ action, target }: StoredEvent): void {
    if (!touchesNoFacts(action)) evict(this.#verifier, target);
  }
}

import { type Facts, type KeyId, limits } from '@keywright/core';
import { eventsAfter, lastEventId, type Store, type StoredEvent } from '@keywright/store';
import type { Verifier } from '@keywright/verifier';
import type { Logger } from 'pino';

/** A poll that takes longer has lost the database: what is cached may be outdated. */
const POLL_MS_MAX = 2000;

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
  'updateAccount',
  'createManagedAccount',
  'importAccessKeys',
  'updateKeyPolicy',
  'noticeAccessKey',
]);

/**
 * The feed of events: what evicts cached facts. A change of this process is published the moment it has committed, before it is
 * answered; changes of other processes on the same database are found by polling.
 */
export class Feed {
  readonly #store: Store;
  readonly #verifier: Verifier;
  readonly #log: Logger;
  readonly #listeners: ((event: StoredEvent) => void)[] = [];
  #last = 0;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #pollingSince = 0;
  /** Published already; the poll comes to them later. */
  readonly #published = new Set<number>();

  constructor(store: Store, verifier: Verifier, log: Logger) {
    this.#store = store;
    this.#verifier = verifier;
    this.#log = log;
  }

  /** Hears of every event, of this process and of others. */
  subscribe(listener: (event: StoredEvent) => void): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    this.#last = await lastEventId(this.#store.db);
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
  }

  #tick(): void {
    if (this.#polling !== undefined && Date.now() - this.#pollingSince > POLL_MS_MAX) this.#clear();
    if (this.#polling === undefined) this.#pollingSince = Date.now();
    this.#polling ??= this.#poll()
      .catch(error => {
        // What is cached may be outdated by now; without the feed nothing may be served from it.
        this.#clear();
        this.#log.error({ err: error }, 'the feed of events can not be read');
      })
      .finally(() => {
        this.#polling = undefined;
      });
  }

  async #poll(): Promise<void> {
    for (;;) {
      const events = await eventsAfter(this.#store.db, this.#last);
      for (const event of events) if (!this.#published.delete(event.id)) this.#tell(event);
      const last = events.at(-1);
      if (last === undefined) return;
      this.#last = last.id;
    }
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
    if (TOUCH_NO_FACTS.has(action)) return;
    const { cache, apis } = this.#verifier;
    if (target.kind === 'access_key')
      cache.evict(target.id as KeyId); // the target of a key's event is its id
    else if (target.kind === 'api') apis.evict(target.id);
    else if (target.kind === 'account') cache.evictWhere(facts => facts.account.id === target.id);
    else if (target.kind === 'project') cache.evictWhere(facts => facts.project === target.id);
    else cache.evictWhere((facts: Facts) => facts.owner.id === target.id);
  }
}

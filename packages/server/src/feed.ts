import { type Facts, type KeyId, limits } from '@keywright/core';
import { eventsAfter, lastEventId, type Store, type StoredEvent } from '@keywright/store';
import type { FactsCache } from '@keywright/verifier';
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
  'updateAccount',
  'updateKeyPolicy',
]);

/**
 * The feed of events: what evicts cached facts. A change of this process is published the moment it has committed, before it is
 * answered; changes of other processes on the same database are found by polling.
 */
export class Feed {
  readonly #store: Store;
  readonly #cache: FactsCache;
  readonly #log: Logger;
  #last = 0;
  #timer: NodeJS.Timeout | undefined;
  #polling: Promise<void> | undefined;
  #pollingSince = 0;
  /** Published already; the poll comes to them later. */
  readonly #published = new Set<number>();

  constructor(store: Store, cache: FactsCache, log: Logger) {
    this.#store = store;
    this.#cache = cache;
    this.#log = log;
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
      this.#evict(event);
      this.#published.add(event.id);
    }
  }

  #tick(): void {
    if (this.#polling !== undefined && Date.now() - this.#pollingSince > POLL_MS_MAX) this.#cache.clear();
    if (this.#polling === undefined) this.#pollingSince = Date.now();
    this.#polling ??= this.#poll()
      .catch(error => {
        // What is cached may be outdated by now; without the feed nothing may be served from it.
        this.#cache.clear();
        this.#log.error({ err: error }, 'the feed of events can not be read');
      })
      .finally(() => {
        this.#polling = undefined;
      });
  }

  async #poll(): Promise<void> {
    for (;;) {
      const events = await eventsAfter(this.#store.db, this.#last);
      for (const event of events) if (!this.#published.delete(event.id)) this.#evict(event);
      const last = events.at(-1);
      if (last === undefined) return;
      this.#last = last.id;
    }
  }

  #evict({ action, target, account }: StoredEvent): void {
    if (TOUCH_NO_FACTS.has(action)) return;
    if (target.kind === 'access_key')
      this.#cache.evict(target.id as KeyId); // the target of a key's event is its id
    else if (target.kind === 'account') this.#cache.evictWhere(facts => facts.account.id === account);
    else this.#cache.evictWhere((facts: Facts) => facts.owner.id === target.id);
  }
}

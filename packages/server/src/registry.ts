import { setTimeout } from 'node:timers/promises';
import { KeywrightError, limits } from '@keywright/core';
import {
  deleteNode,
  deleteSilent,
  type Heard,
  type Said,
  type Store,
  saveNode,
  type Word,
  type Words,
} from '@keywright/store';
import type { Logger } from 'pino';
import { type Announced, leaseOf } from './follower.ts';
import { type Lease, moment } from './lease.ts';
import { registerWithOneSecret } from './one-secret.ts';
import { Turns } from './turns.ts';

/** Who wants to know of the others. */
export interface Listening {
  heard(follower: Omit<Announced, 'seenAt'>): void;
  gone(id: string): void;
  /** Whether somebody waits for the next word. */
  isWaiting(): boolean;
}

/** A word does not wait for the disk: when PostgreSQL crashes it may be lost, though it renewed a lease. Those of so long before are on it. */
const LOST_MS = 2 * limits.heartbeatMs;

/** No word has this number. */
const UNREAD = -1;

/** Who holds the row of a verifier commits soon, unless it stands still. */
const HELD_MS = 50;

/** Without anybody waiting, others are heard at each so many-th look. */
const LOOKS_PER_HEARING = limits.heartbeatMs / limits.feedPollMs;

/**
 * What the nodes on one PostgreSQL know of each other, and of each other's verifiers: each says in the rows of that database how it
 * and those stand whom it has heard, and reads all. No clock of another machine counts: who is silent is given up when this process
 * has seen the same word for as long as its lease is, and a little longer. What is awaited is told by NOTIFY, and looked for four times a second.
 */
export class Registry {
  readonly #store: Store;
  readonly #words: Words;
  readonly #lease: Lease;
  readonly #log: Logger;
  readonly #secretMark: string;
  readonly #heard = new Map<string, { beat: number; at: number }>();
  #unsaid = new Map<string, Word>();
  #isNews = false;
  readonly #saying = new Turns(() => this.#sayAll());
  readonly #hearing = new Turns(() => this.#hearAll());
  #node: Announced | undefined;
  #does: Listening | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;

  constructor(store: Store, words: Words, lease: Lease, log: Logger, secretMark: string) {
    this.#store = store;
    this.#words = words;
    this.#lease = lease;
    this.#log = log;
    this.#secretMark = secretMark;
    store.listen(told => {
      if (told === 'word' && this.#does?.isWaiting()) this.#hearSoon();
    });
  }

  /**
   * From now on all others count on this node; answers once it knows of all others. Throws ConfigError where one of them has another secret.
   */
  async start(node: Announced, does: Listening): Promise<void> {
    this.#node = node;
    this.#does = does;
    try {
      await registerWithOneSecret(this.#store, this.#secretMark, () => this.#register(node));
    } catch (error) {
      await this.stop();
      throw error;
    }
    await this.hear();
    this.#timer = setInterval(() => this.#look(), limits.feedPollMs).unref();
  }

  /** This node has stopped deciding. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const id = this.#node?.id;
    // Where that can not be said, the others wait until its lease is over.
    if (id !== undefined) await this.forget(id).catch(() => {});
  }

  /**
   * Says how it stands; when this resolves all others can know. Answers whether they know who it is. Rejects while the database is away, or
   * somebody holds its row for longer than it waits for an answer.
   */
  async say({ id, sequence, lagMs, entries, hitRate }: Announced, isNews: boolean): Promise<boolean> {
    const deadline = performance.now() + limits.acknowledgeMs;
    this.#unsaid.set(id, { id, sequence, lagMs, entries, hitRate });
    for (;;) {
      this.#isNews ||= isNews;
      const { known, held } = await this.#saying.run();
      if (!held.has(id)) return known.has(id);
      if (performance.now() > deadline) throw new KeywrightError('unavailable');
      await setTimeout(HELD_MS);
      // A later word of the same stands.
      if (!this.#unsaid.has(id)) this.#unsaid.set(id, { id, sequence, lagMs, entries, hitRate });
    }
  }

  /** Resolves once all is known that was said before the call. Rejects while the database is away. */
  hear(): Promise<void> {
    return this.#hearing.run();
  }

  /** It has a row from now on: when that is gone before it was read, so is whoever has it. */
  expect(id: string): void {
    this.#heard.set(id, { beat: UNREAD, at: performance.now() });
  }

  /** A process that is known to be gone. */
  async forget(id: string): Promise<void> {
    await this.#store.transact(tx => deleteNode(tx, id));
  }

  #look(): void {
    if (this.#does?.isWaiting() || this.#looks++ % LOOKS_PER_HEARING === 0) this.#hearSoon();
  }

  #hearSoon(): void {
    // The feed says so when the database is away.
    this.hear().catch(error => this.#log.debug({ err: error }, 'other nodes can not be heard'));
  }

  async #sayAll(): Promise<Said> {
    const [unsaid, isNews] = [this.#unsaid, this.#isNews];
    this.#unsaid = new Map();
    this.#isNews = false;
    try {
      const began = moment();
      const said = await this.#words.say([...unsaid.values()], isNews);
      await this.#renew(unsaid, said.known, began);
      return said;
    } catch (error) {
      // Later words of the same stand.
      this.#unsaid = new Map([...unsaid, ...this.#unsaid]);
      this.#isNews ||= isNews;
      throw error;
    }
  }

  /** What this node has said of itself renews its lease. When others have given it up it begins anew. */
  async #renew(said: ReadonlyMap<string, Word>, known: ReadonlySet<string>, began: ReturnType<typeof moment>) {
    const node = this.#node;
    if (node === undefined || !said.has(node.id)) return;
    if (known.has(node.id)) this.#lease.told(began, moment());
    else await this.#register(node);
  }

  async #register({ id, name, version, staleMaxMs, connectedAt }: Announced): Promise<void> {
    const began = moment();
    const stored = { id, name, version, staleMaxMs: staleMaxMs ?? 0, connectedAt };
    await this.#store.transact(tx => saveNode(tx, stored, this.#secretMark));
    this.#lease.told(began, moment());
  }

  async #hearAll(): Promise<void> {
    const asked = performance.now();
    const rows = await this.#words.hear();
    const at = performance.now();
    const there = new Set<string>();
    for (const row of rows) {
      there.add(row.id);
      const before = this.#heard.get(row.id);
      if (before?.beat !== row.beat) this.#keep(row, at);
      // Asked after its lease was over, the database had no other word of it.
      else if (asked - before.at > leaseOf(row) + LOST_MS) this.#giveUp(row);
    }
    for (const [id, { at: since }] of this.#heard) if (!there.has(id) && since < asked) this.#forget(id);
  }

  #keep(row: Heard, at: number): void {
    this.#heard.set(row.id, { beat: row.beat, at });
    if (row.id !== this.#node?.id) this.#does?.heard(announced(row));
  }

  #forget(id: string): void {
    this.#heard.delete(id);
    if (id !== this.#node?.id) this.#does?.gone(id);
  }

  #giveUp(row: Heard): void {
    if (row.id === this.#node?.id) return;
    this.#does?.gone(row.id);
    // When that fails it is done after the next look.
    this.#store.transact(tx => deleteSilent(tx, row)).catch(() => {});
  }
}

function announced({ beat: _, ...said }: Heard): Omit<Announced, 'seenAt'> {
  return said.kind === 'verifier' ? said : { ...said, account: null, project: null, by: null, onStale: null };
}

import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Receipt } from '@keywright/contract';
import { KeywrightError, limits } from '@keywright/core';
import type { Reported } from '@keywright/store';
import type { Bus } from './bus.ts';
import {
  type Announced,
  connectedForMs,
  isSamePlace,
  leaseOf,
  type Speaker,
  saysTheSame,
  silent,
  unknownVerifier,
  type Verifying,
  type Where,
} from './follower.ts';
import type { Registry } from './registry.ts';
import { Turns } from './turns.ts';
import { WaitingList } from './waiting-list.ts';

/** Words come each second. */
const SPEAKING_MS = 3 * limits.heartbeatMs;

/** Between processes of one machine words are on their way for less than this, and a second apart. */
const WORD_MS_MAX = 3000;
const SWEEP_MS = 100;
/** When this process or the bus stood still for longer, it has not heard yet what the others said meanwhile. */
const STILL_MS_MAX = 500;
/** Verifiers whose last batch of uses is remembered. */
const REPORTERS_MAX = 10_000;

/** Where verifiers are remembered beyond the life of this process. */
export interface Memory {
  /** Those of one account, or of all. */
  all(account?: string): Promise<Verifying[]>;
  has(id: string): Promise<boolean>;
  /** Answers false when its account has no room for it. */
  save(verifier: Verifying): Promise<boolean>;
  forget(verifier: Pick<Verifying, 'id' | 'connectedAt'>): Promise<void>;
}

/** What a node is from its start on. */
export type Self = Pick<Announced, 'id' | 'name' | 'version'> & { staleMaxMs: number };

interface Known {
  follower: Announced;
  /** By the clock of this process that never jumps: its last word, and until when it may decide by what it knew before. */
  heardAt: number;
  leaseUntil: number;
}

/**
 * Who follows the feed: the nodes of this server and the verifiers of its users, those that other nodes hear included. Held in memory:
 * each says a word every second, and one that fell silent is forgotten once it must have stopped deciding. Nodes on PostgreSQL hear of
 * each other by the registry, processes that share a SQLite file by the bus.
 */
export class Followers {
  readonly node: string;
  readonly #bus: Bus;
  readonly #memory: Memory;
  readonly #registry: Registry | undefined;
  readonly #now: () => number;
  readonly #self: Announced;
  readonly #known = new Map<string, Known>();
  /** The last batch of uses of each verifier, also of one that was forgotten meanwhile and comes back; the latest reporter last. */
  readonly #batches = new Map<string, number>();
  /** They have stopped deciding, and still stand in memory. */
  readonly #leaving = new Set<string>();
  readonly #waiting = new WaitingList();
  /** Receipts that want to hear of all first. */
  #asking = 0;
  /** How old is what this node knows of changes. */
  #ageMs: () => number = () => 0;
  #entries: () => number = () => 0;
  #sweptAt = performance.now();
  readonly #sweeping = new Turns(() => this.#sweep());
  #sweeper: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(bus: Bus, memory: Memory, { staleMaxMs, ...self }: Self, now: () => number, registry?: Registry) {
    this.#bus = bus;
    this.#memory = memory;
    this.#registry = registry;
    this.#now = now;
    this.node = self.id;
    const at = now();
    const nobody = { account: null, project: null, by: null, onStale: null, hitRate: null };
    const said = { connectedAt: at, seenAt: at, sequence: 0, lagMs: null, entries: null, staleMaxMs };
    this.#self = { kind: 'node', ...self, ...nobody, ...said };
    this.#known.set(self.id, { follower: this.#self, heardAt: at, leaseUntil: Number.POSITIVE_INFINITY });
    bus.subscribe(message => {
      if (message.type === 'gone') this.#hearGone(message.id);
      else if (message.type === 'batch') this.#setBatch(message.id, message.batch);
      else if (registry !== undefined) return;
      else if (message.type === 'follower') this.#keep(message.follower, message.leaseMs);
      else if (message.type === 'whoIsThere') this.#announceVerifiers();
    });
  }

  /** What this node tells of itself besides how far it has come. */
  tellOf({ ageMs, entries }: { ageMs: () => number; entries: () => number }): void {
    this.#ageMs = ageMs;
    this.#entries = entries;
  }

  /** Before the feed is read for the first time: knows of all others from now on, and they of this node. */
  async load(): Promise<void> {
    this.#announce(this.#self);
    if (this.#registry !== undefined) {
      await this.#registry.start(this.#self, {
        // When it was heard of is told by the clock of this process, as it is of this node.
        heard: said => this.#keep({ ...said, seenAt: this.#now() }, Number.POSITIVE_INFINITY),
        gone: id => this.#forget(id),
        isWaiting: () => this.#asking > 0 || !this.#waiting.isEmpty,
      });
    } else {
      // Nothing was heard yet of the verifiers of before, but they may decide until their lease is over.
      await this.#remember();
      this.#bus.publish({ type: 'whoIsThere' });
      await this.#bus.hear();
      this.#sweeper = setInterval(() => void this.#sweeping.run(), SWEEP_MS).unref();
    }
    this.#beat = setInterval(() => this.#say(false), limits.heartbeatMs).unref();
  }

  /** It has stopped deciding. */
  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    clearInterval(this.#beat);
    this.#bus.publish({ type: 'gone', id: this.node });
    await this.#registry?.stop();
  }

  /** This process has evicted everything up to there. */
  reach(sequence: number): void {
    if (sequence === this.#self.sequence) return;
    this.#self.sequence = sequence;
    this.#say(true);
    this.#waiting.tell(this.node, sequence);
  }

  /** A verifier has connected, or connected again: it may decide from when this resolves. Throws `not_found` for an id that is in use elsewhere. */
  async join(verifier: Verifying): Promise<void> {
    const before = await this.#lookUp(verifier.id);
    if (before !== undefined && !isSamePlace(before, verifier)) throw unknownVerifier();
    const joined = { ...verifier, connectedAt: before?.connectedAt ?? verifier.connectedAt };
    const isSame = this.#registry === undefined && before !== undefined && saysTheSame(before, joined);
    const isKept = isSame && (await this.#memory.has(verifier.id));
    if (!isKept && !(await this.#memory.save(joined))) {
      const full = `The account has ${limits.followersPerAccountMax} verifiers already: stop some of them first.`;
      throw new KeywrightError('conflict', full);
    }
    const follower = silent(joined);
    this.#registry?.expect(joined.id);
    this.#keep(follower, this.#leaseFor(follower));
    this.#announce(follower);
  }

  /**
   * What a verifier says of itself; all nodes know it when this resolves. Throws `not_found` for one that has not joined: it must connect
   * again.
   */
  async acknowledge(where: Speaker, id: string, said: Partial<Announced>): Promise<void> {
    const before = await this.#find(where, id);
    const follower = { ...before, ...said };
    this.#keep(follower, this.#leaseFor(follower));
    this.#announce(follower);
    const isNews = follower.sequence !== before.sequence;
    if (this.#registry === undefined || (await this.#registry.say(follower, isNews))) return;
    this.#forget(id);
    throw unknownVerifier();
  }

  /**
   * Writes what a verifier reports, once for each batch. Throws `not_found` for one that has not joined: it must connect again. The last batch
   * is known here for longer than the verifier is, for one that was forgotten before it got its answer and comes back.
   */
  async report(where: Speaker, id: string, batch: number, write: () => Promise<Reported>): Promise<void> {
    await this.#find(where, id);
    if (batch <= (this.#batches.get(id) ?? 0)) return;
    if ((await write()) === 'unknown') throw unknownVerifier();
    this.#setBatch(id, batch);
    this.#bus.publish({ type: 'batch', id, batch });
  }

  /** Throws `not_found` for a verifier that has not joined: it must connect again. */
  async demand(where: Speaker, id: string): Promise<void> {
    await this.#find(where, id);
  }

  /** It has stopped deciding. */
  async leave(where: Speaker, id: string): Promise<void> {
    await this.#letGo(await this.#find(where, id));
    this.#bus.publish({ type: 'gone', id });
  }

  /** All that decide about keys there. */
  list(where: Where): (Announced & { connected: boolean })[] {
    const now = performance.now();
    return this.#those(where).map(({ follower, heardAt }) => ({
      ...follower,
      connected: follower === this.#self || now < heardAt + connectedForMs(follower),
    }));
  }

  /** How many of all accounts this node knows. */
  count(kind: Announced['kind']): number {
    return [...this.#known.values()].filter(({ follower }) => follower.kind === kind).length;
  }

  /** The processes of the server that serve, this one included, as last heard of. */
  nodes(): (Announced & { connected: boolean })[] {
    return this.list({ account: '' });
  }

  /** How many those are. */
  get liveNodes(): number {
    return this.count('node');
  }

  /** How many of them have said a word lately: others may have died, though they are counted on until their lease is over. */
  get speakingNodes(): number {
    const since = performance.now() - SPEAKING_MS;
    const nodes = [...this.#known.values()].filter(({ follower }) => follower.kind === 'node');
    return nodes.filter(({ follower, heardAt }) => follower === this.#self || heardAt > since).length;
  }

  /** Waits until nobody there decides by what was before the change any more, or for `waitMs`. `since` is when it was made (performance.now). */
  async receipt(where: Where, sequence: number, since: number, waitMs: number): Promise<Receipt> {
    const hasHeard = await this.#hearAll(where, since + waitMs);
    const acknowledged = new Map<string, Receipt['acknowledged'][number]>();
    const waitedFor = new Map(this.#those(where).map(({ follower }) => [follower.id, follower]));
    const know = (id: string) => {
      const { kind, name } = waitedFor.get(id) ?? { kind: 'node', name: null };
      acknowledged.set(id, { kind, id, name, ms: msSince(since), lapsed: !this.#known.has(id) });
      waitedFor.delete(id);
    };
    for (const id of waitedFor.keys()) if (this.#reachedBy(id) >= sequence) know(id);
    if (hasHeard) await this.#waiting.until(sequence, waitedFor.keys(), know, since + waitMs - performance.now());
    const missing = [...waitedFor.values()].map(({ kind, id, name }) => ({ kind, id, name }));
    const complete = hasHeard && missing.length === 0;
    return { sequence, complete, ms: msSince(since), acknowledged: [...acknowledged.values()], missing };
  }

  /** Whether all are known that may decide by what was before. Without the database, or a parent that passes on what workers say, nobody can say so. */
  async #hearAll({ account }: Where, deadline: number): Promise<boolean> {
    this.#asking++;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), deadline - performance.now());
    const isLate = once(late.signal, 'abort').then(() => false);
    try {
      while (!late.signal.aborted) {
        const heard = this.#hear(account).then(() => true);
        if (await Promise.race([heard.catch(() => pause(limits.feedPollMs, false)), isLate])) return true;
      }
      return false;
    } finally {
      clearTimeout(timer);
      this.#asking--;
    }
  }

  async #hear(account: string): Promise<void> {
    if (this.#registry !== undefined) return this.#registry.hear();
    await this.#bus.hear();
    // Who has just joined at another process of this machine may decide before its word has come over the bus.
    await this.#remember(account);
  }

  async #remember(account?: string): Promise<void> {
    for (const verifier of await this.#memory.all(account))
      if (!this.#known.has(verifier.id) && !this.#leaving.has(verifier.id))
        this.#keep(silent(verifier), leaseOf(verifier));
  }

  /** The last change that it is known to have seen; all when it has stopped deciding. */
  #reachedBy(id: string): number {
    return this.#known.get(id)?.follower.sequence ?? Number.POSITIVE_INFINITY;
  }

  #those({ account, project }: Where): Known[] {
    return [...this.#known.values()].filter(
      ({ follower }) =>
        follower.kind === 'node' ||
        (follower.account === account && (project === undefined || follower.project === project)),
    );
  }

  /** One that has just joined at another node may not have been heard of here. */
  async #lookUp(id: string): Promise<Announced | undefined> {
    if (!this.#known.has(id)) await this.#registry?.hear();
    return this.#known.get(id)?.follower;
  }

  async #find({ account, project, by }: Speaker, id: string): Promise<Announced> {
    const known = await this.#lookUp(id);
    const isSpeaker = known?.account === account && known.project === (project ?? null) && known.by === by;
    if (known?.kind !== 'verifier' || !isSpeaker) throw unknownVerifier();
    return known;
  }

  /** By memory alone none is given up that the registry knows. */
  #leaseFor(follower: Announced): number {
    if (this.#registry !== undefined) return Number.POSITIVE_INFINITY;
    return follower.kind === 'node' ? leaseOf(follower) + WORD_MS_MAX : leaseOf(follower);
  }

  #keep(follower: Announced, leaseMs: number): void {
    if (follower.id === this.node) return;
    const heardAt = performance.now();
    this.#known.set(follower.id, { follower, heardAt, leaseUntil: heardAt + leaseMs });
    this.#waiting.tell(follower.id, follower.sequence);
  }

  #forget(id: string): void {
    if (id === this.node || !this.#known.delete(id)) return;
    this.#waiting.tell(id, Number.POSITIVE_INFINITY);
  }

  /** A verifier has stopped deciding. */
  async #letGo({ id, connectedAt }: Announced): Promise<void> {
    this.#forget(id);
    this.#leaving.add(id);
    try {
      await this.#memory.forget({ id, connectedAt });
    } finally {
      this.#leaving.delete(id);
    }
  }

  /** A process of this machine has ended, or a verifier has left. */
  #hearGone(id: string): void {
    const isNode = this.#known.get(id)?.follower.kind === 'node';
    this.#forget(id);
    if (isNode) this.#registry?.forget(id).catch(() => {});
  }

  #setBatch(id: string, batch: number): void {
    this.#batches.delete(id);
    this.#batches.set(id, batch);
    for (const oldest of this.#batches.keys()) {
      if (this.#batches.size <= REPORTERS_MAX) break;
      this.#batches.delete(oldest);
    }
  }

  /** How this process stands, also when nothing changes. */
  #say(isNews: boolean): void {
    Object.assign(this.#self, { seenAt: this.#now(), lagMs: Math.round(this.#ageMs()), entries: this.#entries() });
    if (this.#registry === undefined) this.#announce(this.#self);
    // Said again a second later; until then the lease goes on.
    else this.#registry.say(this.#self, isNews).catch(() => {});
  }

  #announce(follower: Announced): void {
    this.#bus.publish({ type: 'follower', follower, leaseMs: this.#leaseFor(follower) });
  }

  /** Nodes speak for themselves. */
  #announceVerifiers(): void {
    for (const { follower } of this.#known.values()) if (follower.kind === 'verifier') this.#announce(follower);
  }

  async #sweep(): Promise<void> {
    await this.#bus.hear();
    const now = performance.now();
    const stillMs = now - this.#sweptAt;
    this.#sweptAt = now;
    for (const [id, known] of this.#known) {
      const { follower } = known;
      if (stillMs > STILL_MS_MAX) known.leaseUntil += stillMs;
      if (known.leaseUntil > now) continue;
      if (follower.kind === 'node') this.#forget(id);
      // When that fails, it is found again, and forgotten once more when its lease is over.
      else this.#letGo(follower).catch(() => {});
    }
  }
}

/** To the microsecond, as times are told. */
function msSince(since: number): number {
  return Math.round((performance.now() - since) * 1000) / 1000;
}

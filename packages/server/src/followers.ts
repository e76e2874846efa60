import type { Receipt } from '@keywright/contract';
import { KeywrightError, limits } from '@keywright/core';
import type { StoredVerifier } from '@keywright/store';
import type { Announced, Bus } from './bus.ts';

/** A node that says nothing for so long is gone: it clears its cache by then (feed.ts). */
const NODE_LEASE_MS = 5000;
/** A verifier that may decide alone for ever is named for so long after its last word. */
const SERVES_FOR_MS = 86_400_000;
const SWEEP_MS = 50;
/** When this process stood still for longer, it has not heard yet what the others said meanwhile. */
const STILL_MS_MAX = 500;
/** Verifiers whose last batch of uses is remembered. */
const REPORTERS_MAX = 10_000;

/** Whose followers are meant: verifiers of the account, of one of its projects where one is given, and all nodes. */
export interface Where {
  account: string;
  project?: string | undefined;
}

/** The same, with the owner of the key that speaks for a verifier. */
export interface Speaker extends Where {
  by: string;
}

/** Where verifiers are remembered beyond the life of this process. */
export interface Memory {
  all(): Promise<Verifying[]>;
  save(verifier: Verifying): Promise<void>;
  forget(verifier: Pick<Verifying, 'id' | 'connectedAt'>): Promise<void>;
}

/** What a verifier says when it connects. */
export type Verifying = StoredVerifier;

interface Known {
  follower: Announced;
  /** By the clock of this process that never jumps: until then it may decide by what it knew before. */
  leaseUntil: number;
}

/** A receipt that waits until followers have reached a change. */
interface Waiting {
  sequence: number;
  reached(id: string): void;
}

/**
 * Who follows the feed: the nodes of this server and the verifiers of its users, those of other processes included. Held in memory:
 * each says a word every second, and one that fell silent is forgotten once it must have stopped deciding.
 */
export class Followers {
  readonly node: string;
  readonly #bus: Bus;
  readonly #memory: Memory;
  readonly #now: () => number;
  readonly #known = new Map<string, Known>();
  /** The last batch of uses of each verifier, also of one that was forgotten meanwhile and comes back; the latest reporter last. */
  readonly #batches = new Map<string, number>();
  /** Of each follower the receipts that wait for it. */
  readonly #waiting = new Map<string, Set<Waiting>>();
  /** Nobody counts on this node before it serves. */
  #started = false;
  #sweptAt = performance.now();
  #sweeper: NodeJS.Timeout | undefined;
  #beat: NodeJS.Timeout | undefined;

  constructor(bus: Bus, memory: Memory, self: Pick<Announced, 'id' | 'name' | 'version'>, now: () => number) {
    this.#bus = bus;
    this.#memory = memory;
    this.#now = now;
    this.node = self.id;
    const at = now();
    const node: Announced = {
      ...self,
      kind: 'node',
      account: null,
      project: null,
      connectedAt: at,
      by: null,
      seenAt: at,
      sequence: 0,
      lagMs: null,
      entries: null,
      hitRate: null,
      staleMaxMs: null,
      onStale: null,
    };
    this.#known.set(self.id, { follower: node, leaseUntil: Number.POSITIVE_INFINITY });
    bus.subscribe(message => {
      if (message.type === 'follower') this.#keep(message.follower, message.leaseMs);
      else if (message.type === 'gone') this.#forget(message.id);
      else if (message.type === 'batch') this.#setBatch(message.id, message.batch);
      else if (message.type === 'whoIsThere') this.#announceAll();
    });
  }

  /** Begins with the verifiers of before: nothing was heard of them yet, but they may decide until their lease is over. */
  async load(): Promise<void> {
    for (const verifier of await this.#memory.all()) {
      if (!this.#known.has(verifier.id)) this.#keep(silent(verifier), leaseOf(verifier));
    }
  }

  /** From now on the others count on this node. */
  start(): void {
    this.#started = true;
    this.#bus.publish({ type: 'whoIsThere' });
    this.#announce(this.node);
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
    this.#beat = setInterval(() => this.#say(), limits.heartbeatMs).unref();
  }

  stop(): void {
    clearInterval(this.#sweeper);
    clearInterval(this.#beat);
    for (const id of this.#known.keys()) if (id === this.node) this.#bus.publish({ type: 'gone', id });
  }

  /** This process has evicted everything up to there. */
  reach(sequence: number, entries: number, at: number): void {
    const self = this.#known.get(this.node);
    if (self === undefined || sequence <= self.follower.sequence) return;
    Object.assign(self.follower, { sequence, entries, seenAt: at });
    this.#announce(this.node);
    this.#tell(this.node);
  }

  /** A verifier has connected, or connected again: it may decide from when this resolves. Throws `not_found` for an id that is in use elsewhere. */
  async join(verifier: Verifying): Promise<void> {
    const before = this.#known.get(verifier.id)?.follower;
    if (before !== undefined && !isSamePlace(before, verifier)) throw unknownVerifier();
    if (before === undefined) this.#demandRoom(verifier.account);
    const joined = { ...verifier, connectedAt: before?.connectedAt ?? verifier.connectedAt };
    if (before === undefined || !saysTheSame(before, joined)) await this.#memory.save(joined);
    if (!this.#known.has(joined.id)) await this.#demandRoomFor(joined);
    this.#put(silent(joined));
  }

  /** What a verifier says of itself. Throws `not_found` for one that has not joined: it must connect again. */
  acknowledge(where: Speaker, id: string, said: Partial<Announced>): void {
    this.#put({ ...this.#find(where, id), ...said });
  }

  /** Whether the batch of uses is none that was written before. */
  isNewBatch(where: Speaker, id: string, batch: number): boolean {
    this.#find(where, id);
    if (batch <= (this.#batches.get(id) ?? 0)) return false;
    this.#setBatch(id, batch);
    this.#bus.publish({ type: 'batch', id, batch });
    return true;
  }

  /** The batch could not be written: it counts as new when it comes again. */
  returnBatch(id: string, batch: number): void {
    if (this.#batches.get(id) !== batch) return;
    this.#setBatch(id, batch - 1);
    this.#bus.publish({ type: 'batch', id, batch: batch - 1 });
  }

  /** It has stopped deciding. */
  async leave(where: Speaker, id: string): Promise<void> {
    const { connectedAt } = this.#find(where, id);
    this.#forget(id);
    this.#bus.publish({ type: 'gone', id });
    await this.#memory.forget({ id, connectedAt });
  }

  /** All that decide about keys there. */
  list(where: Where): (Announced & { connected: boolean })[] {
    const now = performance.now();
    return this.#those(where).map(({ follower, leaseUntil }) => ({
      ...follower,
      connected: now < leaseUntil && (follower.onStale !== 'serve' || isHeard(follower, leaseUntil, now)),
    }));
  }

  /** How many of all accounts this node knows. */
  count(kind: Announced['kind']): number {
    return [...this.#known.values()].filter(({ follower }) => follower.kind === kind).length;
  }

  /** Waits until nobody there decides by what was before the change any more, or for `waitMs`. `since` is when it was made (performance.now). */
  async receipt(where: Where, sequence: number, since: number, waitMs: number): Promise<Receipt> {
    const acknowledged = new Map<string, Receipt['acknowledged'][number]>();
    const waitedFor = new Map(this.#those(where).map(({ follower }) => [follower.id, follower]));
    const know = ({ id, kind, name }: Announced) => {
      const ms = msSince(since);
      acknowledged.set(id, { kind, id, name, ms, lapsed: !this.#known.has(id) });
      waitedFor.delete(id);
    };
    for (const follower of waitedFor.values()) if (this.#reachedBy(follower.id) >= sequence) know(follower);
    if (waitedFor.size > 0) await this.#until(sequence, new Map(waitedFor), know, waitMs);
    const missing = [...waitedFor.values()].map(({ kind, id, name }) => ({ kind, id, name }));
    const complete = missing.length === 0;
    return { sequence, complete, ms: msSince(since), acknowledged: [...acknowledged.values()], missing };
  }

  /** The last change that it is known to have seen; all when it has stopped deciding. */
  #reachedBy(id: string): number {
    return this.#known.get(id)?.follower.sequence ?? Number.POSITIVE_INFINITY;
  }

  /** Until each of them has reached that change, or for so long. */
  #until(sequence: number, left: Map<string, Announced>, know: (one: Announced) => void, ms: number): Promise<void> {
    return new Promise(resolve => {
      const waiting = {
        sequence,
        reached: (id: string) => {
          const follower = left.get(id);
          if (follower !== undefined) know(follower);
          drop(id);
          if (left.size === 0) end();
        },
      };
      const drop = (id: string) => {
        left.delete(id);
        const those = this.#waiting.get(id);
        those?.delete(waiting);
        if (those?.size === 0) this.#waiting.delete(id);
      };
      const end = () => {
        for (const id of left.keys()) drop(id);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(end, ms);
      for (const id of left.keys()) {
        const those = this.#waiting.get(id) ?? new Set();
        this.#waiting.set(id, those.add(waiting));
      }
    });
  }

  #those({ account, project }: Where): Known[] {
    return [...this.#known.values()].filter(
      ({ follower }) =>
        follower.kind === 'node' ||
        (follower.account === account && (project === undefined || follower.project === project)),
    );
  }

  #find({ account, project, by }: Speaker, id: string): Announced {
    const known = this.#known.get(id)?.follower;
    if (
      known?.kind !== 'verifier' ||
      known.account !== account ||
      known.project !== (project ?? null) ||
      known.by !== by
    )
      throw unknownVerifier();
    return known;
  }

  /** Once more: many may have come at once. */
  async #demandRoomFor(joined: Verifying): Promise<void> {
    try {
      this.#demandRoom(joined.account);
    } catch (error) {
      await this.#memory.forget(joined);
      throw error;
    }
  }

  #demandRoom(account: string): void {
    if (this.#count(account) < limits.followersPerAccountMax) return;
    const full = `The account has ${limits.followersPerAccountMax} verifiers already: stop some of them first.`;
    throw new KeywrightError('conflict', full);
  }

  #count(account: string | null): number {
    return [...this.#known.values()].filter(({ follower }) => follower.account === account).length;
  }

  #put(follower: Announced): void {
    const leaseMs = leaseOf(follower);
    this.#keep(follower, leaseMs);
    this.#bus.publish({ type: 'follower', follower, leaseMs });
  }

  #keep(follower: Announced, leaseMs: number): void {
    if (follower.id === this.node) return;
    this.#known.set(follower.id, { follower, leaseUntil: performance.now() + leaseMs });
    this.#tell(follower.id);
  }

  #forget(id: string): void {
    if (id === this.node || !this.#known.delete(id)) return;
    this.#tell(id);
  }

  #setBatch(id: string, batch: number): void {
    this.#batches.delete(id);
    this.#batches.set(id, batch);
    for (const oldest of this.#batches.keys()) {
      if (this.#batches.size <= REPORTERS_MAX) break;
      this.#batches.delete(oldest);
    }
  }

  /** This process is there, also when nothing changes. */
  #say(): void {
    const self = this.#known.get(this.node);
    if (self !== undefined) self.follower.seenAt = this.#now();
    this.#announce(this.node);
  }

  #announce(id: string): void {
    const known = this.#known.get(id);
    if (known !== undefined && this.#started)
      this.#bus.publish({ type: 'follower', follower: known.follower, leaseMs: leaseOf(known.follower) });
  }

  #announceAll(): void {
    for (const id of this.#known.keys()) this.#announce(id);
  }

  #sweep(): void {
    const now = performance.now();
    const stillMs = now - this.#sweptAt;
    this.#sweptAt = now;
    for (const [id, known] of this.#known) {
      const { follower } = known;
      if (stillMs > STILL_MS_MAX) known.leaseUntil += stillMs;
      if (known.leaseUntil > now) continue;
      this.#forget(id);
      // When that fails, the next start forgets it once its lease is over.
      if (follower.kind === 'verifier') this.#memory.forget(follower).catch(() => {});
    }
  }

  #tell(id: string): void {
    const sequence = this.#reachedBy(id);
    for (const waiting of this.#waiting.get(id) ?? []) if (waiting.sequence <= sequence) waiting.reached(id);
  }
}

/** A verifier of which nothing was heard since it connected. */
function silent(verifier: Verifying): Announced {
  const { connectedAt: seenAt } = verifier;
  return { ...verifier, kind: 'verifier', seenAt, sequence: 0, lagMs: null, entries: null, hitRate: null };
}

function saysTheSame(a: Announced, b: Verifying): boolean {
  return a.staleMaxMs === b.staleMaxMs && a.onStale === b.onStale && a.name === b.name && a.version === b.version;
}

function leaseOf({ kind, onStale, staleMaxMs }: Partial<Announced>): number {
  if (kind === 'node') return NODE_LEASE_MS;
  return onStale === 'serve' ? SERVES_FOR_MS : (staleMaxMs ?? limits.staleMsDefault);
}

/** One that serves on is named for long, but counts as connected only while it speaks. */
function isHeard({ staleMaxMs }: Announced, leaseUntil: number, now: number): boolean {
  return now < leaseUntil - SERVES_FOR_MS + (staleMaxMs ?? limits.staleMsDefault);
}

function isSamePlace(a: Announced, b: Verifying): boolean {
  return a.kind === 'verifier' && a.account === b.account && a.project === b.project && a.by === b.by;
}

function unknownVerifier(): KeywrightError {
  return new KeywrightError('not_found', 'There is no such verifier: it has to connect to the changes again.');
}

/** To the microsecond, as times are told. */
function msSince(since: number): number {
  return Math.round((performance.now() - since) * 1000) / 1000;
}

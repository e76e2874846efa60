import { randomBytes } from 'node:crypto';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { type Asked, type Decision, limits, newId } from '@keywright/core';
import { Acknowledgements } from './acknowledgements.ts';
import { type AskedFor, askedOf } from './asked.ts';
import { Feed, type FeedEvent, isRefusal } from './feed.ts';
import { Known } from './known.ts';
import { now } from './lease.ts';
import { type ReadOptions, readOptions, type VerifierOptions } from './options.ts';
import { questionsTo } from './questions.ts';
import { type RequestLike, readRequest } from './request.ts';
import { ServerDoor } from './server-door.ts';
import { SnapshotFile } from './snapshot-file.ts';
import { readPublicKey } from './snapshot-pages.ts';
import { RefusedError, UnavailableError } from './unavailable.ts';
import { UseLeases } from './use-leases.ts';
import { UseReports } from './use-reports.ts';
import { VERSION } from './version.ts';

/** How a verifier is. */
export interface VerifierHealth {
  /** What receipts and lists of the server call it. */
  readonly id: string;
  /** Whether the feed of changes comes in. */
  readonly connected: boolean;
  /** The last change that it knows of; null before the first word of the server. */
  readonly sequence: number | null;
  /** How long ago it knew for certain that it had seen every change, in milliseconds; null when it never did. */
  readonly staleMs: number | null;
  /** Whether that is longer than `staleMaxMs`. */
  readonly stale: boolean;
  /** How long it took, the last time, to know that it had seen every change. */
  readonly lagMs: number | null;
  /** Keys whose facts it holds. */
  readonly entries: number;
  /** Decisions so far; of them, the part without asking the server, from 0 to 1. */
  readonly decisions: number;
  readonly hitRate: number;
  /** How often a key was refused in a flood of invented ones, without asking the server. */
  readonly refusedUnasked: number;
  /** Keys whose facts are being asked for. */
  readonly waiting: number;
  /** Keys whose last uses have not been reported yet; of a key that several reports hold more than one. */
  readonly usesWaiting: number;
  /** Uses that the server refused to take, or of keys for which there was no room: those that come new while 1,000,000 wait. */
  readonly usesLost: number;
  /** Uses that were charged to a share of their rate limits, because the server was away. */
  readonly usesDegraded: number;
  /** What keeps it from the server now. */
  readonly error: string | null;
  /** What was wrong with the file of `preload`, the last time. */
  readonly preloadError: string | null;
  /** Why it could not read which keys there are, the last time that it was flooded with invented ones: then it asks for each. */
  readonly listingError: string | null;
}

const NO_KEY: Decision = Object.freeze({ allowed: false, reason: 'malformed' });

/** Decides here, by facts of the server. Throws TypeError for options that can never work. Close it to report the last uses. */
export function createVerifier(options: VerifierOptions): RemoteVerifier {
  return new RemoteVerifier(readOptions(options));
}

export class RemoteVerifier implements AsyncDisposable {
  readonly #id = newId('ver', randomBytes);
  readonly #options: ReadOptions;
  readonly #door: ServerDoor;
  readonly #known: Known;
  readonly #feed: Feed;
  readonly #acknowledgements: Acknowledgements;
  readonly #leases: UseLeases;
  readonly #uses: UseReports;
  readonly #file: SnapshotFile | undefined;
  readonly #servesStale: boolean;
  readonly #project: string | null;
  /** While it has never known anything, who asks waits; until then, or until it takes too long. */
  #starting: Promise<void> | undefined;
  #refresh: NodeJS.Timeout | undefined;
  #fileError: string | null = null;
  /** Something has changed that `ready` may wait for. */
  #news = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  constructor(options: ReadOptions) {
    const { preload, account, project } = options;
    this.#options = options;
    this.#servesStale = options.onStale === 'serve';
    this.#project = project ?? null;
    this.#door = new ServerDoor(options);
    if (preload !== undefined) {
      const publicKey = readPublicKey(preload.publicKey);
      this.#file = new SnapshotFile(preload.file, { publicKey, account, project }, this.#door);
    }
    this.#leases = new UseLeases(this.#door, this.#id, () => this.#feed.reconnect());
    this.#known = new Known(questionsTo(this.#door), {
      ...options,
      charge: (facts, asked, at) => this.#leases.charge(facts, asked, at),
      undecided: (text, asked) => this.#wait(text, asked),
    });
    this.#feed = new Feed(this.#door, () => this.#feedPath(), {
      hear: events => this.#hear(events),
      failed: () => this.#tell(),
    });
    this.#acknowledgements = new Acknowledgements(this.#door, this.#id, this.#known.lease, {
      report: () => ({ entries: this.#known.verifier.cache.size, hitRate: this.#known.hitRate }),
      rejoin: () => this.#feed.reconnect(),
      onAnswer: () => this.#tell(),
    });
    this.#uses = new UseReports(this.#door, this.#id, this.#known.verifier.uses, () => this.#feed.reconnect());
    this.#starting = this.#start();
  }

  /**
   * Whether the request, or the text of a credential (token or `key:secret`), may pass: at once where the facts are here. Throws or
   * rejects with UnavailableError when that can not be decided now, which is no refusal.
   */
  verify(request: RequestLike | string, asked: AskedFor = {}): Decision | Promise<Decision> {
    const parts =
      typeof request === 'string'
        ? { text: request, method: undefined, path: undefined, agent: undefined }
        : readRequest(request);
    if (parts.text === undefined) return NO_KEY;
    return this.#verify(parts.text, askedOf(asked, parts, this.#project));
  }

  /** When it can decide. Rejects with UnavailableError at a refusal of the server, when closed, and after `withinMs`. */
  ready(withinMs: number = limits.drainMs): Promise<void> {
    return this.#until(() => this.#canDecide, withinMs);
  }

  async #until(holds: () => boolean, withinMs: number): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#tell();
    }, withinMs);
    try {
      while (!holds()) {
        if (this.#closing !== undefined) throw closed();
        if (isLate || isRefusal(this.#feed.error)) throw this.#unavailable();
        await this.#news.promise;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  health(): VerifierHealth {
    const { steady, wall } = now();
    const { lease, verifier, unasked, waiting, decisions, hitRate, listingError } = this.#known;
    const staleMs = lease.ageMs(steady, wall);
    return {
      id: this.#id,
      connected: this.#feed.connected,
      sequence: lease.reached ?? null,
      staleMs: staleMs === Number.POSITIVE_INFINITY ? null : staleMs,
      stale: lease.isStale(steady, wall),
      lagMs: lease.lagMs,
      entries: verifier.cache.size,
      decisions,
      hitRate,
      refusedUnasked: unasked,
      waiting,
      usesWaiting: verifier.uses.size + this.#uses.waiting,
      usesLost: this.#uses.lost,
      usesDegraded: this.#leases.degraded,
      error: this.#error?.message ?? null,
      preloadError: this.#fileError,
      listingError: listingError?.message ?? null,
    };
  }

  /** Decides what it is asked for already and nothing more, reports the last uses, and says good-bye. Rejects with UnavailableError when uses could not be reported. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #verify(text: string, asked: Asked): Decision | Promise<Decision> {
    if (this.#closing !== undefined) throw closed();
    // Before the feed has begun, nothing that is asked for would be kept up to date, and the file of an earlier start may be old.
    const isBefore = this.#starting !== undefined && !this.#isFresh;
    return isBefore ? this.#wait(text, asked) : this.#known.decide(text, asked);
  }

  /** What is known is too old, or this verifier is closed. */
  #wait(text: string, asked: Asked): Promise<Decision> {
    if (this.#closing !== undefined) throw closed();
    if (this.#starting === undefined) throw this.#unavailable();
    return this.#starting.then(() => this.#verify(text, asked));
  }

  async #start(): Promise<void> {
    await this.#load();
    if (this.#closing !== undefined) return;
    this.#feed.start();
    this.#tell();
    // Who serves what the file holds need not wait for a server that can not be reached.
    const servesFile = () => this.#servesStale && this.#known.lease.reached !== undefined;
    const mayBegin = () => this.#isFresh || (servesFile() && this.#feed.error !== undefined);
    await this.#until(mayBegin, limits.verifierRequestMs).catch(() => {});
    this.#starting = undefined;
    this.#tell();
    if (this.#file !== undefined) void this.#keepFile();
  }

  /** From when it knows every change: the file of an earlier start is as old as its end. */
  async #keepFile(): Promise<void> {
    while (!this.#isFresh && this.#closing === undefined) await this.#news.promise;
    if (this.#closing !== undefined) return;
    this.#refresh = setInterval(() => void this.#refreshFile(), limits.snapshotRefreshMs).unref();
    await this.#refreshFile();
  }

  /** Takes what an earlier start has left behind, all or nothing. */
  async #load(): Promise<void> {
    try {
      const start = await this.#file?.load(page => this.#known.take(page));
      if (start !== undefined) this.#known.began(start);
    } catch (error) {
      this.#known.forget();
      this.#fileError = messageOf(error);
    }
  }

  #hear(events: readonly FeedEvent[]): void {
    const at = now();
    for (const event of events) this.#known.hear(event, at);
    if (events.some(({ type }) => type === 'reset')) this.#acknowledgements.again();
    this.#acknowledgements.heard();
    this.#tell();
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers<void>();
  }

  /** It knows that it has seen every change up to just now. */
  get #isFresh(): boolean {
    return !this.#known.lease.isStale(performance.now(), Date.now());
  }

  get #canDecide(): boolean {
    const servesStale = this.#servesStale && this.#starting === undefined && this.#known.lease.reached !== undefined;
    return servesStale || this.#isFresh;
  }

  async #refreshFile(): Promise<void> {
    try {
      const wasFresh = this.#isFresh;
      const isAllNew = await this.#file?.refresh();
      if (wasFresh && isAllNew && this.#servesStale && this.#closing === undefined) await this.#succeed();
      this.#fileError = null;
    } catch (error) {
      this.#fileError = messageOf(error);
    }
  }

  /**
   * The server counts on verifiers that have closed, for the sake of who may start by their file. It need no longer: the file holds every
   * change up to when this one was fresh already, and for later ones the server counts on this one, which leaves a note as well.
   */
  async #succeed(): Promise<void> {
    for (const id of (await this.#file?.left()) ?? []) {
      await this.#sayGoodbye(id).catch(error => {
        if (!(error instanceof RefusedError && error.refusedAs === 'not_found')) throw error;
      });
      await this.#file?.forgetLeft(id);
    }
  }

  #sayGoodbye(id: string): Promise<void> {
    return this.#door.ask({ method: 'DELETE', path: `/verifiers/${id}`, answer: () => undefined });
  }

  async #close(): Promise<void> {
    clearInterval(this.#refresh);
    this.#tell();
    await this.#file?.close();
    try {
      await this.#known.close(limits.verifierRequestMs);
      // What can not be given back counts as used.
      await this.#leases.close().catch(() => {});
      await this.#uses.close();
      this.#acknowledgements.stop();
      // Without it the server goes on counting on this verifier; so it shall where a next start may decide by the file, until one has succeeded it.
      if (this.#file === undefined || !this.#servesStale) await this.#sayGoodbye(this.#id).catch(() => {});
    } finally {
      this.#acknowledgements.stop();
      await this.#feed.close();
      // Last: as long as it follows, it would come back after a good-bye of its successor.
      if (this.#servesStale) await this.#file?.noteLeft(this.#id).catch(() => {});
    }
  }

  #feedPath(): string {
    const { name, staleMaxMs, onStale } = this.#options;
    const query = new URLSearchParams({ verifier: this.#id, version: VERSION, staleMaxMs: `${staleMaxMs}`, onStale });
    if (name !== undefined) query.set('name', name);
    const { place } = this.#known.lease;
    if (place !== undefined) {
      query.set('after', `${place.sequence}`);
      query.set('afterHash', place.hash);
    }
    return `/verifiers/changes?${query}`;
  }

  get #error(): UnavailableError | undefined {
    return this.#feed.error ?? this.#acknowledgements.error ?? this.#leases.error;
  }

  #unavailable(): UnavailableError {
    const error = this.#error;
    const reason = error?.message ?? 'it has not said lately which changes there are';
    return new UnavailableError(`It is not known which keys are good now: ${reason}`, { cause: error });
  }
}

function closed(): UnavailableError {
  return new UnavailableError('This verifier is closed.');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

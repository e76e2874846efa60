import type { Place } from './answers.ts';

/** A moment by both clocks, in milliseconds: one that never jumps, and one that goes on while the machine sleeps. */
export interface Moment {
  steady: number;
  wall: number;
}

/** The server, asked at that moment, said that this change was its last. */
interface Answer {
  askedAt: Moment;
  sequence: number;
}

export function now(): Moment {
  return { steady: performance.now(), wall: Date.now() };
}

/** Answers that wait for the feed: more are asked for each second, so those left out are not missed. */
const WAITING_MAX = 16;

/**
 * Until when what is cached may be decided by. The server says which change is its last, and once the feed has come as far, everything is
 * known that had happened by when it was asked: from that moment, not from its answer's, the lease runs. So whatever holds the feed or the
 * answer back, or stops this process, is never taken for freshness.
 */
export class Lease {
  readonly #staleMaxMs: number;
  /** The last change that the feed has brought; undefined before it has said where it begins. */
  #place: Place | undefined;
  #freshAt: Moment | undefined;
  #waiting: Answer[] = [];
  #lagMs: number | null = null;

  constructor(staleMaxMs: number) {
    this.#staleMaxMs = staleMaxMs;
  }

  get place(): Place | undefined {
    return this.#place;
  }

  get reached(): number | undefined {
    return this.#place?.sequence;
  }

  /** How long it took to know that all changes were seen, the last time. */
  get lagMs(): number | null {
    return this.#lagMs;
  }

  /** The feed begins here, whatever was before. */
  begin({ sequence, hash }: Place): void {
    this.#place = { sequence, hash };
    this.#waiting = [];
  }

  /** All changes up to there have been applied. */
  reach({ sequence, hash }: Place, at: Moment): void {
    if (this.#place !== undefined && sequence <= this.#place.sequence) return;
    this.#place = { sequence, hash };
    this.#look(at);
  }

  /** The server, asked at that moment, said that this change was its last. */
  answered(askedAt: Moment, sequence: number, at: Moment): void {
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push({ askedAt, sequence });
    this.#look(at);
  }

  /** For how long nothing is known for certain, by whichever clock says more. */
  ageMs(steady: number, wall: number): number {
    if (this.#freshAt === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(steady - this.#freshAt.steady, wall - this.#freshAt.wall);
  }

  isStale(steady: number, wall: number): boolean {
    return !(this.ageMs(steady, wall) <= this.#staleMaxMs);
  }

  #look(at: Moment): void {
    const { reached } = this;
    if (reached === undefined) return;
    const later: Answer[] = [];
    for (const answer of this.#waiting) {
      if (answer.sequence > reached) later.push(answer);
      else if (this.#freshAt === undefined || answer.askedAt.steady > this.#freshAt.steady) {
        this.#freshAt = answer.askedAt;
        this.#lagMs = at.steady - answer.askedAt.steady;
      }
    }
    this.#waiting = later;
  }
}

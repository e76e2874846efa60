/** A moment by both clocks, in milliseconds: one that never jumps, and one that goes on while the machine sleeps. */
export interface Moment {
  steady: number;
  wall: number;
}

export function moment(): Moment {
  return { steady: performance.now(), wall: Date.now() };
}

/**
 * Until when this node may decide by what it remembers: for `ms` from when it last asked for changes and got them all, and, where it
 * tells others that it is there, for as long from when it last did. They count by the same rule, so whoever gives it up does so after
 * it has stopped (registry.ts).
 */
export class Lease {
  readonly ms: number;
  /** Undefined where nobody has to be told. */
  #told: Moment | undefined;
  #read: Moment = NEVER;
  /** What was read before counts for nothing: the others had given this node up. */
  #countsFrom = Number.NEGATIVE_INFINITY;
  #until: Moment = NEVER;

  constructor(ms: number, isTold: boolean) {
    this.ms = ms;
    this.#told = isTold ? NEVER : undefined;
  }

  /** Asked at that moment, the database gave all changes until then. */
  read(asked: Moment): void {
    if (asked.steady < this.#countsFrom) return;
    this.#read = asked;
    this.#extend();
  }

  /** What was said at `began` others can read at `ended`. */
  told(began: Moment, ended: Moment): void {
    const wasLate = this.#told === undefined || isAfter(ended, this.#told, this.ms);
    this.#told = began;
    // Meanwhile something may have been changed without waiting for this node.
    if (wasLate) {
      this.#countsFrom = ended.steady;
      this.#read = NEVER;
    }
    this.#extend();
  }

  /** Whether nothing that it remembers may decide any more. */
  isOver(steady = performance.now()): boolean {
    return !(steady <= this.#until.steady && Date.now() <= this.#until.wall);
  }

  /** How old is what it knows. */
  get ageMs(): number {
    const now = moment();
    return Math.max(now.steady - this.#read.steady, now.wall - this.#read.wall);
  }

  #extend(): void {
    const told = this.#told ?? this.#read;
    this.#until = {
      steady: Math.min(this.#read.steady, told.steady) + this.ms,
      wall: Math.min(this.#read.wall, told.wall) + this.ms,
    };
  }
}

const NEVER: Moment = { steady: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };

function isAfter(now: Moment, before: Moment, ms: number): boolean {
  return !(now.steady - before.steady <= ms && now.wall - before.wall <= ms);
}

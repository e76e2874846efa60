import { type Decision, REASONS, type Reason } from '@keywright/core';
import { Histogram } from './histogram.ts';

/** How a question about a key can end. */
export const RESULTS = ['allowed', ...REASONS, 'unavailable'] as const;

/** Seconds: what is remembered takes microseconds, what the database is asked for milliseconds. */
const BOUNDS = [5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

const PLACES = Object.fromEntries(REASONS.map((reason, index) => [reason, index + 1])) as Record<Reason, number>; // of all reasons
const UNAVAILABLE = RESULTS.length - 1;

/** What was decided at one door, and how long it took. On the path of every verify: nothing is made here. */
export class Door {
  /** In the order of RESULTS. */
  readonly results = new Float64Array(RESULTS.length);
  readonly seconds = new Histogram(BOUNDS);

  /** `since` is when the decision began (performance.now). Answers with the decision. */
  decided(decision: Decision, since: number): Decision {
    (this.results[decision.allowed ? 0 : PLACES[decision.reason]] as number)++;
    this.seconds.add((performance.now() - since) / 1000);
    return decision;
  }

  /** There was not even a text to decide about. */
  malformed(): void {
    (this.results[PLACES.malformed] as number)++;
  }

  failed(): void {
    (this.results[UNAVAILABLE] as number)++;
  }
}

import { Histogram } from './histogram.ts';

const BOUNDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Answers of the management API, by operation. */
export class Requests {
  readonly byOperation = new Map<string, { statuses: Map<number, number>; seconds: Histogram }>();

  answered(operation: string, status: number, ms: number): void {
    let known = this.byOperation.get(operation);
    if (known === undefined) {
      known = { statuses: new Map(), seconds: new Histogram(BOUNDS) };
      this.byOperation.set(operation, known);
    }
    known.statuses.set(status, (known.statuses.get(status) ?? 0) + 1);
    known.seconds.add(ms / 1000);
  }
}

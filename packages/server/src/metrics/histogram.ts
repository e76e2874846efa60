/** How often values came that were at most so large, and their sum: a few words of memory that are counted up, and read when somebody asks. */
export class Histogram {
  readonly bounds: readonly number[];
  /** One for each bound, then one for what was larger. Not cumulative. */
  readonly counts: Float64Array;
  readonly #sum = new Float64Array(1);

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  get sum(): number {
    return this.#sum[0] as number; // it has one place
  }

  add(value: number): void {
    const { bounds } = this;
    let place = 0;
    while (place < bounds.length && value > (bounds[place] as number)) place++; // as long as there are bounds
    (this.counts[place] as number)++;
    (this.#sum[0] as number) += value;
  }
}

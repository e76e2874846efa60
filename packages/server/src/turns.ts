/** Runs the same work again and again, one at a time. Whoever asks while it runs shares the next run with all others who did. */
export class Turns<Result> {
  readonly #work: () => Promise<Result>;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<Result> | undefined;

  constructor(work: () => Promise<Result>) {
    this.#work = work;
  }

  /** One that begins after the call. */
  run(): Promise<Result> {
    if (this.#next !== undefined) return this.#next;
    const next = this.#running.then(() => {
      this.#next = undefined;
      const run = this.#work();
      this.#running = run.catch(() => {});
      return run;
    });
    this.#next = next;
    return next;
  }
}

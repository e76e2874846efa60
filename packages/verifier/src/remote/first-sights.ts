import { setImmediate } from 'node:timers';
import { limits } from '@keywright/core';
import { UnavailableError } from './unavailable.ts';

/** Asks the server; what it leaves out is not there for this verifier. Rejects with UnavailableError. */
export type AskForAll<Value> = (ids: readonly string[]) => Promise<ReadonlyMap<string, Value>>;

/** Somebody waits for it. */
interface Sight<Value> {
  readonly id: string;
  /** performance.now() */
  readonly since: number;
  readonly resolve: (value: Value | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What is seen for the first time: all that is wanted in one turn of the event loop goes in one request, few requests are under way at once, and
 * the others wait for their turn, in the order in which they came: for as long as two requests may take at most. Beyond a bound nobody
 * more is let in.
 */
export class FirstSights<Value> {
  readonly #ask: AskForAll<Value>;
  readonly #atOnceMax: number;
  #queue: Sight<Value>[] = [];
  #underWay = 0;
  #isDue = false;
  #size = 0;
  #asked = 0;

  constructor(ask: AskForAll<Value>, atOnceMax: number) {
    this.#ask = ask;
    this.#atOnceMax = atOnceMax;
  }

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** How many were ever asked for. */
  get asked(): number {
    return this.#asked;
  }

  load(id: string): Promise<Value | undefined> {
    if (this.#size >= limits.factsWaitingMax)
      return Promise.reject(new UnavailableError('Too many keys are seen for the first time at once.'));
    this.#asked++;
    this.#size++;
    this.#sendSoon();
    return new Promise((resolve, reject) => this.#queue.push({ id, since: performance.now(), resolve, reject }));
  }

  #sendSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#send();
    });
  }

  #send(): void {
    this.#giveUp();
    while (this.#queue.length > 0 && this.#underWay < limits.factsRequestsMax) {
      this.#underWay++;
      void this.#request(this.#queue.splice(0, this.#atOnceMax)).then(() => {
        this.#underWay--;
        this.#send();
      });
    }
  }

  /** Who has waited for longer than a request may take waits no more. */
  #giveUp(): void {
    const latest = performance.now() - limits.verifierRequestMs;
    const inTime = this.#queue.findIndex(({ since }) => since >= latest);
    const late = this.#queue.splice(0, inTime < 0 ? this.#queue.length : inTime);
    if (late.length > 0) this.#fail(late, new UnavailableError('The server did not answer in time.'));
  }

  async #request(batch: readonly Sight<Value>[]): Promise<void> {
    try {
      const found = await this.#ask(batch.map(({ id }) => id));
      this.#size -= batch.length;
      for (const { id, resolve } of batch) resolve(found.get(id));
    } catch (error) {
      this.#fail(batch, error);
    }
  }

  #fail(sights: readonly Sight<Value>[], error: unknown): void {
    this.#size -= sights.length;
    for (const { reject } of sights) reject(error);
  }
}

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
  readonly promise: Promise<Value | undefined>;
  readonly resolve: (value: Value | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** It has changed since it was asked for: what the server answers may be from before. */
  outdated: boolean;
}

/** Whether a change outdates what the server answers; undefined where there is nothing. */
type Outdates<Value> = (answer: Value | undefined) => boolean;

/**
 * Facts at first sight: all that are wanted in one turn of the event loop go in one request, few requests are under way at once, and
 * the others wait for their turn, in the order in which they came: for as long as two requests may take at most. Beyond a bound nobody
 * more is let in. What a change outdates while it is under way is asked for again.
 */
export class FirstSights<Value> {
  readonly #ask: AskForAll<Value>;
  readonly #atOnceMax: number;
  readonly #sights = new Map<string, Sight<Value>>();
  #queue: Sight<Value>[] = [];
  /** The changes that have come since, for each request that is under way. */
  readonly #underWay = new Set<Outdates<Value>[]>();
  #isDue = false;
  #asked = 0;

  constructor(ask: AskForAll<Value>, atOnceMax: number) {
    this.#ask = ask;
    this.#atOnceMax = atOnceMax;
  }

  /** How many wait. */
  get size(): number {
    return this.#sights.size;
  }

  /** How many were ever asked for. */
  get asked(): number {
    return this.#asked;
  }

  load(id: string): Promise<Value | undefined> {
    const known = this.#sights.get(id);
    if (known !== undefined) return known.promise;
    if (this.#sights.size >= limits.factsWaitingMax)
      return Promise.reject(new UnavailableError('Too many keys are seen for the first time at once.'));
    const { promise, resolve, reject } = Promise.withResolvers<Value | undefined>();
    const sight = { id, since: performance.now(), promise, resolve, reject, outdated: false };
    this.#asked++;
    this.#sights.set(id, sight);
    this.#queue.push(sight);
    this.#sendSoon();
    return promise;
  }

  /** A change of it has come. */
  outdate(id: string): void {
    const sight = this.#sights.get(id);
    if (sight !== undefined) sight.outdated = true;
  }

  /** A change has come that concerns whatever it fits; which that is, the answer says. */
  outdateWhere(fits: Outdates<Value>): void {
    for (const changes of this.#underWay) changes.push(fits);
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
    while (this.#queue.length > 0 && this.#underWay.size < limits.factsRequestsMax) {
      const changes: Outdates<Value>[] = [];
      this.#underWay.add(changes);
      void this.#request(this.#queue.splice(0, this.#atOnceMax), changes).then(() => {
        this.#underWay.delete(changes);
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

  async #request(batch: readonly Sight<Value>[], changes: readonly Outdates<Value>[]): Promise<void> {
    for (const sight of batch) sight.outdated = false;
    try {
      const found = await this.#ask(batch.map(({ id }) => id));
      const again: Sight<Value>[] = [];
      for (const sight of batch) {
        const answer = found.get(sight.id);
        if (sight.outdated || changes.some(fits => fits(answer))) again.push(sight);
        else {
          this.#sights.delete(sight.id);
          sight.resolve(answer);
        }
      }
      this.#queue.unshift(...again);
    } catch (error) {
      this.#fail(batch, error);
    }
  }

  #fail(sights: readonly Sight<Value>[], error: unknown): void {
    for (const { id, reject } of sights) {
      this.#sights.delete(id);
      reject(error);
    }
  }
}

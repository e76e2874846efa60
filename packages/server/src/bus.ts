import type { Announced } from './follower.ts';
import type { Figure } from './metrics/figures.ts';
import { Turns } from './turns.ts';

/** What processes of one server tell each other. Changes are heard of without it, too, only later: the feed is polled as well. */
export type Message =
  /** There is a new change: read it now. */
  | { type: 'changed' }
  /** How a follower of the feed stands; `leaseMs` is for how long it may go on without another word. */
  | { type: 'follower'; follower: Announced; leaseMs: number }
  | { type: 'gone'; id: string }
  /** The last batch of uses that a verifier has reported. */
  | { type: 'batch'; id: string; batch: number }
  /** A process that has just started asks which verifiers there are. */
  | { type: 'whoIsThere' }
  /** What the first process sends back, behind all that it had to pass on. */
  | { type: 'echo' }
  /** A node gathers the figures of all for /metrics, and the answer to that. */
  | { type: 'figuresWanted'; by: string; question: number }
  | { type: 'figures'; to: string; question: number; figures: Figure[] };

/** The line between the processes of one machine (node:cluster): the first of them passes each message on to all others. */
export class Bus {
  readonly #listeners: ((message: Message) => void)[] = [];
  readonly #isWorker: boolean;
  readonly #hearing = new Turns(() => this.#awaitEcho());
  #echoed = () => {};

  /** Any program may have started a process that is no worker of ours, and have a line to it. */
  constructor(isWorker: boolean) {
    this.#isWorker = isWorker;
    process.on('message', this.#hear);
  }

  publish(message: Message): void {
    // A process that was started by itself has nobody to tell. Whose parent has just ended is told so otherwise.
    if (process.connected) process.send?.({ keywright: message }, undefined, undefined, () => {});
  }

  subscribe(listener: (message: Message) => void): void {
    this.#listeners.push(listener);
  }

  /** Resolves once all has come that the first process had to pass on at the call: not while it stands still. */
  hear(): Promise<void> {
    return this.#hearing.run();
  }

  [Symbol.dispose](): void {
    process.off('message', this.#hear);
  }

  #awaitEcho(): Promise<void> {
    if (!this.#isWorker) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#echoed = resolve;
    this.publish({ type: 'echo' });
    return promise;
  }

  readonly #hear = (message: unknown): void => {
    const told = (message as { keywright?: Message } | null)?.keywright;
    if (told?.type === 'echo') this.#echoed();
    else if (told !== undefined) for (const listener of this.#listeners) listener(told);
  };
}

import { clearTimeout, setTimeout } from 'node:timers';
import { limits } from '@keywright/core';
import { readSequence } from './answers.ts';
import { type Lease, now } from './lease.ts';
import type { ServerDoor } from './server-door.ts';
import { RefusedError, type UnavailableError } from './unavailable.ts';

/** What a verifier says of itself with each acknowledgement. */
export interface Report {
  entries: number;
  hitRate: number;
}

/** Tells the server which changes were applied, and takes the lease from its answers. One is under way at a time. */
export class Acknowledgements {
  readonly #door: ServerDoor;
  readonly #path: string;
  readonly #lease: Lease;
  readonly #report: () => Report;
  /** The server has forgotten this verifier. */
  readonly #rejoin: () => void;
  readonly #onAnswer: () => void;
  #error: UnavailableError | undefined;
  #said = -1;
  #wanted = false;
  #underWay = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    door: ServerDoor,
    verifier: string,
    lease: Lease,
    does: { report: () => Report; rejoin: () => void; onAnswer: () => void },
  ) {
    this.#door = door;
    this.#path = `/verifiers/${verifier}/acknowledge`;
    this.#lease = lease;
    this.#report = does.report;
    this.#rejoin = does.rejoin;
    this.#onAnswer = does.onAnswer;
  }

  /** Why the server could not be told, the last time. */
  get error(): UnavailableError | undefined {
    return this.#error;
  }

  /** Events have come. What is new is said at once; and the lease is renewed shortly before the next heartbeat, which then completes it. */
  heard(): void {
    if (this.#lease.reached !== this.#said) this.#want();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#want();
    }, limits.heartbeatMs * 0.75).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#wanted = false;
  }

  /** The feed begins anew: what was said before counts for nothing. */
  again(): void {
    this.#said = -1;
  }

  #want(): void {
    this.#wanted = true;
    if (!this.#underWay) void this.#run();
  }

  async #run(): Promise<void> {
    this.#underWay = true;
    while (this.#wanted) {
      this.#wanted = false;
      await this.#acknowledge();
    }
    this.#underWay = false;
  }

  async #acknowledge(): Promise<void> {
    const { place, lagMs } = this.#lease;
    if (place === undefined) return;
    const body = { ...place, ...this.#report(), ...(lagMs !== null && { lagMs: Math.round(lagMs) }) };
    const askedAt = now();
    this.#said = place.sequence;
    try {
      const question = {
        method: 'POST',
        path: this.#path,
        body,
        answer: readSequence,
        ms: limits.acknowledgeMs,
      } as const;
      const answer = await this.#door.ask(question);
      this.#lease.answered(askedAt, answer.sequence, now());
      this.#error = undefined;
      this.#onAnswer();
    } catch (error) {
      this.#said = -1;
      this.#error = error as UnavailableError; // the door throws no other
      if (error instanceof RefusedError && error.refusedAs === 'not_found') this.#rejoin();
    }
  }
}

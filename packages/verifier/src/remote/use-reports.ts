import { clearInterval, setInterval, setTimeout } from 'node:timers';
import { limits } from '@keywright/core';
import type { Uses } from '../uses.ts';
import type { ServerDoor } from './server-door.ts';
import { RefusedError } from './unavailable.ts';

/** As reportUses takes it. */
interface Use {
  key: string;
  count: number;
  /** ISO 8601. */
  at: string;
  address: string | null;
  userAgent: string | null;
  api: string | null;
}

const AGAIN_MS = 100;
/** What no second try can mend. */
const HOPELESS = new Set([400, 413, 422]);

/**
 * Reports uses of keys each second, in numbered batches: of one that is sent twice, the server passes the second over. Until a batch
 * has arrived the uses that follow stay where they are taken down, which is bounded.
 */
export class UseReports {
  readonly #door: ServerDoor;
  readonly #path: string;
  readonly #uses: Uses;
  readonly #rejoin: () => void;
  readonly #timer: NodeJS.Timeout;
  #batch = 1;
  #waiting: Use[] = [];
  #running: Promise<void> | undefined;
  #refused = 0;

  constructor(door: ServerDoor, verifier: string, uses: Uses, rejoin: () => void) {
    this.#door = door;
    this.#path = `/verifiers/${verifier}/uses`;
    this.#uses = uses;
    this.#rejoin = rejoin;
    this.#timer = setInterval(() => void this.#report().catch(() => {}), limits.usesReportMs).unref();
  }

  /** Keys whose uses have not arrived yet, of those that were taken. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Uses that the server did not take, and those for which there was no room meanwhile. */
  get lost(): number {
    return this.#refused + this.#uses.lost;
  }

  /** Reports all that is left, however often it takes within `verifierRequestMs`. Rejects with UnavailableError when that was too short. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running?.catch(() => {});
    for (const until = performance.now() + limits.verifierRequestMs; ; )
      try {
        // What a report that failed has left comes first, and then what was used meanwhile.
        while (this.#waiting.length > 0 || this.#uses.size > 0) await this.#report();
        return;
      } catch (error) {
        const isFinal = error instanceof RefusedError && error.refusedWith < 500 && error.refusedAs !== 'not_found';
        if (isFinal || performance.now() > until) throw error;
        await new Promise(resolve => setTimeout(resolve, AGAIN_MS));
      }
  }

  #report(): Promise<void> {
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #sendAll(): Promise<void> {
    if (this.#waiting.length === 0) this.#waiting = takeUses(this.#uses);
    while (this.#waiting.length > 0) {
      const batch = firstOf(this.#waiting);
      await this.#send(batch);
      this.#batch++;
      this.#waiting = this.#waiting.slice(batch.length);
    }
  }

  async #send(uses: readonly Use[]): Promise<void> {
    try {
      const body = { batch: this.#batch, uses };
      await this.#door.ask({ method: 'POST', path: this.#path, body, answer: () => undefined });
    } catch (error) {
      if (error instanceof RefusedError && error.refusedAs === 'not_found') this.#rejoin();
      if (!(error instanceof RefusedError && HOPELESS.has(error.refusedWith))) throw error;
      this.#refused += uses.reduce((sum, { count }) => sum + count, 0);
    }
  }
}

/** Of each key one, where one can say them all: a key may have been taken down in several places. */
function takeUses(taken: Uses): Use[] {
  const uses = new Map<string, Use>();
  for (const { key, address, agent, api, ...use } of taken.take().slice()) {
    const before = uses.get(key);
    const count = use.count + (before?.count ?? 0);
    const at = new Date(use.at).toISOString();
    if (before !== undefined && before.at > at) before.count = count;
    else
      uses.set(key, {
        key,
        count,
        at,
        address: address !== null && address.length <= ADDRESS_CHARS_MAX ? address : null,
        userAgent: agent?.slice(0, limits.userAgentCharsMax).toWellFormed() ?? null,
        api,
      });
  }
  return [...uses.values()].flatMap(inParts);
}

function inParts(use: Use): Use[] {
  const rest = use.count - limits.reportedUsesMax;
  return rest <= 0 ? [use] : [{ ...use, count: limits.reportedUsesMax }, ...inParts({ ...use, count: rest })];
}

/** Of an IPv6 address that holds one of IPv4. */
const ADDRESS_CHARS_MAX = 45;

/** As many as fit into one request. */
function firstOf(uses: readonly Use[]): readonly Use[] {
  let bytes = 0;
  const end = uses.findIndex((use, n) => {
    bytes += Buffer.byteLength(JSON.stringify(use)) + 1;
    return n >= limits.usesAtOnceMax || bytes > limits.usesReportBytesMax;
  });
  return end < 0 ? uses : uses.slice(0, end);
}

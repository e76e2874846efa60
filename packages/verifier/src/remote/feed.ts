import { clearTimeout, setTimeout } from 'node:timers';
import { limits } from '@keywright/core';
import { type Place, readChange, readPlace } from './answers.ts';
import { EventStreamParser, type ServerEvent } from './event-stream.ts';
import type { ServerDoor } from './server-door.ts';
import { parseJson } from './shapes.ts';
import { RefusedError, UnavailableError } from './unavailable.ts';

export type FeedEvent =
  | ({ type: 'change' } & ReturnType<typeof readChange>)
  /** All changes up to there have been sent. */
  | ({ type: 'heartbeat' } & Place)
  /** What was known before is worth nothing; the feed goes on from there. */
  | ({ type: 'reset' } & Place);

export interface FeedListener {
  /** What came in one piece. */
  hear(events: readonly FeedEvent[]): void;
  /** The connection is gone, or was not to be had. */
  failed(): void;
}

/** A connection that brings no event for so long is dead, even if it stays open. */
const SILENT_MS_MAX = 3 * limits.heartbeatMs;

/** The changes of the server over one connection, made again whenever it breaks, falls silent, or brings what can not be read. */
export class Feed {
  readonly #door: ServerDoor;
  /** The path to ask for now. */
  readonly #path: () => string;
  readonly #does: FeedListener;
  #connection: AbortController | undefined;
  #endPause: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #closed = false;
  #connected = false;
  #error: UnavailableError | undefined;

  constructor(door: ServerDoor, path: () => string, does: FeedListener) {
    this.#door = door;
    this.#path = path;
    this.#does = does;
  }

  /** Whether events come in. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Why they do not. */
  get error(): UnavailableError | undefined {
    return this.#error;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends this connection and makes a new one. */
  reconnect(): void {
    this.#connection?.abort();
    this.#endPause?.();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.reconnect();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#closed; ) {
      const heard = await this.#follow();
      failures = heard ? 0 : failures + 1;
      if (!this.#closed) await this.#pause(this.#pauseMs(failures));
    }
  }

  /** Follows one connection to its end; answers whether it brought anything. */
  async #follow(): Promise<boolean> {
    const connection = new AbortController();
    this.#connection = connection;
    const watch = setTimeout(() => connection.abort(), SILENT_MS_MAX);
    let heard = false;
    try {
      for await (const events of eventsOf(await this.#door.stream(this.#path(), connection.signal))) {
        if (connection.signal.aborted) break;
        watch.refresh();
        heard = this.#connected = true;
        this.#error = undefined;
        this.#does.hear(events);
      }
      this.#error = new UnavailableError('The server has ended the feed.');
    } catch (error) {
      this.#error = asUnavailable(error);
    } finally {
      clearTimeout(watch);
      connection.abort();
      this.#connected = false;
    }
    this.#does.failed();
    return heard;
  }

  /** Exponential, with full jitter, so that the verifiers of a server that was away do not come back all at once. */
  #pauseMs(failures: number): number {
    const growing = Math.min(limits.reconnectMsMax, limits.reconnectMsMin * 2 ** failures);
    return Math.random() * (isRefusal(this.#error) ? limits.refusedReconnectMs : growing);
  }

  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(() => this.#endPause?.(), ms);
      timer.unref();
      this.#endPause = () => {
        clearTimeout(timer);
        this.#endPause = undefined;
        resolve();
      };
    });
  }
}

/** Whether the server has understood, and does not want this verifier. */
export function isRefusal(error: unknown): error is RefusedError {
  return error instanceof RefusedError && error.refusedWith < 500;
}

function asUnavailable(error: unknown): UnavailableError {
  if (error instanceof UnavailableError) return error;
  const { message = String(error) } = error instanceof Error ? error : {};
  return new UnavailableError(`The feed broke: ${message}`, { cause: error });
}

async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<FeedEvent[]> {
  const parser = new EventStreamParser();
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = parser.push(decoder.decode(value, { stream: true })).flatMap(event => readEvent(event) ?? []);
    if (events.length > 0) yield events;
  }
}

/** What a newer server says besides is passed over. */
function readEvent({ type, data }: ServerEvent): FeedEvent | undefined {
  if (type === 'change') return { type, ...readChange(parseJson(data, 'a change'), 'a change') };
  if (type === 'heartbeat' || type === 'reset') return { type, ...readPlace(parseJson(data, 'the feed'), 'the feed') };
  return undefined;
}

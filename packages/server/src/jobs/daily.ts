import { setTimeout as pause } from 'node:timers/promises';
import { DAY_MS, limits } from '@keywright/core';
import {
  deleteQuotasBefore,
  deleteReservationsBefore,
  keysUnusedSince,
  lastUseBatch,
  listUseBatches,
  type Tx,
} from '@keywright/store';
import type { App } from '../app.ts';
import { openMail } from '../mail.ts';
import { toKeywrightError } from '../map-error.ts';
import { deactivateIdleKeys } from './idle-keys.ts';
import { mailNotices } from './mail-notices.ts';
import { giveNotices } from './notices.ts';
import { mergedByKey, SETTLED_AT_ONCE } from './record-uses.ts';

/** All that is to be done once a day. Safe to repeat, and to run on several nodes. */
export async function runDaily(app: App, at: number, stopping?: AbortSignal): Promise<void> {
  // What was used until now counts as used.
  await app.uses.flush();
  if (!stopping?.aborted) await settleLongUnused(app, at, stopping);
  // In a hurry, what others had put by does not.
  if (stopping?.aborted) return;
  await deactivateIdleKeys(app, at);
  await giveNotices(app, at);
  await forget(app, stopping, (tx, limit) => deleteQuotasBefore(tx, at - limits.quotaKeptDays * DAY_MS, limit));
  // Who asks a second time within a day is told what became of it.
  await forget(app, stopping, (tx, limit) => deleteReservationsBefore(tx, at - DAY_MS, limit));
  const send = openMail(app.config);
  if (send !== undefined) await mailNotices(app, send, at, stopping);
}

/** Other nodes settle what they have put by minutes later: where it is the first use for a day, it has to be known here before. */
async function settleLongUnused({ store }: App, at: number, stopping: AbortSignal | undefined): Promise<void> {
  const until = await lastUseBatch(store.db); // there are always more
  for (let after = 0; after < until && !stopping?.aborted; await pause(REST_MS)) {
    const [batch] = await listUseBatches(store.db, after, 1);
    if (batch === undefined) return;
    after = batch.id;
    const keys = batch.uses.map(({ key }) => key);
    const unused = await keysUnusedSince(store.db, keys, at - DAY_MS);
    // Their counts are settled by the others.
    const uses = batch.uses.filter(({ key }) => unused.has(key)).map(use => ({ ...use, count: 0 }));
    for (let n = 0; n < uses.length; n += SETTLED_AT_ONCE)
      await store.uses.writeUses(mergedByKey(uses.slice(n, n + SETTLED_AT_ONCE)));
  }
}

/** A few milliseconds' work on SQLite, for which requests wait, and a rest of several times that. */
const FORGOTTEN_AT_ONCE = 200;
const REST_MS = 25;

/** A transaction for each piece, until nothing is left or the node is stopping: what is left then is found by the next start. */
async function forget(
  { store }: App,
  stopping: AbortSignal | undefined,
  some: (tx: Tx, limit: number) => Promise<number>,
): Promise<void> {
  while (!stopping?.aborted && (await store.transact(tx => some(tx, FORGOTTEN_AT_ONCE))) === FORGOTTEN_AT_ONCE)
    await pause(REST_MS);
}

/** What the database did not let be done is tried again so much later. */
const RETRY_MS = 1000;

/** Runs it at the start and each 24 hours, off the path of requests. */
export class DailyJob {
  readonly #app: App;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  start(): void {
    this.#run();
    this.#timer = setInterval(() => this.#run(), DAY_MS).unref();
  }

  /** Once nobody verifies any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#retry);
    this.#stopping.abort();
    this.#app.uses.hurry();
    await this.#running;
  }

  #run(): void {
    this.#running ??= runDaily(this.#app, this.#app.now(), this.#stopping.signal)
      .catch(error => this.#failed(error))
      .finally(() => {
        this.#running = undefined;
      });
  }

  #failed(error: unknown): void {
    // Only its words: the error of a mail server may hold what was said to it.
    const { message: reason } = error as Error;
    if (toKeywrightError(error).code !== 'unavailable' || this.#stopping.signal.aborted) {
      this.#app.log.error({ reason }, 'the daily job has failed; it runs again in 24 hours');
      return;
    }
    this.#app.log.debug({ reason }, 'the daily job waits for the database');
    this.#retry = setTimeout(() => this.#run(), RETRY_MS).unref();
  }
}

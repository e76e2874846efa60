import { DAY_MS, limits } from '@keywright/core';
import { deleteQuotasBefore } from '@keywright/store';
import type { App } from '../app.ts';
import { openMail } from '../mail.ts';
import { deactivateIdleKeys } from './idle-keys.ts';
import { mailNotices } from './mail-notices.ts';
import { giveNotices } from './notices.ts';

/** All that is to be done once a day. Safe to repeat, and to run on several nodes. */
export async function runDaily(app: App, at: number, stopping?: AbortSignal): Promise<void> {
  // What was used until now counts as used.
  await app.uses.flush();
  await deactivateIdleKeys(app, at);
  await giveNotices(app, at);
  await app.store.transact(tx => deleteQuotasBefore(tx, at - limits.quotaKeptDays * DAY_MS));
  const send = openMail(app.config);
  if (send !== undefined) await mailNotices(app, send, at, stopping);
}

/** Runs it at the start and each 24 hours, off the path of requests. */
export class DailyJob {
  readonly #app: App;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(app: App) {
    this.#app = app;
  }

  start(): void {
    this.#run();
    this.#timer = setInterval(() => this.#run(), DAY_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    await this.#running;
  }

  #run(): void {
    const { log, now } = this.#app;
    this.#running ??= runDaily(this.#app, now(), this.#stopping.signal)
      // Only its words: the error of a mail server may hold what was said to it.
      .catch(error =>
        log.error({ reason: (error as Error).message }, 'the daily job has failed; it runs again in 24 hours'),
      )
      .finally(() => {
        this.#running = undefined;
      });
  }
}

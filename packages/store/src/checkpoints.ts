import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';

/** Rows that are few enough for whoever writes them to move their pages from the write-ahead log into the file on the way. */
const ROWS_FEW = 20_000;
/** Pages in the log, 400 MB, before whoever writes moves them after all, should the thread not have done so. */
const LOG_PAGES_MAX = 100_000;
/** For what comes within that time the thread is woken once. */
const SOON_MS = 500;

/**
 * Moves the write-ahead log of a SQLite file into the file. Where little is written, SQLite does that after a commit, which takes it a moment. From
 * the time on that much was written a thread does it: it would hold up all requests of this process for some tens of milliseconds again and again.
 */
export class Checkpoints implements AsyncDisposable {
  readonly #file: string;
  readonly #writing: readonly DatabaseSync[];
  readonly #rowsWritten: readonly StatementSync[];
  readonly #onError: (error: Error) => void;
  #worker: Worker | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `writing` are the connections of this process that write to the file. They move the log themselves when the thread fails, which is told. */
  constructor(file: string, writing: readonly DatabaseSync[], onError: (error: Error) => void) {
    this.#file = file;
    this.#onError = onError;
    this.#writing = writing;
    this.#rowsWritten = writing.map(one => one.prepare('select total_changes() as rows'));
  }

  /** A transaction was committed. */
  committed(): void {
    if (this.#worker !== undefined || this.#countRows() > ROWS_FEW) this.soon();
  }

  /** Much was written. */
  soon(): void {
    this.#worker ??= this.#start();
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#worker?.postMessage(null);
    }, SOON_MS).unref();
  }

  #countRows(): number {
    return this.#rowsWritten.reduce((sum, statement) => sum + Number(statement.get()?.rows), 0);
  }

  #start(): Worker {
    for (const one of this.#writing) one.exec(`PRAGMA wal_autocheckpoint = ${LOG_PAGES_MAX}`);
    const worker = new Worker(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: this.#file, env: {} });
    worker.on('error', this.#onError).unref();
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
  }
}

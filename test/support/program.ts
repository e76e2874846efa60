import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { environment } from './config.ts';
import { atEnd } from './leash.ts';
import { until } from './until.ts';

export interface ProgramOptions {
  command: string;
  args: readonly string[];
  folder: string;
  /** Where its output goes. */
  logFile: string;
  /** What it finds in the environment besides ours. */
  env?: Record<string, string> | undefined;
  /** The user that it runs as, where this process may choose. */
  user?: User | undefined;
  /** The signal on which it ends at once, but tidily. */
  endSignal: NodeJS.Signals;
}

export interface User {
  uid: number;
  gid: number;
}

/** Asks `$1` to end by signal `$2`, and forces it after five seconds. */
const END_PROGRAM =
  'kill -s "$2" "$1"; n=0; while kill -0 "$1" && [ $n -lt 50 ]; do n=$((n+1)); sleep 0.1; done; kill -9 "$1"';

/** A program that runs beside the tests. It ends with this process, even when this process is killed. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #endSignal: NodeJS.Signals;
  readonly #exited: Promise<void>;

  /** Only `start` makes one: by then the child has a pid. */
  private constructor(child: ChildProcess, { logFile, endSignal }: ProgramOptions) {
    this.#child = child;
    this.#logFile = logFile;
    this.#endSignal = endSignal;
    const leash = atEnd(END_PROGRAM, String(child.pid), endSignal.slice('SIG'.length));
    this.#exited = once(child, 'exit').then(() => leash.release());
  }

  static async start(options: ProgramOptions): Promise<Program> {
    const { command, args, folder, logFile, env, user } = options;
    const log = openSync(logFile, 'a');
    // Detached: Ctrl-C reaches the tests alone, and they end what they started.
    const child = spawn(command, args, {
      cwd: folder,
      env: environment(env),
      stdio: ['ignore', log, log],
      detached: true,
      ...user,
    });
    closeSync(log);
    child.unref();
    await once(child, 'spawn');
    return new Program(child, options);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }

  /** Waits until the question is answered; fails at once, with the end of its log, when the program has ended. */
  async answers(question: () => Promise<unknown>): Promise<void> {
    const name = basename(this.#child.spawnfile);
    const asked = async () => {
      if (this.#running) await question();
      return true;
    };
    await until(asked, { ms: 30_000, what: `${name} to answer` });
    if (!this.#running) throw new Error(`${name} has ended:\n${this.log().slice(-2000)}`);
  }

  /** Sends a signal, unless it has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#running) this.#child.kill(signal);
  }

  /** Sends a signal, and waits until it has ended. */
  async end(signal: NodeJS.Signals = this.#endSignal): Promise<void> {
    this.#child.ref();
    this.signal(signal);
    await this.#exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  get #running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { environment } from '../support/config.ts';
import { atEnd } from '../support/leash.ts';
import { root } from '../support/source-tree.ts';

const LAUNCHER = join(root, 'packages', 'cli', 'bin', 'keywright.js');

export interface ProcessOptions {
  /** Words after `keywright`; `serve` when left out. Behind `npm start` those after that. */
  words?: readonly string[];
  env?: Record<string, string>;
  node?: string;
  /** Flags of node itself. */
  nodeFlags?: readonly string[];
  /** The program that node runs; the one of the command line when left out. */
  launcher?: string;
  /** The repository in which `npm start` starts it instead, in a process group of its own, as from a terminal. */
  npm?: string;
  uid?: number | undefined;
  /** Whether a terminal shows what it says: all of it, in `stdout`. */
  inTerminal?: boolean;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Nothing of the shell that runs the tests decides where and how the server runs. */
const PLAIN = {
  KEYWRIGHT_PORT: '0',
  KEYWRIGHT_HOST: '127.0.0.1',
  KEYWRIGHT_URL: '',
  KEYWRIGHT_TRUSTED_PROXIES: '',
  KEYWRIGHT_FORWARDED_HEADERS: 'x-forwarded',
  KEYWRIGHT_RATE_LIMIT_STATUS: '429',
  KEYWRIGHT_LOG: 'warn',
  KEYWRIGHT_OPEN_ACCESS: '',
  KEYWRIGHT_DRAIN_WAIT_MS: '',
  KEYWRIGHT_METRICS: '',
  KEYWRIGHT_METRICS_TOKEN: '',
  KEYWRIGHT_PROFILE: '',
  KEYWRIGHT_SERVER: '',
  KEYWRIGHT_TOKEN: '',
  KEYWRIGHT_CREDENTIAL: '',
  KEYWRIGHT_SECRET: '',
  DATABASE_URL: '',
  REDIS_URL: '',
};

/** `keywright …` as a process of its own, as a person starts it. It ends with this process at the latest. */
export class KeywrightProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #hasGroup: boolean;
  #stdout = '';
  #stderr = '';
  /** When it has ended and all that it said has arrived. */
  readonly ended: Promise<Ended>;

  constructor(options: ProcessOptions = {}) {
    const { env = {}, npm, uid } = options;
    const command = npm === undefined ? commandOf(options) : ([...NPM_START, ...(options.words ?? [])] as const);
    const [program, ...args] = options.inTerminal ? terminalOf(command) : command;
    this.#hasGroup = npm !== undefined;
    this.#child = spawn(program, args, {
      cwd: npm ?? '/',
      detached: this.#hasGroup,
      env: environment({ ...PLAIN, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    const leash = atEnd('kill -s KILL -- "$1"', String(this.#hasGroup ? -this.pid : this.pid));
    this.#child.stdout?.setEncoding('utf8').on('data', text => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', text => {
      this.#stderr += text;
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => {
      leash.release();
      return { code, signal, stdout: this.#stdout, stderr: this.#stderr };
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The url at which it says that it listens; rejects with what it said when it ends before. */
  async listening(): Promise<string> {
    const url = () => /listens on (http:\S+)/.exec(this.#stdout)?.[1];
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = () => {
      const found = url();
      if (found !== undefined) resolve(found);
    };
    look();
    this.#child.stdout?.on('data', look);
    this.ended.then(({ code, stderr }) => reject(new Error(`keywright has ended with ${code}: ${stderr}`)));
    return promise;
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** Sends the signal to all processes of its group, as a terminal does on Ctrl-C, and waits for the end of all. */
  async endGroup(signal: NodeJS.Signals): Promise<Ended> {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // what kill throws is a system error
    }
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#hasGroup ? this.endGroup('SIGKILL') : this.end('SIGKILL'));
  }
}

/** Without lines of npm's own. */
const NPM_START = ['npm', '--silent', 'start', '--'] as const;

function commandOf(options: ProcessOptions): [program: string, ...args: string[]] {
  const { words = ['serve'], node = process.execPath, nodeFlags = [], launcher = LAUNCHER } = options;
  return [node, ...nodeFlags, launcher, ...words];
}

/** The same in a terminal. Source: script(1). */
function terminalOf(command: readonly string[]): [program: string, ...args: string[]] {
  const quoted = command.map(word => `'${word.replaceAll("'", `'\\''`)}'`);
  return ['script', '--quiet', '--return', '--flush', '--command', quoted.join(' '), '/dev/null'];
}

import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { isSetUp, openStore } from '@keywright/store';
import { announce } from './announce.ts';
import type { Message } from './bus.ts';
import { type Config, ConfigError, type Flags, readConfig } from './config.ts';
import { openDataFolder } from './data-folder.ts';
import { holdPort } from './listen.ts';
import { demandNotMoved } from './maintenance/moved.ts';
import { openApp } from './open-app.ts';
import { sharedSetupToken } from './setup-token.ts';

/** So many in a row that end before they listen are not replaced any more. */
const FAILED_STARTS_MAX = 5;

type Told<Type> = Extract<Message, { type: Type }>;
type FromWorker = { keywright?: Message; listening?: string; failed?: { message: string; exitCode: number } };

/**
 * Several processes on one port and one database. This one holds the data folder, passes on what the workers tell each other and
 * replaces one that dies; it serves nothing itself. Throws ConfigError as a single process does.
 */
export async function openWorkers(config: Config): Promise<AsyncDisposable> {
  const opened = new AsyncDisposableStack();
  try {
    opened.use(openDataFolder(config.data, true, config.secret));
    demandNotMoved(config.data, config.database);
    // Brought up to date once, before several want to.
    const setUp = await isSetUpAlready(config);
    const setupToken =
      config.secret === undefined ? randomBytes(24).toString('base64url') : sharedSetupToken(config.secret);
    const { port } = opened.use(await holdPort(config));
    const workers = opened.use(new Workers({ setupToken, port }));
    const origin = await workers.start(config.workers);
    announce(origin, config.openAccess, setUp ? undefined : setupToken);
    const owned = opened.move();
    return { [Symbol.asyncDispose]: () => owned.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function isSetUpAlready(config: Config): Promise<boolean> {
  try {
    await using store = await openStore(config.database);
    return await isSetUp(store.db);
  } catch (error) {
    throw new ConfigError(`The database can not be opened: ${(error as Error).message}.`, { cause: error });
  }
}

class Workers implements AsyncDisposable {
  readonly #told: Config['worker'];
  /** What each worker told last of the node that it is. */
  readonly #nodes = new Map<Worker, Told<'follower'>>();
  #stopping = false;
  #failedStarts = 0;

  constructor(told: Config['worker']) {
    this.#told = told;
  }

  /** Answers with where they listen, once the first of them does. */
  async start(count: number): Promise<string> {
    const started = Array.from({ length: count }, () => this.#fork());
    return Promise.all(started).then(([origin]) => origin ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    const workers = Object.values(cluster.workers ?? {}).filter(worker => worker !== undefined);
    const ended = workers.map(worker => (worker.isDead() ? undefined : once(worker, 'exit')));
    for (const worker of workers) worker.process.kill('SIGTERM');
    await Promise.all(ended);
  }

  #fork(): Promise<string> {
    const worker = cluster.fork({ KEYWRIGHT_WORKER: JSON.stringify(this.#told) });
    const listening = Promise.withResolvers<string>();
    let hasListened = false;
    worker.on('message', (told: FromWorker) => {
      if (told.listening !== undefined) {
        hasListened = true;
        this.#failedStarts = 0;
        listening.resolve(told.listening);
      }
      if (told.failed !== undefined) listening.reject(new ConfigError(told.failed.message));
      if (told.keywright !== undefined) this.#passOn(worker, told.keywright);
    });
    worker.on('exit', code => {
      listening.reject(new ConfigError(`A worker has ended with exit code ${code} before it could listen.`));
      const node = this.#nodes.get(worker)?.follower;
      this.#nodes.delete(worker);
      if (node !== undefined) this.#tellAllBut(worker, { type: 'gone', id: node.id });
      if (!hasListened) this.#failedStarts++;
      if (!this.#stopping) this.#replace();
    });
    return listening.promise;
  }

  #replace(): void {
    if (this.#failedStarts > FAILED_STARTS_MAX) {
      console.error('Workers end again and again right after their start: see above for why.');
      process.exit(1);
    }
    this.#fork().catch(error => console.error((error as Error).message));
  }

  #passOn(from: Worker, message: Message): void {
    if (message.type === 'follower') {
      // What was said before its end may come after it.
      if (from.isDead()) return;
      if (message.follower.kind === 'node') this.#keep(from, message);
    }
    if (message.type === 'echo') send(from, message);
    else if (message.type === 'figures') this.#tell(message.to, message);
    else this.#tellAllBut(from, message);
  }

  /** Whoever is new here knows of all others by the next echo; whoever asks for an echo after that, of the new one. */
  #keep(from: Worker, told: Told<'follower'>): void {
    if (!this.#nodes.has(from)) for (const other of this.#nodes.values()) send(from, other);
    this.#nodes.set(from, told);
  }

  #tell(node: string, keywright: Message): void {
    for (const [worker, { follower }] of this.#nodes) if (follower.id === node) send(worker, keywright);
  }

  #tellAllBut(from: Worker, keywright: Message): void {
    for (const worker of Object.values(cluster.workers ?? {}))
      if (worker !== undefined && worker !== from) send(worker, keywright);
  }
}

/** One that ends meanwhile hears no more: that is no error of the others, nor of the worker's end. */
function send(worker: Worker, keywright: Message): void {
  if (worker.isConnected()) worker.send({ keywright }, () => {});
}

/** What a worker does: serves until its parent tells it to stop, or is gone. */
export async function work(flags: Flags): Promise<void> {
  process.umask(0o077);
  try {
    const running = await openApp(readConfig(flags));
    const stop = () => void stopWorker(running);
    // Ctrl-C reaches every process of the terminal; the parent says when.
    process.on('SIGINT', () => {});
    process.once('SIGTERM', stop);
    process.once('disconnect', stop);
    process.send?.({ listening: running.app.origin() });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.send?.({ failed: { message: error.message, exitCode: error.exitCode } }, () =>
      process.exit(error.exitCode),
    );
  }
}

async function stopWorker(running: AsyncDisposable): Promise<void> {
  try {
    await running[Symbol.asyncDispose]();
    process.exit();
  } catch (error) {
    console.error(`The last uses of keys were not written: ${(error as Error).message}`);
    process.exit(1);
  }
}

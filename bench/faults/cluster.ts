import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startNodes } from '../../test/nodes/start-nodes.ts';
import { findOrInstall } from '../../test/support/debian.ts';
import { freePort } from '../../test/support/ports.ts';
import { type Postgres, startPostgres } from '../../test/support/postgres.ts';
import { Program } from '../../test/support/program.ts';
import { TcpProxy } from '../../test/support/tcp-proxy.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { STALE_MAX_MS, type World } from './rounds.ts';

const NODES = 4;
/** The node that stands behind a line which can break. */
const BEHIND_PROXY = 2;
/** The node whose clock can be wrong. */
const WITH_CLOCK = 3;

export interface Restartable {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** Four nodes on one PostgreSQL and one Redis, each of which can be hurt. */
export interface Cluster extends World, AsyncDisposable {
  postgres: Postgres;
  redis: Restartable & { url: string };
  proxy: TcpProxy;
  killNode(n: number): Promise<void>;
  startNode(n: number): Promise<void>;
  signalNode(n: number, signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** So many seconds wrong. */
  setClock(seconds: number): void;
}

export async function openCluster(): Promise<Cluster> {
  await using stack = new AsyncDisposableStack();
  await findOrInstall(FAKETIME);
  const [faketime = ''] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
  const folder = stack.use(tempFolder());
  const postgres = stack.use(await startPostgres({ durable: true }));
  const redis = stack.use(await startRedis(folder.path));
  const url = await postgres.createDatabase();
  const proxy = stack.use(await TcpProxy.start(url));
  const clock = join(folder.path, 'clock');
  const setClock = (seconds: number) => writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
  setClock(0);
  const shared = { KEYWRIGHT_STALE_MAX_MS: String(STALE_MAX_MS), REDIS_URL: redis.url };
  const own: Record<number, Record<string, string>> = {
    [BEHIND_PROXY]: { DATABASE_URL: proxy.through(url) },
    [WITH_CLOCK]: {
      LD_PRELOAD: faketime,
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: '1',
      // As of a machine whose clock is set: what counts from its start goes on.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  };
  const started = stack.use(await startNodes(1, url, shared));
  const nodes = [...started.nodes];
  const isDown = Array<boolean>(NODES).fill(false);
  const startNode = async (n: number) => {
    nodes[n] = await started.start(own[n]);
    isDown[n] = false;
  };
  for (let n = 1; n < NODES; n++) await startNode(n);
  const at = (n: number) => nodes[n] ?? started.nodes[0] ?? fail(n);
  const owned = stack.move();
  return {
    places: Array.from({ length: NODES }, (_, n) => ({
      name: `node ${n + 1}`,
      url: () => at(n).url,
      isDown: () => isDown[n] === true,
      log: () => at(n).process.stderr,
      isOnLine: n === BEHIND_PROXY,
    })),
    token: started.token,
    postgres,
    redis,
    proxy,
    setClock,
    startNode,
    async killNode(n) {
      isDown[n] = true;
      await at(n).process.end('SIGKILL');
    },
    signalNode: (n, signal) => {
      isDown[n] = signal === 'SIGSTOP';
      process.kill(at(n).process.pid, signal);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const FAKETIME = { title: 'faketime', programs: ['faketime'], folders: [], packages: ['faketime'] };
const REDIS = { title: 'Redis', programs: ['redis-server'], folders: [], packages: ['redis-server'] };

async function startRedis(folder: string): Promise<Restartable & AsyncDisposable & { url: string }> {
  const command = await findOrInstall(REDIS);
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const start = () =>
    Program.start({ command, args, folder, logFile: join(folder, 'redis.log'), endSignal: 'SIGTERM' });
  let program = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => program.end('SIGKILL'),
    async restart() {
      program = await start();
    },
    [Symbol.asyncDispose]: () => program.end(),
  };
}

function fail(n: number): never {
  throw new Error(`there is no node ${n}`);
}

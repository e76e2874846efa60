import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { findOrInstall } from './debian.ts';
import { freePort } from './ports.ts';
import { Program } from './program.ts';
import { tempFolder } from './temp-folder.ts';

const REDIS = { title: 'Redis', programs: ['redis-server', 'valkey-server'], folders: [], packages: ['redis-server'] };

/** A Redis of its own that keeps nothing on disk, on a free port of 127.0.0.1. */
export interface RedisServer extends AsyncDisposable {
  url: string;
  /** Ends it by `kill -9`. */
  kill(): Promise<void>;
  /** Stops it so that it answers nobody, and says nothing to anybody; and lets it go on. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same port, empty, after `kill`. */
  restart(): Promise<void>;
}

export async function startRedis(): Promise<RedisServer> {
  const command = await findOrInstall(REDIS);
  const folder = tempFolder();
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const launch = async () => {
    const logFile = join(folder.path, 'log');
    const program = await Program.start({ command, args, folder: folder.path, logFile, endSignal: 'SIGTERM' });
    await program.answers(() => ping(port));
    return program;
  };
  let running = await launch();
  const signal = (name: NodeJS.Signals) => process.kill(running.pid ?? 0, name);
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => running.end('SIGKILL'),
    freeze: () => void signal('SIGSTOP'),
    thaw: () => void signal('SIGCONT'),
    async restart() {
      running = await launch();
    },
    async [Symbol.asyncDispose]() {
      await running.end('SIGKILL');
      folder[Symbol.dispose]();
    },
  };
}

async function ping(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = await once(socket, 'data');
    if (!String(answer).startsWith('+PONG')) throw new Error(String(answer));
  } finally {
    socket.destroy();
  }
}

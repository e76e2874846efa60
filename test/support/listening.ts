import { once } from 'node:events';
import { chownSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { Program, type User } from './program.ts';
import { type TempFolder, tempFolder } from './temp-folder.ts';

export interface Listening extends AsyncDisposable {
  url: string;
  port: number;
  /** What it wrote to its log. */
  log(): string;
}

export interface Listener {
  command: string;
  args: readonly string[];
  /** Its files by name, made for the port of 127.0.0.1 that it shall listen on; it runs in the folder where they lie. */
  files(port: number): Record<string, string>;
  /** Done once the folder is there. */
  prepare?(folder: string): void;
  env?(folder: string): Record<string, string>;
  /** The user that it runs as, to whom its folder then belongs. */
  user?: User | undefined;
}

/** A program that listens, with a folder and a port of its own. */
export async function startListening({ command, args, files, prepare, env, user }: Listener): Promise<Listening> {
  await using stack = new AsyncDisposableStack();
  const folder: TempFolder = stack.use(tempFolder());
  const port = await freePort();
  if (user) chownSync(folder.path, user.uid, user.gid);
  prepare?.(folder.path);
  for (const [name, text] of Object.entries(files(port))) writeFileSync(join(folder.path, name), text);
  const logFile = join(folder.path, 'log');
  const options = { command, args, folder: folder.path, logFile, env: env?.(folder.path), user };
  const program = stack.use(await Program.start({ ...options, endSignal: 'SIGTERM' }));
  await program.answers(() => connects(port));
  const started = stack.move();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    log: () => program.log(),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function connects(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KeywrightProcess } from '../../test/robust/server-process.ts';
import { setUp } from '../../test/robust/set-up.ts';
import { findOrInstall } from '../../test/support/debian.ts';
import { Program } from '../../test/support/program.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { until } from '../../test/support/until.ts';
import { STALE_MAX_MS, type World } from './rounds.ts';

const run = promisify(execFile);
const SIZE_MB = 48;
const BALLAST_BYTES = 65_536;

/** One node on SQLite, on a small disk of its own (tmpfs, which only root can mount). */
export interface Disk extends World, AsyncDisposable {
  /** Until nothing more goes onto it. */
  fill(): void;
  empty(): void;
  /** Lets each fsync of the node fail, as that of a broken disk does, until what is answered has ended. */
  failSyncs(): Promise<{ end(): Promise<void> }>;
}

export async function openDisk(): Promise<Disk> {
  await using stack = new AsyncDisposableStack();
  const strace = await findOrInstall({ title: 'strace', programs: ['strace'], folders: [], packages: ['strace'] });
  const folder = stack.use(tempFolder());
  const disk = join(folder.path, 'disk');
  mkdirSync(disk);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MB}m,mode=700`, 'tmpfs', disk]);
  stack.defer(async () => void (await run('umount', ['-l', disk])));
  const env = { KEYWRIGHT_DATA: join(disk, 'data'), KEYWRIGHT_STALE_MAX_MS: String(STALE_MAX_MS) };
  const node = stack.use(new KeywrightProcess({ env }));
  const { token } = await setUp(node);
  const url = await node.listening();
  const ballast = join(disk, 'ballast');
  const owned = stack.move();
  return {
    token,
    places: [{ name: 'the node', url: () => url, isDown: () => false, log: () => node.stderr }],
    fill() {
      for (;;) {
        try {
          writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES), { flag: 'a' });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return; // what fs throws is a system error
          throw error;
        }
      }
    },
    empty: () => rmSync(ballast),
    async failSyncs() {
      const logFile = join(folder.path, 'strace.log');
      const inject = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO'];
      const args = ['-f', '-p', String(node.pid), ...inject];
      const tracing = await Program.start({
        command: strace,
        args,
        folder: folder.path,
        logFile,
        endSignal: 'SIGTERM',
      });
      await until(() => tracing.log().includes('attached'), { what: 'strace to be attached' });
      return tracing;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

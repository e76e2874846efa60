import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../test/support/ports.ts';
import { Program } from '../test/support/program.ts';
import { SERVER_CORE } from './load.ts';

export interface PinnedServer extends AsyncDisposable {
  port: number;
  /** The processor time that it has had so far. */
  processorSeconds(): number;
  /** Of ours alone: its own memory once garbage is gone; what it has read of a file and mapped the kernel can take back. */
  settledBytes(): Promise<number>;
  /** Until it goes on it does nothing, also nothing at the side, on the core that it shares with others. */
  standStill(): void;
  goOn(): void;
}

interface Place {
  env?: (port: number) => Record<string, string>;
  /** One or several, as taskset takes them; that of the servers unless told. */
  core?: number | string | undefined;
}

/** A server program of this folder, `<program> PORT …args`, where it is told to run; its log lies in the folder. */
export async function startPinned(
  folder: string,
  program: string,
  args: readonly string[] = [],
  { env = () => ({}), core = SERVER_CORE }: Place = {},
): Promise<PinnedServer> {
  const port = await freePort();
  const command = [process.execPath, '--expose-gc', join(import.meta.dirname, program), String(port), ...args];
  const running = await Program.start({
    command: 'taskset',
    args: ['-c', String(core), ...command],
    folder,
    logFile: join(folder, `${port}.log`),
    env: env(port),
    endSignal: 'SIGTERM',
  });
  try {
    await running.answers(() => fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1000) }));
  } catch (error) {
    await running.end();
    throw error;
  }
  const pid = running.pid as number; // it runs
  const goOn = () => running.signal('SIGCONT');
  return {
    port,
    processorSeconds: () => processorSecondsOf(pid),
    settledBytes: () => settledBytesOf(pid),
    standStill: () => running.signal('SIGSTOP'),
    goOn,
    [Symbol.asyncDispose]: () => {
      goOn();
      return running.end();
    },
  };
}

/** Keywright with the keys of that data folder, or of the database that `env` names. */
export function startOurs(
  folder: string,
  data: string,
  { env = {}, core }: { env?: Record<string, string>; core?: number | string } = {},
): Promise<PinnedServer> {
  const own = (port: number) => ({ KEYWRIGHT_DATA: data, KEYWRIGHT_PORT: String(port), ...env });
  return startPinned(folder, 'ours.ts', [], { env: own, core });
}

const TICKS_PER_SECOND = 100;

/** Of the process itself, in the kernel and outside it. Source: proc(5), fields 14 and 15 of /proc/pid/stat. */
function processorSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []; // from the third on
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const SETTLED_MS = 2000;

/** The least while it collects its garbage (ours.ts). Source: proc(5), the anonymous part of the resident set in /proc/pid/status. */
async function settledBytesOf(pid: number): Promise<number> {
  process.kill(pid, 'SIGUSR2');
  let least = Number.POSITIVE_INFINITY;
  for (const began = performance.now(); performance.now() - began < SETTLED_MS; await setTimeout(50)) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    least = Math.min(least, Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) * 1024);
  }
  return least;
}

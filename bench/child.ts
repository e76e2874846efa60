import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Child {
  program: string;
  args?: readonly string[];
  nodeOptions?: readonly string[];
  /** On which it runs alone; all cores when it is left out. */
  core?: number;
}

/** What a bench of this folder prints, in a process of its own: its code is compiled for it alone, and its memory holds nothing else. */
export async function outputOf({ program, args = [], nodeOptions = [], core }: Child): Promise<string> {
  const command = [process.execPath, ...nodeOptions, join(import.meta.dirname, program), ...args];
  const pinned = core === undefined ? command : ['taskset', '-c', String(core), ...command];
  const [file = '', ...rest] = pinned;
  try {
    return (await run(file, rest)).stdout;
  } catch (error) {
    // A bench that missed its own floors ends with 1, and has printed all the same.
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string }; // of execFile
    if (code === 1 && stdout && !stderr) return stdout;
    throw error;
  }
}

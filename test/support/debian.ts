import { execFile } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { config, environment } from './config.ts';

const run = promisify(execFile);

export interface Wanted {
  /** What it is called in sentences. */
  title: string;
  /** The names that its program goes by. */
  programs: readonly string[];
  /** Where to look beside the PATH; may hold `*`. */
  folders: readonly string[];
  /** The packages of Debian that bring it. */
  packages: readonly string[];
}

/** The path of a program of this machine, which is installed from Debian's packages when it is lacking. */
export async function findOrInstall(wanted: Wanted): Promise<string> {
  const found = find(wanted);
  if (found !== undefined) return found;
  const apt = which('apt-get');
  if (process.getuid?.() !== 0 || apt === undefined) throw new Error(lacking(wanted));
  await install(apt, wanted);
  const installed = find(wanted);
  if (installed === undefined) throw new Error(lacking(wanted));
  return installed;
}

function find({ programs, folders }: Wanted): string | undefined {
  const beside = folders.flatMap(folder => globSync(folder).sort().reverse());
  return programs.map(program => which(program, beside)).find(path => path !== undefined);
}

function which(program: string, beside: readonly string[] = []): string | undefined {
  const folders = config.path.split(delimiter).filter(folder => folder !== '');
  return [...folders, ...beside].map(folder => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One installation at a time on this machine: `flock` guards the package lists, which apt itself does not wait for. */
async function install(apt: string, { title, packages }: Wanted): Promise<void> {
  console.error(`Installing ${title} for the tests (apt-get install ${packages.join(' ')}) …`);
  // RUNLEVEL=1 keeps the services of the packages from being started.
  const env = environment({ DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' });
  const locked = (...args: string[]) =>
    run('flock', [join(tmpdir(), 'keywright-apt.lock'), apt, '-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
  try {
    await locked('update');
    await locked('install', '-y', '--no-install-recommends', ...packages);
  } catch (cause) {
    throw new Error(`${title} is needed for the tests, and apt-get could not install it.`, { cause });
  }
}

function lacking({ title, programs, packages }: Wanted): string {
  return `${title} is needed for the tests: install Debian's ${packages.join(' ')}, or put ${programs[0]} into the PATH.`;
}

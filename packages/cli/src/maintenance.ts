import { KeywrightError } from '@keywright/core';
import type { Command } from 'commander';
import type { Globals } from './access.ts';
import { report, UsageError } from './failures.ts';
import { endProgress, showProgress } from './progress.ts';
import { json } from './text.ts';

type Maintenance = typeof import('@keywright/server/maintenance');

interface Flags {
  data?: string;
  overwrite?: boolean;
  to?: string;
  startOver?: boolean;
}

/** Makes a command work on the data of a server, which need not run. The server's code is loaded only then. */
export function workOnData<Result>(
  command: Command,
  work: (maintenance: Maintenance, flags: Flags, word: string) => Promise<Result>,
  say: (result: Result) => string,
): void {
  command.option('--data <folder>', 'The data folder; else KEYWRIGHT_DATA.').action(async () => {
    const { json: asJson = false } = command.optsWithGlobals<Globals>();
    // Whatever is written is for the eyes of this user only.
    process.umask(0o077);
    const maintenance = await import('@keywright/server/maintenance');
    try {
      const result = await work(maintenance, command.opts(), command.args[0] ?? '');
      endProgress();
      console.log(asJson ? json(result) : say(result));
    } catch (error) {
      endProgress();
      process.exitCode = report(mapped(error, maintenance), asJson);
    }
  });
}

/** What a person can mend, as the command line says it. */
function mapped(error: unknown, { ConfigError }: Maintenance): unknown {
  if (!(error instanceof ConfigError)) return error;
  return error.exitCode === 2 ? new UsageError(error.message) : new KeywrightError('conflict', error.message);
}

export function onProgress(share: number, what: string): void {
  showProgress(share, `${Math.floor(share * 100)} % ${what}`);
}

export function count(n: number): string {
  return n.toLocaleString('en');
}

import type { Command } from 'commander';
import { count, onProgress, workOnData } from './maintenance.ts';
import { clean } from './text.ts';

/** What was looked at, in words. */
const LOOKED = {
  file: (n: number) => (n === 1 ? 'the database as a whole' : `${count(n)} indexes and constraints`),
  references: (n: number) => `${count(n)} references between tables`,
  chains: (n: number) => `the chains of ${count(n)} events`,
  rows: (n: number) => `accounts, grants and counters of keys, by ${count(n)} rules`,
};

/** `check`: whether the data is sound. */
export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .summary('Tell whether the data is sound, also while the server runs')
    .description(
      'Tell whether the data is sound, also while the server runs: the database itself, references, the chains of events, accounts, grants and counters. It reads the embedded database, or that of DATABASE_URL. The exit code is 1 when something is wrong.',
    );
  workOnData(
    command,
    async ({ check }, flags) => {
      const checked = await check(flags, onProgress);
      if (!checked.sound) process.exitCode = 1;
      return checked;
    },
    ({ sound, checks }) =>
      [
        ...checks.flatMap(({ check, looked, wrong }) => [
          `${wrong.length === 0 ? 'sound' : 'WRONG'}  ${LOOKED[check](looked)}`,
          ...wrong.map(what => `       ${clean(what)}`),
        ]),
        sound ? 'Everything is sound.' : 'Not everything is sound: see docs/backup.md for the way back.',
      ].join('\n'),
  );
}

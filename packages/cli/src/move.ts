import type { Command } from 'commander';
import { count, onProgress, workOnData } from './maintenance.ts';

const HOW = {
  moved: 'holds the same now',
  resumed: 'holds the same now, after the move was taken up where it had stopped',
  same: 'held the same already',
};

/** `move`: from the embedded database to PostgreSQL. */
export function addMove(program: Command): void {
  const command = program
    .command('move')
    .summary('Move everything from the embedded database to PostgreSQL')
    .description(
      'Move everything from the embedded database to an empty one of PostgreSQL, while no server runs, and prove that both hold the same. It can be cut off and run again: see docs/moving.md.',
    )
    .option(
      '--to <url>',
      'The database, postgres://…; else DATABASE_URL, which other users of this machine do not see.',
    )
    .option('--start-over', 'Empty the database first, where a move into it is not finished.');
  workOnData(
    command,
    ({ move }, flags) => move(flags, flags.startOver === true, onProgress),
    ({ data, to, how, rows, tables, seconds }) =>
      `${to} ${HOW[how]}: ${count(rows)} rows in ${tables.length} tables, each compared (${seconds} s).
Set DATABASE_URL to it, and give each node the secret of before: ${data}/secret, as KEYWRIGHT_SECRET_FILE, unless KEYWRIGHT_SECRET was set. No server starts any more on what was left behind.`,
  );
}

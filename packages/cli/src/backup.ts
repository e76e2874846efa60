import type { Command } from 'commander';
import { count, onProgress, workOnData } from './maintenance.ts';

const SECRET_IN = 'It holds all that the data folder does, the file secret that signs sessions, too: keep it as safe.';
const SECRET_ELSEWHERE = 'KEYWRIGHT_SECRET is not in it: keep that, too.';
const AFTERWARDS =
  'Keys that were taken away since then work again: docs/backup.md says how to find them. Start it with: keywright serve';

/** `backup` and `restore`, for the embedded database. */
export function addBackup(program: Command): void {
  const backup = program
    .command('backup')
    .summary('Save everything in one file, also while the server runs')
    .description(
      'Save everything in one file, also while the server runs: the embedded database as it is at one moment, and the file secret of the data folder. For PostgreSQL there is pg_dump: see docs/backup.md.',
    )
    .argument('<file>', 'The file to write.')
    .option('--overwrite', 'Replace the file where it is there already.');
  workOnData(
    backup,
    ({ backUp }, flags, file) => backUp(flags, file, flags.overwrite === true, onProgress),
    ({ file, bytes, secret, ...content }) =>
      `${file}: ${contentOf(content)}; ${count(Math.ceil(bytes / 1_000_000))} MB, checked.\n${secret ? SECRET_IN : SECRET_ELSEWHERE}`,
  );
  const restore = program
    .command('restore')
    .summary('Bring back what backup saved, while no server runs')
    .description(
      'Bring back what backup saved, into a data folder that no server uses. The file is checked before anything is replaced, and a crash leaves what was there or what is restored. For PostgreSQL there is pg_restore: see docs/backup.md.',
    )
    .argument('<file>', 'The file that backup wrote.')
    .option('--overwrite', 'Replace the database that is there.');
  workOnData(
    restore,
    (maintenance, flags, file) => maintenance.restore(flags, file, flags.overwrite === true, onProgress),
    ({ data, at, secret, ...content }) =>
      `${data} is as of ${at}: ${contentOf(content)}.\n${AFTERWARDS}${secret ? '' : `\n${SECRET_ELSEWHERE}`}`,
  );
}

function contentOf(content: { accounts: number; accessKeys: number; sequence: number }): string {
  return `${count(content.accounts)} accounts, ${count(content.accessKeys)} access keys, changes up to ${count(content.sequence)}`;
}

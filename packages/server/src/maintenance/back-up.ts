import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { copySqlite, surveySqlite } from '@keywright/store';
import packageJson from '../../package.json' with { type: 'json' };
import { CalledWrongly, type Config, type Flags } from '../config.ts';
import { timeText } from '../times.ts';
import { embeddedConfig, noDatabase, type OnProgress, sayFailed } from './embedded.ts';
import { demandNotMoved } from './moved.ts';
import { syncFolder } from './restored.ts';

export interface BackedUp {
  file: string;
  bytes: number;
  at: string;
  /** The last change that is in it. */
  sequence: number;
  accounts: number;
  accessKeys: number;
  /** Whether the file `secret` of the data folder is in it. */
  secret: boolean;
}

/** `keywright backup`: one file with all that is needed to come back, also while a server writes. Throws ConfigError. */
export async function backUp(
  flags: Flags,
  file: string,
  overwrite: boolean,
  onProgress: OnProgress,
): Promise<BackedUp> {
  const config = embeddedConfig(flags, 'pg_dump');
  const to = resolve(file);
  demandNotMoved(config.data, config.database);
  if (!existsSync(config.database)) throw noDatabase(config.data);
  if (existsSync(to) && !overwrite)
    throw new CalledWrongly(`${to} is there already. Name another file, or replace it with --overwrite.`);
  const draft = `${to}.${randomBytes(6).toString('hex')}`;
  try {
    const secret = secretOf(config);
    const at = Date.now();
    await copySqlite(config.database, draft, { at, version: packageJson.version, secret }, share =>
      onProgress(share, 'copied'),
    );
    onProgress(1, 'copied, checking the copy');
    const { place, accounts, keys } = await surveySqlite(draft);
    const { size: bytes } = statSync(draft);
    renameSync(draft, to);
    syncFolder(dirname(to));
    const made = { file: to, bytes, at: timeText(at), sequence: place.id };
    return { ...made, accounts, accessKeys: keys, secret: secret !== null };
  } catch (error) {
    throw sayFailed(`The backup ${to} can not be made`, error);
  } finally {
    for (const end of ['', '-journal']) rmSync(draft + end, { force: true });
  }
}

/** None where it is kept elsewhere, in KEYWRIGHT_SECRET. */
function secretOf({ data, secret }: Config): string | null {
  const file = join(data, 'secret');
  return secret === undefined && existsSync(file) ? readFileSync(file, 'utf8') : null;
}

import { createReadStream, createWriteStream, existsSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { surveySqlite, unpackSqlite } from '@keywright/store';
import { CalledWrongly, ConfigError, type Flags } from '../config.ts';
import { holdDataFolder } from '../data-folder.ts';
import { timeText } from '../times.ts';
import { embeddedConfig, type OnProgress, sayFailed } from './embedded.ts';
import { dropDraft, holdRestored, isRestored, makeDraft } from './restored.ts';

export interface Restored {
  data: string;
  /** When the backup was made, and by which version. */
  at: string;
  version: string;
  /** The last change that is in it. */
  sequence: number;
  accounts: number;
  accessKeys: number;
  secret: boolean;
}

/**
 * `keywright restore`: puts what `keywright backup` made into a data folder that nobody uses. The file is copied and checked first; a
 * crash leaves what was there, or what is restored. Throws ConfigError.
 */
export async function restore(
  flags: Flags,
  file: string,
  overwrite: boolean,
  onProgress: OnProgress,
): Promise<Restored> {
  const { data, database } = embeddedConfig(flags, 'pg_restore');
  const from = resolve(file);
  if (!statSync(from, { throwIfNoEntry: false })?.isFile()) throw new CalledWrongly(`There is no file ${from}.`);
  using _held = holdDataFolder(data);
  if (existsSync(database) && !overwrite)
    throw new ConfigError(
      `The data folder ${data} holds a database already. Choose another with --data, or replace what is there with --overwrite.`,
    );
  try {
    const draft = makeDraft(data);
    const copy = join(draft, 'keywright.db');
    await copyFile(from, copy, onProgress);
    onProgress(1, 'copied, checking the copy');
    const { at, version, secret } = unpackSqlite(copy);
    const { place, accounts, keys } = await surveySqlite(copy);
    if (secret !== null) writeFileSync(join(draft, 'secret'), secret, { mode: 0o600, flush: true });
    holdRestored(data);
    const made = { data, at: timeText(at), version, sequence: place.id };
    return { ...made, accounts, accessKeys: keys, secret: secret !== null };
  } catch (error) {
    // From then on it holds, whatever follows.
    if (isRestored(data))
      throw sayFailed(`${from} is restored, but not in its place: the next start puts it there`, error);
    throw sayFailed(`${from} can not be restored, and nothing was replaced`, error);
  } finally {
    dropDraft(data);
  }
}

async function copyFile(from: string, to: string, onProgress: OnProgress): Promise<void> {
  const { size } = statSync(from);
  let copied = 0;
  const counted = new Transform({
    transform(chunk, _encoding, done) {
      copied += chunk.length;
      onProgress(copied / size, 'copied');
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(from), counted, createWriteStream(to, { mode: 0o600, flush: true }));
}

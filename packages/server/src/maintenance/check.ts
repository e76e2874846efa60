import { existsSync } from 'node:fs';
import { checkDatabase, type Looked } from '@keywright/store';
import { ConfigError, type Flags, readConfig } from '../config.ts';
import { noDatabase, type OnProgress } from './embedded.ts';

export interface Checked {
  sound: boolean;
  checks: Looked[];
}

/** `keywright check`: whether everything in the database is as it must be, also while a server works on it. Throws ConfigError where that can not be told. */
export async function check(flags: Flags, onProgress: OnProgress): Promise<Checked> {
  const { data, database } = readConfig(flags);
  const isEmbedded = !database.startsWith('postgres');
  if (isEmbedded && !existsSync(database)) throw noDatabase(data);
  try {
    const checks = await checkDatabase(database, onProgress);
    return { sound: checks.every(({ wrong }) => wrong.length === 0), checks };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const where = isEmbedded ? `The database ${database}` : 'The database of DATABASE_URL';
    throw new ConfigError(`${where} can not be checked: ${message || code}.`, { cause: error });
  }
}

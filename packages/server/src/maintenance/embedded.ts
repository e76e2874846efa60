import { BackupError } from '@keywright/store';
import { CalledWrongly, type Config, ConfigError, type Flags, readConfig } from '../config.ts';

/** Hears how much is done, from 0 to 1, and of what. */
export type OnProgress = (share: number, what: string) => void;

/** The settings where the embedded database is in use. Throws ConfigError that tells what does the same for PostgreSQL. */
export function embeddedConfig(flags: Flags, instead: string): Config {
  const config = readConfig(flags);
  if (config.database.startsWith('postgres'))
    throw new CalledWrongly(
      `DATABASE_URL is set, and this command is for the embedded database. PostgreSQL has its own: ${instead}; see docs/backup.md.`,
    );
  return config;
}

/** What the file system or the database refused, as one sentence. */
export function sayFailed(what: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof ConfigError || (code === undefined && !(error instanceof BackupError))) return error;
  return new ConfigError(`${what}: ${message}.`, { cause: error });
}

export function noDatabase(data: string): ConfigError {
  return new ConfigError(
    `There is no database in the data folder ${data}. Name another with --data or KEYWRIGHT_DATA.`,
  );
}

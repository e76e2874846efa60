import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from './config.ts';
import { finishRestore } from './maintenance/restored.ts';

/** The folder with everything that stays: held by one process at a time, readable by its user only. */
export interface DataFolder extends Disposable {
  /** Signs session cookies. */
  secret: string;
}

/**
 * Makes the folder where it is missing and takes hold of it, unless another process holds it for this one. A secret is drawn and kept there
 * where none is given. Throws ConfigError in one sentence.
 */
export function openDataFolder(path: string, hold = true, secret?: string): DataFolder {
  const held = hold ? holdDataFolder(path) : undefined;
  try {
    makeFolder(path);
    return { secret: secret ?? readSecret(join(path, 'secret')), [Symbol.dispose]: () => held?.[Symbol.dispose]() };
  } catch (error) {
    held?.[Symbol.dispose]();
    throw unusable(path, error);
  }
}

/** The same without a secret. What a restore had begun that was killed is brought to its end. */
export function holdDataFolder(path: string): Disposable {
  let lock: DatabaseSync | undefined;
  try {
    makeFolder(path);
    lock = takeLock(join(path, 'lock'));
    finishRestore(path);
    return lock;
  } catch (error) {
    lock?.close();
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): ConfigError {
  return error instanceof ConfigError
    ? error
    : new ConfigError(
        `The data folder ${path} can not be used (${reasonOf(error)}). Choose another with KEYWRIGHT_DATA.`,
      );
}

/** Node's own `recursive` never returns where a folder can not be made in one that exists, as below /proc. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

const SQLITE_BUSY = 5;

/** SQLite's own lock on a file: the system lets go of it however the process ends. */
function takeLock(file: string): DatabaseSync {
  const lock = new DatabaseSync(file, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new ConfigError(
      `Another Keywright is running on the data folder ${dirname(file)}. Stop it, or choose another folder with KEYWRIGHT_DATA.`,
    );
  }
}

function readSecret(file: string): string {
  try {
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = readFileSync(file, 'utf8');
  if (secret.length < 40)
    throw new ConfigError(`The file ${file} is damaged. Remove it: everybody then signs in again.`);
  return secret;
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EROFS' || code === 'EPERM'
    ? 'it can not be written'
    : code === 'ENOTDIR' || code === 'EEXIST'
      ? 'it is not a folder'
      : message;
}

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../config.ts';

/** Where the data of a folder went. A server on what was left behind would let keys pass that were taken away since. */
const FILE = 'moved';

export function noteMoved(data: string, to: string): void {
  writeFileSync(join(data, FILE), `${to}\n`, { mode: 0o600, flush: true });
}

export function forgetMoved(data: string): void {
  rmSync(join(data, FILE), { force: true });
}

/** For whoever wants the embedded database of that folder. Throws ConfigError where it was moved. */
export function demandNotMoved(data: string, database: string): void {
  const file = join(data, FILE);
  if (database.startsWith('postgres') || !existsSync(file)) return;
  const to = readFileSync(file, 'utf8').trim();
  throw new ConfigError(
    `The data of ${data} was moved to ${to}. Set DATABASE_URL to that, or remove the file ${file} to go on with what was left behind.`,
  );
}

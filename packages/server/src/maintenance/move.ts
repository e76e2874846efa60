import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Compared, MoveError, moveToPostgres } from '@keywright/store';
import { CalledWrongly, ConfigError, type Flags, readConfig } from '../config.ts';
import { holdDataFolder } from '../data-folder.ts';
import { noDatabase, type OnProgress, sayFailed } from './embedded.ts';
import { noteMoved } from './moved.ts';

export interface MovedData {
  data: string;
  /** Without user and password. */
  to: string;
  how: 'moved' | 'resumed' | 'same';
  rows: number;
  seconds: number;
  /** Each with how many rows and which digest both sides have. */
  tables: Compared[];
}

/** `keywright move`: the embedded database into PostgreSQL, which then holds the same. Throws ConfigError. */
export async function move(
  flags: Flags & { to?: string | undefined },
  startOver: boolean,
  onProgress: OnProgress,
): Promise<MovedData> {
  const { data, database } = readConfig(flags);
  const url = flags.to ?? database;
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    throw new CalledWrongly('Say where to with --to postgres://… or DATABASE_URL.');
  const file = join(data, 'keywright.db');
  if (!existsSync(file)) throw noDatabase(data);
  using _held = holdDataFolder(data);
  const began = performance.now();
  try {
    const { how, tables } = await moveToPostgres(file, url, { startOver }, onProgress);
    const to = placeOf(url);
    noteMoved(data, to);
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return { data, to, how, rows, seconds: Math.round((performance.now() - began) / 100) / 10, tables };
  } catch (error) {
    if (error instanceof MoveError) throw new ConfigError(error.message, { cause: error });
    throw sayFailed(`${data} can not be moved to ${placeOf(url)}`, error);
  }
}

/** Without what is secret in it. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `postgres://${host}${pathname}`;
}

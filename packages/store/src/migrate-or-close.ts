import type { Kysely } from 'kysely';
import type { Dialect } from './database.ts';
import { migrate } from './migrations/index.ts';
import type { Tables } from './tables.ts';

/** A database that cannot be brought up to date is let go of: an open connection would keep the process from ending. */
export async function migrateOrClose(db: Kysely<Tables>, dialect: Dialect): Promise<void> {
  try {
    await migrate(db, dialect);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

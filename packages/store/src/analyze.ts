import { sql } from 'kysely';
import type { Store } from './database.ts';

/** Lets the database count what is in its tables, so that it chooses the right index; PostgreSQL does so by itself after a while. */
export async function analyze({ signInDb }: Store): Promise<void> {
  await sql`analyze`.execute(signInDb);
}

import type { Db, Tx } from './database.ts';

export interface Session {
  id: string;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  ipAddress: string | null;
  userAgent: string | null;
}

/** The sessions of a person that have not expired, newest first. */
export async function listSessions(db: Db, person: string, at: number): Promise<Session[]> {
  return db
    .selectFrom('sessions')
    .select(['id', 'createdAt', 'updatedAt', 'expiresAt', 'ipAddress', 'userAgent'])
    .where('userId', '=', person)
    .where('expiresAt', '>', new Date(at).toISOString())
    .orderBy('createdAt', 'desc')
    .execute();
}

export async function hasSession(db: Db, id: string): Promise<boolean> {
  return (await db.selectFrom('sessions').select('id').where('id', '=', id).executeTakeFirst()) !== undefined;
}

/** Ends sessions of a person: one, all but one, or all. Returns how many there were. */
export async function deleteSessions(
  tx: Tx,
  person: string,
  which: { only?: string; except?: string } = {},
): Promise<number> {
  let query = tx.deleteFrom('sessions').where('userId', '=', person);
  if (which.only !== undefined) query = query.where('id', '=', which.only);
  if (which.except !== undefined) query = query.where('id', '!=', which.except);
  const { numDeletedRows } = await query.executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

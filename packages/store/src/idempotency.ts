import type { Db, Tx } from './database.ts';

/** What was answered to an Idempotency-Key: JSON, never with a secret. */
export interface Answered {
  operation: string;
  input: Uint8Array;
  answer: string;
}

export async function findAnswered(db: Db, caller: string, digest: Uint8Array): Promise<Answered | undefined> {
  return db
    .selectFrom('idempotency_keys')
    .select(['operation', 'input', 'answer'])
    .where('caller', '=', caller)
    .where('digest', '=', digest)
    .executeTakeFirst();
}

export async function insertAnswered(
  tx: Tx,
  row: Answered & { caller: string; digest: Uint8Array; createdAt: number },
): Promise<void> {
  const { caller, digest, operation, input, answer } = row;
  await tx
    .insertInto('idempotency_keys')
    .values({ caller, digest, operation, input, answer, created_at: row.createdAt })
    .execute();
}

export async function deleteAnsweredBefore(tx: Tx, at: number): Promise<void> {
  await tx.deleteFrom('idempotency_keys').where('created_at', '<', at).execute();
}

import { type Kysely, sql } from 'kysely';
import type { Dialect } from '../database.ts';

/** The last event of each chain beside the chain itself, so that its end can not be cut off unseen. */
export async function chainHeads(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  await db.schema
    .createTable('chain_heads')
    .addColumn('account_id', 'text', c => c.primaryKey().references('accounts.id'))
    .addColumn('seq', 'bigint', c => c.notNull())
    .addColumn('hash', dialect === 'sqlite' ? 'blob' : 'bytea', c => c.notNull())
    .execute();
  await sql`insert into chain_heads (account_id, seq, hash)
    select e.account_id, e.seq, e.hash from events e
    join (select account_id, max(seq) as seq from events group by account_id) last
      on last.account_id = e.account_id and last.seq = e.seq`.execute(db);
}

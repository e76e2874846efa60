import { hash } from 'node:crypto';
import type { Store } from '@keywright/store';
import { sql } from 'kysely';

/** Every table whose rows only a change may touch, with the columns to look at. Uses of keys and refreshed sessions are no change. */
const TABLES = {
  accounts: '*',
  owners: '*',
  members: '*',
  service_accounts: '*',
  projects: '*',
  access_keys: '*',
  events: '*',
  idempotency_keys: '*',
  people: '*',
  sign_ins: '*',
  sessions: 'id, "userId", token, "createdAt"',
  verifications: '*',
};

/** Tells whether a row has changed since the last question. */
export class Rows {
  readonly #store: Store;
  #version = '';
  #print = '';

  private constructor(store: Store) {
    this.#store = store;
  }

  static async of(store: Store): Promise<Rows> {
    const rows = new Rows(store);
    await rows.accept();
    return rows;
  }

  /** From now on what is there counts as unchanged. */
  async accept(): Promise<void> {
    this.#version = await this.#currentVersion();
    this.#print = await this.#currentPrint();
  }

  /** Cheap as long as nothing was written at all; only then are all rows read. */
  async haveChanged(): Promise<boolean> {
    const version = await this.#currentVersion();
    if (version === this.#version) return false;
    this.#version = version;
    return (await this.#currentPrint()) !== this.#print;
  }

  /** Changes whenever another connection has committed (SQLite) or any transaction has begun to write (PostgreSQL). */
  async #currentVersion(): Promise<string> {
    const query =
      this.#store.dialect === 'sqlite'
        ? sql<object>`pragma data_version`
        : sql<object>`select pg_snapshot_xmax(pg_current_snapshot())::text`;
    return JSON.stringify((await query.execute(this.#store.db)).rows);
  }

  async #currentPrint(): Promise<string> {
    const texts: string[] = [];
    for (const [table, columns] of Object.entries(TABLES)) {
      const { rows } = await sql<object>`select ${sql.raw(columns)} from ${sql.table(table)}`.execute(this.#store.db);
      texts.push(...rows.map(row => JSON.stringify(row)).sort());
    }
    return hash('sha256', texts.join('\n'));
  }
}

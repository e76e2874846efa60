import { Client } from 'pg';

/**
 * Makes them so many keys on PostgreSQL, by the database itself: copies of those that are there, each with an id and a name of its own.
 * `indexed: false` leaves the table with the index of its ids alone, which is all that verifying takes, and much quicker.
 */
export async function manyKeys(url: string, count: number, { indexed = true } = {}): Promise<void> {
  const client = new Client(url);
  await client.connect();
  const rows = async (text: string, values?: unknown[]) => (await client.query(text, values)).rows;
  try {
    await client.query(`set session_replication_role = replica; set maintenance_work_mem = '512MB'`);
    const indexes = await rows(
      `select indexname, indexdef from pg_indexes
       where tablename in ('access_keys', 'last_uses') and indexname not in (select conname from pg_constraint)`,
    );
    for (const { indexname } of indexes) await client.query(`drop index ${indexname}`);
    const [{ there }] = await rows('select count(*)::int as there from access_keys');
    const columns = await rows(
      `select column_name as name from information_schema.columns where table_name = 'access_keys'`,
    );
    const names = columns.map(({ name }) => `"${name}"`).join(', ');
    const values = columns.map(({ name }) => VALUES[name] ?? `k."${name}"`).join(', ');
    await client.query(
      `insert into access_keys (${names}) select ${values} from access_keys k cross join generate_series(1, $1) n
       limit $2`,
      [Math.ceil(count / there), count - there],
    );
    await client.query(
      `insert into last_uses (key, account_id) select key, account_id from access_keys on conflict do nothing`,
    );
    if (indexed) for (const { indexdef } of indexes) await client.query(indexdef);
    await client.query('vacuum analyze access_keys, last_uses');
    // What was made is on the disk before anybody measures.
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** Of the columns in which a copy differs. The letters of an id are those of base 32 (RFC 4648), of which a digest in hexadecimal uses ten. */
const VALUES: Record<string, string> = {
  key: `'KW' || substr(translate(upper(md5(k.key || n)), '0189', 'GHIJ'), 1, 18)`,
  name: `k.name || ' ' || n`,
  sort_name: `k.sort_name || ' ' || n`,
  search: `k.search || ' ' || n`,
};

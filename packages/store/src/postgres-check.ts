import { sql } from 'kysely';
import type { Db } from './database.ts';

interface Reference {
  child: string;
  parent: string;
  columns: string[];
  keys: string[];
}

/** Indexes and constraints that PostgreSQL does not use or holds nobody to; an index that is just being built is neither. */
export async function unusableParts(db: Db): Promise<{ looked: number; wrong: string[] }> {
  const { rows } = await sql<{ name: string; ok: boolean; what: string }>`
    select c.relname as name, i.indisvalid and i.indisready as ok, 'index that was not built to its end' as what
    from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = current_schema()::regnamespace
    and not exists (select 1 from pg_stat_progress_create_index p
      where p.index_relid = c.oid and p.datname = current_database())
    union all select conname, convalidated, 'constraint that not all rows were held to'
    from pg_constraint where connamespace = current_schema()::regnamespace
    order by name`.execute(db);
  return { looked: rows.length, wrong: rows.filter(({ ok }) => !ok).map(({ name, what }) => `${what}: ${name}`) };
}

/** Rows that name what is not there: nobody can write one, but a restore with triggers switched off can. */
export async function brokenReferences(db: Db): Promise<{ looked: number; wrong: string[] }> {
  const names = (table: string, numbers: string) =>
    sql.raw(`array(select a.attname::text from unnest(c.${numbers}) with ordinality k (number, place)
      join pg_attribute a on a.attrelid = c.${table} and a.attnum = k.number order by k.place)`);
  const { rows } = await sql<Reference>`select conrelid::regclass::text as child, confrelid::regclass::text as parent,
    ${names('conrelid', 'conkey')} as columns, ${names('confrelid', 'confkey')} as keys
    from pg_constraint c where contype = 'f' and connamespace = current_schema()::regnamespace order by conname`.execute(
    db,
  );
  const wrong: string[] = [];
  for (const { child, parent, columns, keys } of rows) {
    const both = columns.map((column, n) => [sql.ref(`c.${column}`), sql.ref(`p.${keys[n]}`)] as const);
    const same = sql.join(
      both.map(([a, b]) => sql`${a} = ${b}`),
      sql` and `,
    );
    const given = sql.join(
      both.map(([a]) => sql`${a} is not null`),
      sql` and `,
    );
    const orphans = await sql<{ rows: number }>`select count(*) as rows from ${sql.raw(child)} c
      where ${given} and not exists (select 1 from ${sql.raw(parent)} p where ${same})`.execute(db);
    const count = orphans.rows[0]?.rows ?? 0;
    if (count > 0) wrong.push(`${count} rows of ${child} name a row of ${parent} that is not there`);
  }
  return { looked: rows.length, wrong };
}

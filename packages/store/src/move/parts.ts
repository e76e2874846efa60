import type pg from 'pg';
import { inTransaction, note, read } from './progress.ts';
import { quoted } from './shape.ts';

interface Part {
  name: string;
  /** Constraints that go by an index come after indexes, those that go by other tables last. */
  order: number;
  drop: string;
  create: string;
}

/**
 * Takes away what would be kept up row by row, indexes but for primary keys, and what would be looked up row by row, references; and notes
 * how they are made again: at once for all rows that takes a fraction of the time. Within a transaction.
 */
export async function takeApart(target: pg.ClientBase): Promise<void> {
  const parts = await partsOf(target);
  for (const { name, order, drop, create } of parts.toReversed()) {
    await target.query(drop);
    await note(target, 'part', `${order} ${name}`, create);
  }
}

/** Makes them again, one transaction each. `onPart` hears of each before it is made. */
export async function putTogether(target: pg.ClientBase, onPart: (made: number, of: number) => void): Promise<void> {
  const parts = await read(target, 'part');
  const made = Number((await read(target, 'parts made')).size);
  let n = made;
  for (const [name, create] of parts) {
    onPart(n++, made + parts.size);
    await inTransaction(target, async () => {
      await target.query(create);
      await target.query(`update moving set kind = 'parts made' where kind = 'part' and name = $1`, [name]);
    });
  }
}

async function partsOf(target: pg.ClientBase): Promise<Part[]> {
  const { rows } = await target.query<Part>(`
    select c.relname as name, 1 as order, pg_get_indexdef(i.indexrelid) as create, format('drop index %I', c.relname) as drop
    from pg_index i join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = current_schema()::regnamespace and not i.indisprimary
      and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))
    union all
    select conname, case contype when 'u' then 2 else 3 end,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
      format('alter table %s drop constraint %I', conrelid::regclass, conname)
    from pg_constraint where connamespace = current_schema()::regnamespace and contype in ('u', 'f')
    order by 2, 1`);
  return rows;
}

/** Numbers that count up go on behind those that were given on the other side, also to rows that are gone. */
export async function setSequences(target: pg.ClientBase, given: ReadonlyMap<string, number>): Promise<void> {
  const { rows } = await target.query<{ table: string; column: string; sequence: string }>(`
    select c.relname as table, a.attname as column, pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
      and pg_get_serial_sequence(c.oid::regclass::text, a.attname) is not null`);
  for (const { table, column, sequence } of rows) {
    const { rows: found } = await target.query<{ last: number }>(
      `select coalesce(max(${quoted(column)}), 0) as last from ${quoted(table)}`,
    );
    const last = Math.max(Number(found[0]?.last), given.get(table) ?? 0);
    if (last > 0) await target.query('select setval($1, $2)', [sequence, last]);
  }
}

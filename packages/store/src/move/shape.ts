import type { DatabaseSync } from 'node:sqlite';
import type pg from 'pg';
import type { Kind } from './lines.ts';
import { MoveError } from './move-error.ts';

/** A table that is on both sides. */
export interface Table {
  name: string;
  columns: { name: string; kind: Kind }[];
  /** The columns by which its rows are read in order. */
  key: string[];
}

/** The kinds of values there are: a new one has to be told here. */
const KINDS: Record<string, Kind> = {
  integer: 'whole',
  bigint: 'whole',
  'double precision': 'float',
  bytea: 'bytes',
  text: 'text',
};

/** What keeps itself, and is made by each side on its own. */
export const OF_MIGRATIONS = /^kysely_/;

/** The tables of both sides, by name. Throws where they are not alike. */
export async function tablesOf(source: DatabaseSync, target: pg.ClientBase): Promise<Table[]> {
  const { rows } = await target.query<{ table: string; column: string; type: string; key: number | null }>(`
    select c.relname as table, a.attname as column, format_type(a.atttypid, null) as type,
      array_position(i.indkey::int2[], a.attnum) as key
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_index i on i.indrelid = c.oid and i.indisprimary
    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
    order by c.relname, a.attnum`);
  const tables = new Map<string, Table & { places: [place: number, column: string][] }>();
  for (const { table, column, type, key } of rows) {
    if (isOurs(table)) {
      const kind = KINDS[type];
      if (kind === undefined)
        throw new MoveError(`${table}.${column} is of a type that a move does not know: ${type}.`);
      const known = tables.get(table) ?? { name: table, columns: [], key: [], places: [] };
      known.columns.push({ name: column, kind });
      if (key !== null) known.places.push([key, column]);
      tables.set(table, known);
    }
  }
  for (const table of tables.values())
    table.key = table.places.toSorted(([a], [b]) => a - b).map(([, column]) => column);
  demandAlike(source, [...tables.values()]);
  return [...tables.values()];
}

function isOurs(table: string): boolean {
  return !OF_MIGRATIONS.test(table) && table !== 'moving';
}

function demandAlike(source: DatabaseSync, tables: readonly Table[]): void {
  const there = source
    .prepare(
      `select m.name as "table", c.name as "column" from sqlite_master m join pragma_table_info(m.name) c
      where m.type = 'table' and m.name not like 'sqlite!_%' escape '!'`,
    )
    .all()
    .filter(({ table }) => isOurs(String(table)))
    .map(({ table, column }) => `${table}.${column}`);
  const here = tables.flatMap(({ name, columns }) => columns.map(column => `${name}.${column.name}`));
  const apart = [...new Set(there).symmetricDifference(new Set(here))];
  if (apart.length > 0) throw new MoveError(`The two databases have different columns: ${apart.join(', ')}.`);
}

/** In double quotes, as both sides take names. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function listOf(names: readonly string[]): string {
  return names.map(quoted).join(', ');
}

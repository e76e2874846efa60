import { randomBytes } from 'node:crypto';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { NASTY_TEXTS } from './stores.ts';

interface Column {
  name: string;
  type: string;
  notnull: number;
  /** The place in the primary key, from 1; 0 for none. */
  pk: number;
}

interface Reference {
  from: string;
  table: string;
  to: string | null;
}

/** Floats that are written in different ways, and the edges of whole numbers. */
const FLOATS = [0, -1.5, 0.1, 1e-4, 0.00001234, 1e-7, 123456.789, 1e14, 1e15, 1.5e20, 5e-324, 1.7976931348623157e308];

/**
 * Puts so many rows into every table of a SQLite database, whatever tables there are: references hold, all other values are of the kinds
 * of their columns and otherwise as nasty as they come. Answers with the names of the tables.
 */
export function fillEveryTable(file: string, rows: number): string[] {
  using database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  const tables = database
    .prepare(`select name from sqlite_master where type = 'table' and name not like 'sqlite!_%' escape '!'`)
    .all()
    .map(({ name }) => String(name))
    .filter(name => !name.startsWith('kysely_'));
  database.exec('begin');
  for (const table of tables) fill(database, table, rows);
  database.exec('commit');
  const orphans = database.prepare('pragma foreign_key_check').all();
  if (orphans.length > 0) throw new Error(`a reference does not hold: ${JSON.stringify(orphans[0])}`);
  return tables;
}

function fill(database: DatabaseSync, table: string, rows: number): void {
  const columns = database.prepare(`pragma table_info("${table}")`).all() as unknown as Column[]; // as SQLite tells of it
  const references = database.prepare(`pragma foreign_key_list("${table}")`).all() as unknown as Reference[]; // the same
  const insert = database.prepare(
    `insert into "${table}" (${columns.map(({ name }) => `"${name}"`).join(', ')}) values (${columns.map(() => '?').join(', ')})`,
  );
  for (let n = 1; n <= rows; n++) {
    const values = columns.map(column => {
      const isNamed = column.pk > 0 || references.some(({ from }) => from === column.name);
      return isNamed ? keyOf(column, n) : nastyOf(column, n);
    });
    insert.run(...values);
  }
}

/** Keys are alike in all tables, so that row n names row n. */
function keyOf({ type }: Column, n: number): SQLInputValue {
  if (/int/i.test(type)) return n;
  return /blob/i.test(type) ? Buffer.from(`key ${n}`) : `key ${n}`;
}

function nastyOf({ name, type, notnull }: Column, n: number): SQLInputValue {
  if (notnull === 0 && n % 3 === 0) return null;
  switch (type.toLowerCase()) {
    case 'integer':
      return n;
    case 'bigint':
      return 9_000_000_000_000_000 + n;
    case 'double precision':
      return FLOATS[n % FLOATS.length] ?? 0;
    case 'blob':
      return Buffer.concat([randomBytes(n % 40), Buffer.from(`${n}`)]);
    case 'text':
      return `${NASTY_TEXTS[n % NASTY_TEXTS.length]}\\N\\.\r\b\f\v${n}`;
    default:
      throw new Error(`${name} is of a type that nobody has thought of: ${type}`);
  }
}

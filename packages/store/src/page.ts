import { invalid } from '@keywright/core';
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Db } from './database.ts';

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** Where a page begins: after this value of the sorted column, and within it after this id. */
interface Position {
  value: string | number | null;
  id: string | number;
}

/** A column that a list can be sorted by. */
export interface SortColumn {
  column: string;
  type: 'string' | 'number';
  /** Whether it may be null, and where nulls stand in the order. The index that serves the list has them there, too. */
  nulls?: 'first' | 'last';
}

export interface Order extends SortColumn {
  id: string;
  idType?: SortColumn['type'];
  descending: boolean;
  limit: number;
  cursor: string | undefined;
}

/** `-name` → the column of `name`, descending. */
export function orderBy(
  sort: string,
  columns: Record<string, SortColumn>,
  id: string,
  page: { limit: number; cursor?: string | undefined },
): Order {
  const descending = sort.startsWith('-');
  const field = descending ? sort.slice(1) : sort;
  const sorted = columns[field] ?? { column: id, type: 'string' };
  return { ...sorted, id, descending, limit: page.limit, cursor: page.cursor };
}

/**
 * Runs the query for one page in a total order (column, then id), so that nothing is shown twice or left out while rows come and go.
 * Descending is ascending read backwards, also where nulls are. The row must hold `sort_value` and `sort_id`.
 */
export async function fetchPage<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  order: Order,
): Promise<Page<Row>> {
  const rows: PagedRow<Row>[] = [];
  for (const part of partsOf(order)) {
    if (rows.length <= order.limit) rows.push(...(await upToPage(query, order, part).execute()));
  }
  const items = rows.slice(0, order.limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: rows.length > order.limit && last ? writeCursor({ value: last.sort_value, id: last.sort_id }) : null,
  };
}

type PagedRow<Row> = Row & { sort_value: Position['value']; sort_id: Position['id'] };

/** The rows of one part of the page and one more, where there is one. */
export function upToPage<DB, TB extends keyof DB, Row>(
  query: SelectQueryBuilder<DB, TB, Row>,
  order: Order,
  part: RawBuilder<boolean> | undefined,
) {
  const column = sql.ref(order.column);
  const id = sql.ref(order.id);
  const direction = sql.raw(order.descending ? 'desc' : 'asc');
  const paged = query
    .select([sql`${column}`.as('sort_value'), sql`${id}`.as('sort_id')])
    .orderBy(sql`${column} ${direction}${nullsOf(order)}, ${id} ${direction}`)
    .limit(order.limit + 1);
  return (part === undefined ? paged : paged.where(part)).$castTo<PagedRow<Row>>();
}

/** Said only where there may be nulls: PostgreSQL would pass over an index that has them elsewhere. */
function nullsOf(order: Order) {
  if (order.nulls === undefined) return sql.raw('');
  return sql.raw(nullsCome(order) === 'first' ? ' nulls first' : ' nulls last');
}

function nullsCome({ nulls, descending }: Order): 'first' | 'last' | undefined {
  if (nulls === undefined || !descending) return nulls;
  return nulls === 'first' ? 'last' : 'first';
}

/** What of the list is left, as conditions that an index begins at: two where what is null comes after what is not, or before it. */
export function partsOf(order: Order): (RawBuilder<boolean> | undefined)[] {
  if (order.cursor === undefined) return [undefined];
  const { value, id } = readCursor(order.cursor, order);
  const column = sql.ref(order.column);
  const key = sql.ref(order.id);
  const past = sql.raw(order.descending ? '<' : '>');
  const nulls = nullsCome(order);
  if (value !== null) {
    const further = sql<boolean>`(${column}, ${key}) ${past} (${value}, ${id})`;
    return nulls === 'last' ? [further, sql<boolean>`${column} is null`] : [further];
  }
  const further = sql<boolean>`${column} is null and ${key} ${past} ${id}`;
  return nulls === 'first' ? [further, sql<boolean>`${column} is not null`] : [further];
}

function writeCursor(position: Position): string {
  return Buffer.from(JSON.stringify([position.value, position.id])).toString('base64url');
}

function readCursor(cursor: string, { type, idType = 'string' }: Order): Position {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (
      Array.isArray(read) &&
      read.length === 2 &&
      fits(read[1], idType) &&
      (read[0] === null || fits(read[0], type))
    ) {
      return { value: read[0], id: read[1] };
    }
  } catch {
    // Said below, as for every other unreadable cursor.
  }
  throw invalid('cursor', 'cursor', 'is not a cursor of this list: pass on nextCursor as it came');
}

function isPlain(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
}

/** PostgreSQL would refuse to compare a text with a number. */
function fits(value: unknown, type: 'string' | 'number'): boolean {
  return type === 'number' ? Number.isSafeInteger(value) : isPlain(value);
}

/** Whether the lower-cased column holds the text anywhere. */
export function contains(column: string, text: string) {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`${sql.ref(column)} like ${pattern} escape '\\'`;
}

/** The rows of a limited query for each id, in one statement that uses the query's own index. At most 500 ids (SQLite, compound select). */
export async function eachOf<DB, TB extends keyof DB, Row>(
  db: Db,
  ids: readonly string[],
  query: (id: string) => SelectQueryBuilder<DB, TB, Row>,
): Promise<Row[]> {
  const [first, ...more] = ids.map(id => db.selectFrom(query(id).as('rows')).selectAll());
  if (first === undefined) return [];
  return more
    .reduce((all, next) => all.unionAll(next), first)
    .$castTo<Row>()
    .execute();
}

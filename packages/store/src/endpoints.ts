import type { EndpointEntry } from '@keywright/core';
import type { Db, Tx } from './database.ts';
import { searchText } from './owners.ts';
import { contains, fetchPage, orderBy, type Page } from './page.ts';
import type { Tables } from './tables.ts';

/** An endpoint with what is shown of it. */
export interface StoredEndpoint extends EndpointEntry {
  readonly name: string | null;
  readonly summary: string | null;
  readonly tag: string | null;
}

/** 9 columns each: below what one statement can bind in either database. */
const ROWS_AT_ONCE = 1000;

/** Inserts endpoints, or replaces those that are there by their ids. */
export async function saveEndpoints(tx: Tx, api: string, endpoints: readonly StoredEndpoint[]): Promise<void> {
  for (let from = 0; from < endpoints.length; from += ROWS_AT_ONCE) {
    await tx
      .insertInto('endpoints')
      .values(endpoints.slice(from, from + ROWS_AT_ONCE).map(endpoint => rowOf(api, endpoint)))
      .onConflict(conflict =>
        conflict.columns(['api_id', 'id']).doUpdateSet(eb => ({
          path: eb.ref('excluded.path'),
          reads: eb.ref('excluded.reads'),
          name: eb.ref('excluded.name'),
          summary: eb.ref('excluded.summary'),
          tag: eb.ref('excluded.tag'),
          search: eb.ref('excluded.search'),
        })),
      )
      .execute();
  }
}

export async function deleteEndpoints(tx: Tx, api: string, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += ROWS_AT_ONCE) {
    await tx
      .deleteFrom('endpoints')
      .where('api_id', '=', api)
      .where('id', 'in', ids.slice(from, from + ROWS_AT_ONCE))
      .execute();
  }
}

/** The whole catalogue of an API. */
export async function allEndpoints(db: Db, api: string): Promise<StoredEndpoint[]> {
  const rows = await db.selectFrom('endpoints').selectAll().where('api_id', '=', api).orderBy('id').execute();
  return rows.map(endpointOf);
}

export async function getEndpoint(db: Db, api: string, id: string): Promise<StoredEndpoint | undefined> {
  const row = await db
    .selectFrom('endpoints')
    .selectAll()
    .where('api_id', '=', api)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && endpointOf(row);
}

export interface EndpointFilter {
  text?: string;
  /** Empty for those without one. */
  tag?: string;
  method?: string;
  reads?: boolean;
  limit: number;
  cursor?: string;
}

export async function listEndpoints(db: Db, api: string, filter: EndpointFilter): Promise<Page<StoredEndpoint>> {
  const { text, tag, method, reads } = filter;
  let query = db.selectFrom('endpoints').selectAll().where('api_id', '=', api);
  if (text) query = query.where(contains('search', text));
  if (tag !== undefined) query = tag === '' ? query.where('tag', 'is', null) : query.where('tag', '=', tag);
  if (method !== undefined) query = query.where('method', '=', method);
  if (reads !== undefined) query = query.where('reads', '=', Number(reads));
  const page = await fetchPage(query, orderBy('path', SORTS, 'id', filter));
  return { ...page, items: page.items.map(endpointOf) };
}

const SORTS = { path: { column: 'path', type: 'string' } } as const;

/** The groups of an API's endpoints, by name; those without one come last. */
export async function countTags(db: Db, api: string): Promise<{ tag: string | null; endpoints: number }[]> {
  const rows = await db
    .selectFrom('endpoints')
    .select(['tag', eb => eb.fn.countAll<number>().as('endpoints')])
    .where('api_id', '=', api)
    .groupBy('tag')
    .execute();
  const tags = rows.map(({ tag, endpoints }) => ({ tag, endpoints }));
  return tags.sort((a, b) => Number(a.tag === null) - Number(b.tag === null) || compare(a.tag ?? '', b.tag ?? ''));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function rowOf(api: string, endpoint: StoredEndpoint): Tables['endpoints'] {
  const { id, method, path, name, summary, tag } = endpoint;
  const search = searchText(`${method} ${path}`, name, summary, tag);
  return { api_id: api, id, method, path, reads: Number(endpoint.reads), name, summary, tag, search };
}

function endpointOf(row: Tables['endpoints']): StoredEndpoint {
  const { id, method, path, name, summary, tag } = row;
  return { id, method, path, reads: row.reads === 1, name, summary, tag };
}

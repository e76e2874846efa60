import { type ApiFacts, compileEndpoints } from '@keywright/core';
import type { CompiledQuery, Kysely } from 'kysely';
import type { Db } from './database.ts';
import type { Tables } from './tables.ts';

/** The columns of `apiFactsQuery` in their order: a row for each endpoint, or one without any. */
export type ApiFactsRow = [
  id: string,
  account: string,
  project: string | null,
  endpoint: string | null,
  method: string,
  path: string,
  reads: number,
];

/** An API with all its endpoints by one statement, compiled once: its only parameter is the API. */
export function apiFactsQuery(db: Kysely<Tables>): CompiledQuery {
  return db
    .selectFrom('apis as a')
    .leftJoin('endpoints as e', 'e.api_id', 'a.id')
    .select(['a.id', 'a.account_id', 'a.project_id', 'e.id', 'e.method', 'e.path', 'e.reads'])
    .where('a.id', '=', '')
    .compile();
}

export function apiFactsOf(rows: readonly ApiFactsRow[]): ApiFacts | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const [id, account, project] = first;
  const entries = rows.flatMap(([, , , endpoint, method, path, reads]) =>
    endpoint === null ? [] : [{ id: endpoint, method, path, reads: reads === 1 }],
  );
  return Object.freeze({ id, account, project, endpoints: compileEndpoints(entries) });
}

/** Which of these APIs are there: in the account, and in the project where one is given. */
export async function findApis(
  db: Db,
  { account, project }: { account: string; project: string | undefined },
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  let query = db.selectFrom('apis').select('id').where('account_id', '=', account).where('id', 'in', ids);
  if (project !== undefined) query = query.where('project_id', '=', project);
  const rows = await query.execute();
  return new Set(rows.map(({ id }) => id));
}

/** Which of these endpoints are there, by their API. */
export async function findEndpoints(
  db: Db,
  wanted: readonly { api: string; endpoint: string }[],
): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  if (wanted.length === 0) return found;
  const rows = await db
    .selectFrom('endpoints')
    .select(['api_id', 'id'])
    .where('api_id', 'in', [...new Set(wanted.map(({ api }) => api))])
    .where('id', 'in', [...new Set(wanted.map(({ endpoint }) => endpoint))])
    .execute();
  for (const { api_id: api, id } of rows) found.set(api, (found.get(api) ?? new Set()).add(id));
  return found;
}

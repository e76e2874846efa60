import type { Db, Tx } from './database.ts';
import { searchText } from './owners.ts';
import { contains, fetchPage, orderBy, type Page } from './page.ts';

export interface NewApi {
  id: string;
  account: string;
  project: string | null;
  name: string;
  description: string | null;
  createdAt: number;
}

export interface Api extends NewApi {
  /** What stands before the paths of imported documents; null for what they say themselves. */
  basePath: string | null;
  /** How many endpoints it has. */
  endpoints: number;
}

export async function insertApi(tx: Tx, api: NewApi): Promise<void> {
  const { id, account, project, createdAt } = api;
  await tx
    .insertInto('apis')
    .values({ id, account_id: account, project_id: project, base_path: null, created_at: createdAt, ...namedBy(api) })
    .execute();
}

export async function updateApi(
  tx: Tx,
  id: string,
  change: Pick<Api, 'name' | 'description' | 'basePath'>,
): Promise<void> {
  await tx
    .updateTable('apis')
    .set({ ...namedBy(change), base_path: change.basePath })
    .where('id', '=', id)
    .execute();
}

/** Deletes it with its endpoints; no key may hold a grant for it. */
export async function deleteApi(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('apis').where('id', '=', id).execute();
}

/** Which APIs are there for a caller: those of the account, or within it those of one project. */
export interface ApiScope {
  account: string;
  project: string | undefined;
}

export async function getApi(db: Db, scope: ApiScope, id: string): Promise<Api | undefined> {
  const row = await selectApis(db, scope).where('a.id', '=', id).executeTakeFirst();
  return row && apiOf(row);
}

export async function countApis(db: Db, account: string): Promise<number> {
  const row = await db
    .selectFrom('apis')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', account)
    .executeTakeFirstOrThrow();
  return row.count;
}

const SORTS = {
  name: { column: 'a.sort_name', type: 'string' },
  createdAt: { column: 'a.created_at', type: 'number' },
} as const;

export async function listApis(
  db: Db,
  scope: ApiScope,
  filter: { text?: string; sort: string; limit: number; cursor?: string },
): Promise<Page<Api>> {
  let query = selectApis(db, scope);
  if (filter.text) query = query.where(contains('a.search', filter.text));
  const page = await fetchPage(query, orderBy(filter.sort, SORTS, 'a.id', filter));
  return { ...page, items: page.items.map(apiOf) };
}

function selectApis(db: Db, { account, project }: ApiScope) {
  const query = db
    .selectFrom('apis as a')
    .select(['a.id', 'a.account_id', 'a.project_id', 'a.name', 'a.description', 'a.base_path', 'a.created_at'])
    .select(eb =>
      eb
        .selectFrom('endpoints as e')
        .whereRef('e.api_id', '=', 'a.id')
        .select(endpoints => endpoints.fn.countAll<number>().as('count'))
        .as('endpoints'),
    )
    .where('a.account_id', '=', account);
  return project === undefined ? query : query.where('a.project_id', '=', project);
}

function apiOf(row: Awaited<ReturnType<ReturnType<typeof selectApis>['executeTakeFirstOrThrow']>>): Api {
  const { id, name, description } = row;
  return {
    id,
    account: row.account_id,
    project: row.project_id,
    name,
    description,
    basePath: row.base_path,
    createdAt: row.created_at,
    endpoints: row.endpoints ?? 0,
  };
}

function namedBy({ name, description }: Pick<Api, 'name' | 'description'>) {
  return { name, description, sort_name: name.toLowerCase(), search: searchText(name, description) };
}

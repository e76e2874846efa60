import type { Db, Tx } from './database.ts';
import { searchText } from './owners.ts';
import { contains, fetchPage, orderBy, type Page } from './page.ts';

export interface NewProject {
  id: string;
  account: string;
  name: string;
  description: string | null;
  createdAt: number;
}

export interface Project extends NewProject {
  archivedAt: number | null;
  /** How many access keys belong to it. */
  keys: number;
}

export async function insertProject(tx: Tx, project: NewProject): Promise<void> {
  const { id, name, description } = project;
  await tx
    .insertInto('projects')
    .values({
      id,
      account_id: project.account,
      created_at: project.createdAt,
      archived_at: null,
      key_policy: '{}',
      ...namedBy(name, description),
    })
    .execute();
}

export async function updateProject(
  tx: Tx,
  id: string,
  { name, description, archivedAt }: Pick<Project, 'name' | 'description' | 'archivedAt'>,
): Promise<void> {
  await tx
    .updateTable('projects')
    .set({ ...namedBy(name, description), archived_at: archivedAt })
    .where('id', '=', id)
    .execute();
}

/** The project of that id in the account, or undefined; for a foreign one likewise. */
export async function getProject(db: Db, account: string, id: string): Promise<Project | undefined> {
  const row = await selectProjects(db, account).where('p.id', '=', id).executeTakeFirst();
  return row && projectOf(row);
}

export async function getProjects(db: Db, account: string, ids: readonly string[]): Promise<Project[]> {
  const rows = await selectProjects(db, account).where('p.id', 'in', ids).execute();
  return rows.map(projectOf);
}

export async function countProjects(db: Db, account: string): Promise<number> {
  const row = await db
    .selectFrom('projects')
    .select(eb => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', account)
    .executeTakeFirstOrThrow();
  return row.count;
}

export interface ProjectFilter {
  text?: string;
  archived?: boolean;
  sort: string;
  limit: number;
  cursor?: string;
}

const SORTS = {
  name: { column: 'p.sort_name', type: 'string' },
  createdAt: { column: 'p.created_at', type: 'number' },
} as const;

export async function listProjects(db: Db, account: string, filter: ProjectFilter): Promise<Page<Project>> {
  let query = selectProjects(db, account);
  if (filter.archived !== undefined) query = query.where('p.archived_at', filter.archived ? 'is not' : 'is', null);
  if (filter.text) query = query.where(contains('p.search', filter.text));
  const page = await fetchPage(query, orderBy(filter.sort, SORTS, 'p.id', filter));
  return { ...page, items: page.items.map(projectOf) };
}

/** Where a project is looked up for what happens in it: whether it is there, and whether it is archived. */
export async function projectState(db: Db, account: string, id: string): Promise<'active' | 'archived' | undefined> {
  const row = await db
    .selectFrom('projects')
    .select('archived_at')
    .where('account_id', '=', account)
    .where('id', '=', id)
    .executeTakeFirst();
  return row && (row.archived_at === null ? 'active' : 'archived');
}

function selectProjects(db: Db, account: string) {
  return db
    .selectFrom('projects as p')
    .select(['p.id', 'p.account_id', 'p.name', 'p.description', 'p.created_at', 'p.archived_at'])
    .select(eb =>
      eb
        .selectFrom('access_keys as k')
        .whereRef('k.project_id', '=', 'p.id')
        .select(keys => keys.fn.countAll<number>().as('count'))
        .as('keys'),
    )
    .where('p.account_id', '=', account);
}

function projectOf(row: Awaited<ReturnType<ReturnType<typeof selectProjects>['executeTakeFirstOrThrow']>>): Project {
  const { id, name, description } = row;
  return {
    id,
    account: row.account_id,
    name,
    description,
    createdAt: row.created_at,
    archivedAt: row.archived_at,
    keys: row.keys ?? 0,
  };
}

function namedBy(name: string, description: string | null) {
  return { name, description, sort_name: name.toLowerCase(), search: searchText(name, description) };
}

export async function listProjectIds(db: Db, account: string): Promise<string[]> {
  const rows = await db.selectFrom('projects').select('id').where('account_id', '=', account).execute();
  return rows.map(({ id }) => id);
}

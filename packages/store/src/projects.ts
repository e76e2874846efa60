import type { Db, Tx } from './database.ts';

export interface Project {
  id: string;
  account: string;
  name: string;
  description: string | null;
  createdAt: number;
}

export async function insertProject(tx: Tx, project: Project): Promise<void> {
  const { id, name, description } = project;
  await tx
    .insertInto('projects')
    .values({ id, account_id: project.account, name, description, created_at: project.createdAt })
    .execute();
}

export async function hasProject(db: Db, account: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('projects')
    .select('id')
    .where('account_id', '=', account)
    .where('id', '=', id)
    .executeTakeFirst();
  return row !== undefined;
}

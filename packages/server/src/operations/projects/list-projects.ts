import { listProjects as list } from '@keywright/store';
import { callerOf, type ReadHandler } from '../../context.ts';
import { presentProject } from './present-project.ts';

export const listProjects: ReadHandler<'listProjects'> = async (context, input) => {
  const page = await list(context.db, callerOf(context).account, input);
  return { ...page, items: page.items.map(project => presentProject(context.app, project)) };
};

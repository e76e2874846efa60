import { KeywrightError, limits, newId } from '@keywright/core';
import { countProjects, insertProject } from '@keywright/store';
import { callerOf, type Handler } from '../../context.ts';
import { presentProject, projectTarget } from './present-project.ts';

export const createProject: Handler<'createProject'> = async (context, input) => {
  const { app, tx, at } = context;
  const { account } = callerOf(context);
  if ((await countProjects(tx, account)) >= limits.projectsPerAccountMax) {
    throw new KeywrightError('conflict', `An account can have at most ${limits.projectsPerAccountMax} projects.`);
  }
  const made = {
    id: newId('prj', app.random),
    account,
    name: input.name,
    description: input.description ?? null,
    createdAt: at,
  };
  await insertProject(tx, made);
  context.record({ target: projectTarget(made) });
  return presentProject(app, { ...made, archivedAt: null, keys: 0 });
};

import { isDeepStrictEqual } from 'node:util';
import { updateProject as update } from '@keywright/store';
import type { Handler } from '../../context.ts';
import { presentProject, projectById, projectTarget } from './present-project.ts';

export const updateProject: Handler<'updateProject'> = async (context, input) => {
  const before = await projectById(context, input.project);
  const after = {
    ...before,
    name: input.name ?? before.name,
    description: input.description === undefined ? before.description : input.description,
  };
  if (!isDeepStrictEqual(before, after)) {
    await update(context.tx, before.id, after);
    const [from, to] = [before, after].map(({ name, description }) => ({ name, description }));
    context.record({ target: projectTarget(after), details: { from, to } });
  }
  return presentProject(context.app, after);
};

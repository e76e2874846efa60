import type { ReadHandler } from '../../context.ts';
import { presentProject, projectById } from './present-project.ts';

export const getProject: ReadHandler<'getProject'> = async (context, input) =>
  presentProject(context.app, await projectById(context, input.project));

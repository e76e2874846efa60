import type { Handler } from '../../context.ts';
import { switchProject } from './switch-project.ts';

export const unarchiveProject: Handler<'unarchiveProject'> = (context, input) =>
  switchProject(context, input.project, false);

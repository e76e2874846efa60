import type { Handler } from '../../context.ts';
import { switchProject } from './switch-project.ts';

export const archiveProject: Handler<'archiveProject'> = (context, input) =>
  switchProject(context, input.project, true);

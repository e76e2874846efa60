import type { Project } from '@keywright/contract';
import { updateProject } from '@keywright/store';
import { checkUnbound } from '../../callers/check-unbound.ts';
import type { ChangeContext } from '../../context.ts';
import { presentProject, projectById, projectTarget } from './present-project.ts';

/** Archives or unarchives it, and with it all its keys; repeating changes nothing. */
export async function switchProject(context: ChangeContext, id: string, archived: boolean): Promise<Project> {
  const before = await projectById(context, id);
  const after = { ...before, archivedAt: archived ? (before.archivedAt ?? context.at) : null };
  if (after.archivedAt !== before.archivedAt) {
    if (!archived) checkUnbound(context, 'let keys in again');
    await updateProject(context.tx, id, after);
    context.record({ target: projectTarget(before), details: { keys: before.keys } });
  }
  return presentProject(context.app, after);
}

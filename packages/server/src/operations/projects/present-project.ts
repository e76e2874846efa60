import type { Project } from '@keywright/contract';
import { KeywrightError } from '@keywright/core';
import { getProject, type Project as StoredProject } from '@keywright/store';
import type { App } from '../../app.ts';
import { callerOf, type ReadContext } from '../../context.ts';
import { timeText } from '../../times.ts';

export function presentProject(app: App, project: StoredProject): Project {
  const { id, name, description, keys, createdAt, archivedAt } = project;
  const endpoint = `${app.origin()}/v1/projects/${id}`;
  const links = { accessKeys: `${endpoint}/access-keys`, members: `${endpoint}/members`, apis: `${endpoint}/apis` };
  const state = archivedAt === null ? 'active' : 'archived';
  return { id, name, description, state, keys, createdAt: timeText(createdAt), endpoint, links };
}

export async function projectById(context: ReadContext, id: string): Promise<StoredProject> {
  const project = await getProject(context.db, callerOf(context).account, id);
  if (project === undefined) throw new KeywrightError('not_found', `There is no project ${id}.`);
  return project;
}

export function projectTarget(project: { id: string; name: string }) {
  return { kind: 'project', id: project.id, name: project.name };
}

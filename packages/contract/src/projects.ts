import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import { received, waiting } from './receipts.ts';

export const project = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    state: z.enum(['active', 'archived']),
    keys: z.int().meta({ description: 'How many access keys belong to it.' }),
    createdAt: f.timeOut,
    endpoint: z.string().meta({ description: 'Where its own keys, members and APIs are, and where its keys work.' }),
    links: z
      .object({ accessKeys: z.string(), members: z.string(), apis: z.string() })
      .meta({ id: 'ProjectLinks', description: 'What stands below its endpoint.' }),
    ...received,
  })
  .meta({ id: 'Project', description: 'A part of the account with its own endpoint; its keys work only there.' });

const one = {
  noun: 'projects',
  right: 'directory:change',
  input: z.strictObject({ project: f.projectId }),
  output: project,
} as const;

export const createProject = operation({
  ...one,
  name: 'createProject',
  summary: 'Create a project',
  method: 'POST',
  path: '/projects',
  cli: 'projects create',
  creates: true,
  input: z.strictObject({ name: f.personName, description: f.description.optional() }),
  errors: ['conflict'],
});

export const listProjects = operation({
  ...one,
  name: 'listProjects',
  summary: 'List projects',
  method: 'GET',
  path: '/projects',
  cli: 'projects list',
  right: 'directory:see',
  input: z.strictObject({
    text: f.search,
    archived: z.boolean().optional().meta({ description: 'true for archived ones only, false for all others.' }),
    sort: z
      .enum(['name', '-name', 'createdAt', '-createdAt'])
      .default('name')
      .meta({ description: f.SORT_DESCRIPTION }),
    ...f.paging,
  }),
  output: f.pageOf(project, 'ProjectPage'),
  errors: [],
});

export const getProject = operation({
  ...one,
  name: 'getProject',
  summary: 'Get one project',
  description: 'This address is the endpoint of the project: the keys of the project work here and below it.',
  method: 'GET',
  path: '/projects/{project}',
  cli: 'projects get',
  right: 'directory:see',
  errors: ['not_found'],
});

export const updateProject = operation({
  ...one,
  name: 'updateProject',
  summary: 'Change a project',
  description: 'Name and description. What is left out stays.',
  method: 'PATCH',
  path: '/projects/{project}',
  cli: 'projects edit',
  input: z.strictObject({
    project: f.projectId,
    name: f.personName.optional(),
    description: f.description.optional(),
  }),
  errors: ['not_found'],
});

export const archiveProject = operation({
  ...one,
  name: 'archiveProject',
  summary: 'Archive a project',
  description: 'Its access keys stop working at once, and nothing changes below its endpoint until it is unarchived.',
  method: 'POST',
  path: '/projects/{project}/archive',
  cli: 'projects archive',
  input: z.strictObject({ project: f.projectId, ...waiting }),
  errors: ['not_found'],
});

export const unarchiveProject = operation({
  ...one,
  name: 'unarchiveProject',
  summary: 'Unarchive a project',
  description: 'Its access keys work again, but for those that were deactivated or have expired.',
  method: 'POST',
  path: '/projects/{project}/unarchive',
  cli: 'projects unarchive',
  input: z.strictObject({ project: f.projectId, ...waiting }),
  errors: ['not_found', 'broader_key'],
});

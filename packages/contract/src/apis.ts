import { limits, whyNotTemplate } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import { received, waiting } from './receipts.ts';

export const ENDPOINT_METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'] as const;

export const api = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    project: z.string().nullable().meta({ description: 'The project whose keys work there; null for keys of none.' }),
    builtIn: z.boolean().meta({ description: 'The management API of Keywright itself: it can not be changed.' }),
    basePath: z
      .string()
      .nullable()
      .meta({ description: 'What stands before the paths of an imported document; null for what the document says.' }),
    endpoints: z.int().meta({ description: 'How many endpoints it has.' }),
    createdAt: f.timeOut.nullable(),
  })
  .meta({ id: 'Api', description: 'Something that keys give access to.' });

const apiDetail = api
  .extend({
    tags: z
      .array(z.object({ tag: z.string().nullable(), endpoints: z.int() }))
      .meta({ description: 'The groups of its endpoints, by name; the last is null, for those without one.' }),
  })
  .meta({ id: 'ApiDetail' });

export const endpoint = z
  .object({
    id: z.string().meta({
      description: 'Method and path with each parameter as `{}`: what grants name.',
      examples: ['GET /orders/{}'],
    }),
    method: z.string(),
    path: z.string().meta({ examples: ['/orders/{order}'] }),
    reads: z.boolean().meta({ description: 'Whether a call of it only reads.' }),
    name: z.string().nullable(),
    summary: z.string().nullable(),
    tag: z.string().nullable(),
    ...received,
  })
  .meta({ id: 'Endpoint', description: 'A method and a path template of an API.' });

const one = { noun: 'apis', right: 'directory:change', output: apiDetail } as const;
const apiOnly = z.strictObject({ api: f.apiId });

export const createApi = operation({
  ...one,
  name: 'createApi',
  summary: 'Create an API',
  description: 'It begins without endpoints: import a document, or enter them by hand.',
  method: 'POST',
  path: '/apis',
  cli: 'apis create',
  creates: true,
  input: z.strictObject({
    name: f.personName,
    description: f.description.optional(),
    project: f.projectId
      .nullable()
      .optional()
      .meta({ description: 'The project whose keys work there; it can not be changed later.' }),
  }),
  errors: ['conflict'],
});

export const listApis = operation({
  ...one,
  name: 'listApis',
  summary: 'List APIs',
  description: 'The built-in API `keywright` stands first, but for lists of one project by `project`.',
  method: 'GET',
  path: '/apis',
  cli: 'apis list',
  right: 'directory:see',
  inProject: true,
  input: z.strictObject({
    text: f.search,
    project: f.projectId.optional().meta({ description: 'Only those of this project.' }),
    sort: z
      .enum(['name', '-name', 'createdAt', '-createdAt'])
      .default('name')
      .meta({ description: f.SORT_DESCRIPTION }),
    ...f.paging,
  }),
  output: f.pageOf(api, 'ApiPage'),
  errors: [],
});

export const getApi = operation({
  ...one,
  name: 'getApi',
  summary: 'Get one API',
  method: 'GET',
  path: '/apis/{api}',
  cli: 'apis get',
  right: 'directory:see',
  inProject: true,
  input: apiOnly,
  errors: ['not_found'],
});

export const updateApi = operation({
  ...one,
  name: 'updateApi',
  summary: 'Change an API',
  description: 'Name and description. What is left out stays.',
  method: 'PATCH',
  path: '/apis/{api}',
  cli: 'apis edit',
  input: z.strictObject({ api: f.apiId, name: f.personName.optional(), description: f.description.optional() }),
  errors: ['not_found', 'conflict', 'broader_key'],
});

export const deleteApi = operation({
  ...one,
  name: 'deleteApi',
  summary: 'Delete an API',
  description: 'For good, with its endpoints. No access key may hold a grant for it any more.',
  method: 'DELETE',
  path: '/apis/{api}',
  cli: 'apis delete',
  input: z.strictObject({ api: f.apiId, ...waiting }),
  output: f.done,
  errors: ['not_found', 'conflict', 'broader_key'],
});

const said = {
  reads: z
    .boolean()
    .optional()
    .meta({ description: 'Whether a call of it only reads; without it GET, HEAD and OPTIONS do.' }),
  name: f.line(limits.endpointNameCharsMax).optional(),
  summary: f.line(limits.endpointSummaryCharsMax).optional(),
  tag: f.line(limits.endpointTagCharsMax).optional().meta({ description: 'The group in which it is shown.' }),
};

export const listEndpoints = operation({
  ...one,
  name: 'listEndpoints',
  noun: 'endpoints',
  summary: 'List the endpoints of an API',
  description: 'By path.',
  method: 'GET',
  path: '/apis/{api}/endpoints',
  cli: 'endpoints list',
  right: 'directory:see',
  inProject: true,
  input: z.strictObject({
    api: f.apiId,
    text: f.search,
    tag: f
      .text(0, limits.endpointTagCharsMax)
      .optional()
      .meta({ description: 'Only those of this group; empty for those of none.' }),
    method: z.enum(ENDPOINT_METHODS).optional().meta({ description: 'Only those with this method.' }),
    reads: z.boolean().optional().meta({ description: 'Only those that read, or only those that write.' }),
    ...f.paging,
  }),
  output: f.pageOf(endpoint, 'EndpointPage'),
  errors: ['not_found'],
});

export const createEndpoint = operation({
  ...one,
  name: 'createEndpoint',
  noun: 'endpoints',
  summary: 'Create an endpoint',
  method: 'POST',
  path: '/apis/{api}/endpoints',
  cli: 'endpoints create',
  creates: true,
  input: z.strictObject({
    api: f.apiId,
    method: z.enum(ENDPOINT_METHODS),
    path: z
      .string()
      .max(limits.templateCharsMax)
      .superRefine((path, context) => {
        const message = whyNotTemplate(path);
        if (message !== undefined) context.addIssue({ code: 'custom', message });
      })
      .meta({ description: 'The path, with parameters in braces.', examples: ['/orders/{order}'] }),
    ...said,
    ...waiting,
  }),
  output: endpoint,
  errors: ['not_found', 'conflict', 'broader_key'],
});

export const updateEndpoint = operation({
  ...one,
  name: 'updateEndpoint',
  noun: 'endpoints',
  summary: 'Change an endpoint',
  description:
    'Whether it reads decides what keys that only read may call; importing a document again leaves that as it was set here.',
  method: 'PATCH',
  path: '/apis/{api}/endpoints/{endpoint}',
  cli: 'endpoints edit',
  input: z.strictObject({ api: f.apiId, endpoint: f.endpointId, ...said, ...waiting }),
  output: endpoint,
  errors: ['not_found', 'conflict', 'broader_key'],
});

export const deleteEndpoint = operation({
  ...one,
  name: 'deleteEndpoint',
  noun: 'endpoints',
  summary: 'Delete an endpoint',
  description: 'For good. No access key may hold a grant for it any more, or could call more without it.',
  method: 'DELETE',
  path: '/apis/{api}/endpoints/{endpoint}',
  cli: 'endpoints delete',
  input: z.strictObject({ api: f.apiId, endpoint: f.endpointId, ...waiting }),
  output: f.done,
  errors: ['not_found', 'conflict', 'broader_key'],
});

const removeGranted = z
  .boolean()
  .default(false)
  .meta({ description: 'Also take what is removed out of the grants of the keys that hold it.' });
const widen = z.boolean().default(false).meta({ description: 'Also when keys can call more afterwards than before.' });

const lines = <Item extends z.ZodType>(item: Item, what: string) =>
  z
    .object({ count: z.int(), items: z.array(item) })
    .meta({ description: `${what} The first ${limits.differenceLinesMax} of them.` });

/** What an import does, or would do. */
export const difference = z
  .object({
    applied: z.boolean(),
    title: z.string().nullable().meta({ description: 'What the document calls the API.' }),
    version: z.string().nullable(),
    basePath: z.string().meta({ description: 'What stands before the paths; empty for nothing.' }),
    endpoints: z.int().meta({ description: 'How many the API has afterwards.' }),
    added: lines(endpoint, 'New endpoints.'),
    changed: lines(
      endpoint.extend({ fields: z.array(z.enum(['path', 'name', 'summary', 'tag'])) }),
      'Endpoints of which a text changes.',
    ),
    removed: lines(endpoint, 'Endpoints that are no longer in the document.'),
    widened: lines(
      z.object({ endpoint: z.string(), why: z.string() }),
      'What keys could call afterwards that they can not call now.',
    ),
    skipped: lines(z.object({ path: z.string(), why: z.string() }), 'Paths that can not be matched safely.'),
    keys: lines(
      z.object({ key: z.string(), name: z.string().nullable(), endpoints: z.int() }),
      'Access keys that hold grants for endpoints that are removed, and for how many.',
    ),
    ...received,
  })
  .meta({ id: 'ImportDifference', description: 'What changes with an imported document.' });

export const importApi = operation({
  ...one,
  name: 'importApi',
  summary: 'Import an OpenAPI document',
  description:
    'Makes the endpoints of the API those of an OpenAPI document (3.0 or 3.1, JSON or YAML), and answers the difference. Nothing changes without `apply`. No grant is dropped or widened unless that is asked for. On the command line: `keywright apis import <file>`.',
  method: 'POST',
  path: '/apis/{api}/import',
  bodyBytesMax: limits.openapiBodyBytesMax,
  input: z
    .strictObject({
      api: f.apiId,
      document: z.string().max(limits.openapiBytesMax).optional().meta({ description: 'The text of the document.' }),
      url: f
        .text(1, 2000)
        .optional()
        .meta({ description: 'Where to get the document: http or https, at a public address.' }),
      files: z
        .record(z.string().min(1).max(200), z.string().max(limits.openapiBytesMax))
        .optional()
        .meta({ description: 'Texts of files to which the document refers, by their paths relative to it.' }),
      basePath: z
        .string()
        .max(200)
        .regex(/^(\/[!-~]*)?$/, { error: 'must begin with a slash, such as /v2, or be empty' })
        .optional()
        .meta({
          description:
            'What to put before the paths, from now on; empty for nothing. Without it: the path of the first server in the document.',
          examples: ['/v2'],
        }),
      apply: z
        .boolean()
        .default(false)
        .meta({ description: 'Make the change. Without it only the difference is answered.' }),
      removeGranted,
      widen,
      ...waiting,
    })
    .refine(input => input.document !== undefined || input.url !== undefined, {
      error: 'give either document or url',
      path: ['document'],
    })
    .refine(input => input.document === undefined || input.url === undefined, {
      error: 'stands in place of the document: give one of the two',
      path: ['url'],
    })
    // What the two refinements say, for those who read the schema only.
    .meta({ oneOf: [{ required: ['document'] }, { required: ['url'] }] }),
  output: difference,
  errors: ['not_found', 'conflict', 'broader_key'],
});

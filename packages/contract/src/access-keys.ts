import { NOTICE_KINDS } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import { received, waiting } from './receipts.ts';
import * as useLimits from './use-limits.ts';

export const accessKey = z
  .object({
    key: z.string(),
    name: z.string().nullable(),
    description: z.string().nullable(),
    state: f.keyState,
    enabled: z.boolean(),
    permission: f.permission,
    grants: z.record(z.string(), z.union([z.enum(['read_only', 'read_write']), z.array(z.string())])),
    owner: f.party,
    creator: f.party,
    project: z.string().nullable(),
    createdAt: f.timeOut,
    expiresAt: f.timeOut.nullable(),
    notBefore: f.timeOut.nullable(),
    networks: z.array(z.string()),
    tags: z.array(z.string()),
    ...useLimits.shown,
    legacy: z.boolean(),
    lastUsed: z
      .object({
        at: f.timeOut,
        address: z.string().nullable(),
        userAgent: z.string().nullable(),
        api: z.string().nullable(),
      })
      .nullable()
      .meta({ id: 'LastUsed', description: 'When and by what the key was last used; null when never.' }),
    notice: z
      .object({
        kind: z.enum(NOTICE_KINDS),
        noticedAt: f.timeOut,
        deactivatesAt: f.timeOut.nullable(),
        expiresAt: f.timeOut.nullable(),
      })
      .nullable()
      .meta({
        id: 'KeyNotice',
        description:
          'What the owner was told: the key will be deactivated when it stays unused (`idle`), or is `expiring`.',
      }),
    ...received,
  })
  .meta({ id: 'AccessKey', description: 'An access key, without its secret.' });

/** A new key with its secret: the only answer that ever holds it. */
const newAccessKey = accessKey
  .extend({
    secret: z
      .string()
      .meta({ description: 'Shown this one time. Goes with the key as username and password (Basic).' }),
    token: z.string().meta({ description: 'Key and secret in one string, for Bearer and X-API-Key.' }),
  })
  .meta({ id: 'NewAccessKey' });

const usedDays = z
  .array(z.object({ day: z.string(), count: z.int() }))
  .meta({ description: 'Uses on each of the last 30 days (UTC) on which there were any.' });
const accessKeyDetail = accessKey.extend({ usedDays }).meta({ id: 'AccessKeyDetail' });

const editable = {
  name: f.optionalName.optional(),
  description: f.description.optional(),
  permission: f.permission.optional(),
  grants: f.grants.optional(),
  expiresAt: f.instant.nullable().optional().meta({ description: 'When it stops working; null for never.' }),
  notBefore: f.instant.nullable().optional().meta({ description: 'From when on it works; null for at once.' }),
  networks: f.networks.optional(),
  tags: f.tags.optional(),
  ...useLimits.optional,
};

export const createAccessKey = operation({
  name: 'createAccessKey',
  inProject: true,
  noun: 'access keys',
  summary: 'Create an access key',
  description:
    'Nothing is required. The secret is in this answer and nowhere else. Without `owner` the key is your own.',
  method: 'POST',
  path: '/access-keys',
  cli: 'keys create',
  right: 'keys:change',
  creates: true,
  showsSecret: true,
  input: z.strictObject({ ...editable, owner: f.ownerId.optional(), project: f.projectId.nullable().optional() }),
  output: newAccessKey,
  errors: ['key_limit_reached', 'broader_key', 'conflict', 'not_found'],
});

export const KEY_SORTS = ['-createdAt', 'createdAt', 'name', '-name', '-lastUsed', 'lastUsed'] as const;

export const listAccessKeys = operation({
  name: 'listAccessKeys',
  inProject: true,
  noun: 'access keys',
  summary: 'List access keys',
  description: 'Those of all owners for administrators, your own for everybody else.',
  method: 'GET',
  path: '/access-keys',
  cli: 'keys list',
  right: 'keys:see',
  input: z.strictObject({
    owner: f.ownerId.optional(),
    state: f.keyState.optional(),
    text: f.search,
    project: f.projectId.optional(),
    unusedSince: f.instant.optional().meta({ description: 'Only those not used since then, or never.' }),
    sort: z
      .enum(KEY_SORTS)
      .default('-createdAt')
      .meta({
        description: `${f.SORT_DESCRIPTION} A key that is in use together with hundreds of others may stand up to ten minutes too early by its last use.`,
      }),
    ...f.paging,
  }),
  output: f.pageOf(accessKey, 'AccessKeyPage'),
  errors: [],
});

export const getAccessKey = operation({
  name: 'getAccessKey',
  inProject: true,
  noun: 'access keys',
  summary: 'Get one access key',
  method: 'GET',
  path: '/access-keys/{key}',
  cli: 'keys get',
  right: 'keys:see',
  input: z.strictObject({ key: f.key }),
  output: accessKeyDetail,
  errors: ['not_found'],
});

export const updateAccessKey = operation({
  name: 'updateAccessKey',
  inProject: true,
  noun: 'access keys',
  summary: 'Change an access key',
  description:
    'Name, description, permission, restrictions and limits. What is left out stays. The key and its secret never change. Whoever is no administrator can make limits tighter only.',
  method: 'PATCH',
  path: '/access-keys/{key}',
  cli: 'keys edit',
  right: 'keys:change',
  input: z.strictObject({
    key: f.key,
    ...editable,
    enabled: z.boolean().optional().meta({ description: 'false deactivates, true activates.' }),
    ...waiting,
  }),
  output: accessKey,
  errors: ['not_found', 'broader_key'],
});

const change = {
  right: 'keys:change',
  noun: 'access keys',
  input: z.strictObject({ key: f.key, ...waiting }),
} as const;

export const deactivateAccessKey = operation({
  ...change,
  name: 'deactivateAccessKey',
  inProject: true,
  summary: 'Deactivate an access key',
  description: 'It stops working at once. Activating it brings it back.',
  method: 'POST',
  path: '/access-keys/{key}/deactivate',
  cli: 'keys deactivate',
  output: accessKey,
  errors: ['not_found'],
});

export const activateAccessKey = operation({
  ...change,
  name: 'activateAccessKey',
  inProject: true,
  summary: 'Activate an access key',
  method: 'POST',
  path: '/access-keys/{key}/activate',
  cli: 'keys activate',
  output: accessKey,
  errors: ['not_found', 'broader_key'],
});

export const deleteAccessKey = operation({
  ...change,
  name: 'deleteAccessKey',
  inProject: true,
  summary: 'Delete an access key',
  description: 'For good. Where the key policy says so, only an inactive key can be deleted.',
  method: 'DELETE',
  path: '/access-keys/{key}',
  cli: 'keys delete',
  output: f.done,
  errors: ['not_found', 'conflict'],
});

import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import { received, waiting } from './receipts.ts';
import * as useLimits from './use-limits.ts';

export const serviceAccount = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    role: f.serviceRole,
    state: z.enum(['active', 'inactive']),
    keys: z.int().meta({ description: 'How many access keys it owns.' }),
    createdAt: f.timeOut,
    ...useLimits.shown,
    ...received,
  })
  .meta({ id: 'ServiceAccount', description: 'An owner of keys that is no person, and outlives people.' });

const one = {
  noun: 'service accounts',
  right: 'directory:change',
  input: z.strictObject({ serviceAccount: f.serviceAccountId, ...waiting }),
  output: serviceAccount,
} as const;

export const createServiceAccount = operation({
  ...one,
  name: 'createServiceAccount',
  summary: 'Create a service account',
  method: 'POST',
  path: '/service-accounts',
  cli: 'service-accounts create',
  creates: true,
  input: z.strictObject({
    name: f.personName,
    description: f.description.optional(),
    role: f.serviceRole.default('member'),
    ...useLimits.optional,
  }),
  errors: [],
});

export const listServiceAccounts = operation({
  ...one,
  name: 'listServiceAccounts',
  summary: 'List service accounts',
  method: 'GET',
  path: '/service-accounts',
  cli: 'service-accounts list',
  right: 'directory:see',
  input: z.strictObject({
    text: f.search,
    sort: z
      .enum(['name', '-name', 'createdAt', '-createdAt'])
      .default('name')
      .meta({ description: f.SORT_DESCRIPTION }),
    ...f.paging,
  }),
  output: f.pageOf(serviceAccount, 'ServiceAccountPage'),
  errors: [],
});

export const getServiceAccount = operation({
  ...one,
  name: 'getServiceAccount',
  summary: 'Get one service account',
  method: 'GET',
  path: '/service-accounts/{serviceAccount}',
  cli: 'service-accounts get',
  right: 'directory:see',
  input: z.strictObject({ serviceAccount: f.serviceAccountId }),
  errors: ['not_found'],
});

export const updateServiceAccount = operation({
  ...one,
  name: 'updateServiceAccount',
  summary: 'Change a service account',
  method: 'PATCH',
  path: '/service-accounts/{serviceAccount}',
  cli: 'service-accounts edit',
  input: z.strictObject({
    serviceAccount: f.serviceAccountId,
    name: f.personName.optional(),
    description: f.description.optional(),
    role: f.serviceRole.optional(),
    ...useLimits.optional,
    ...waiting,
  }),
  errors: ['not_found', 'broader_key'],
});

export const deactivateServiceAccount = operation({
  ...one,
  name: 'deactivateServiceAccount',
  summary: 'Deactivate a service account',
  description: 'Stops all its access keys at once.',
  method: 'POST',
  path: '/service-accounts/{serviceAccount}/deactivate',
  cli: 'service-accounts deactivate',
  errors: ['not_found'],
});

export const activateServiceAccount = operation({
  ...one,
  name: 'activateServiceAccount',
  summary: 'Activate a service account',
  method: 'POST',
  path: '/service-accounts/{serviceAccount}/activate',
  cli: 'service-accounts activate',
  errors: ['not_found', 'broader_key'],
});

export const deleteServiceAccount = operation({
  ...one,
  name: 'deleteServiceAccount',
  summary: 'Delete a service account',
  description: 'For good. It must not own access keys any more.',
  method: 'DELETE',
  path: '/service-accounts/{serviceAccount}',
  cli: 'service-accounts delete',
  output: f.done,
  errors: ['not_found', 'conflict'],
});

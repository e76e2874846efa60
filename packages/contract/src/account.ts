import { limits } from '@keywright/core';
import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';

const account = z.object({ id: z.string(), name: z.string(), createdAt: f.timeOut }).meta({ id: 'Account' });

export const getAccount = operation({
  name: 'getAccount',
  noun: 'account',
  summary: 'Get the account',
  method: 'GET',
  path: '/account',
  cli: 'account get',
  right: 'directory:see',
  input: z.strictObject({}),
  output: account,
  errors: [],
});

export const updateAccount = operation({
  name: 'updateAccount',
  noun: 'account',
  summary: 'Rename the account',
  method: 'PATCH',
  path: '/account',
  cli: 'account edit',
  right: 'directory:change',
  input: z.strictObject({ name: f.personName }),
  output: account,
  errors: [],
});

export const keyPolicy = z
  .object({
    keysPerOwnerMax: z
      .int()
      .min(1)
      .max(limits.keysPerOwnerMax)
      .nullable()
      .meta({ description: 'How many keys one owner can have, deactivated ones included; null for no limit.' }),
    deleteRequiresInactive: z.boolean().meta({ description: 'Whether only an inactive key can be deleted.' }),
    nameRequired: z.boolean().meta({ description: 'Whether each key must have a name.' }),
    lifetimeDaysMax: z.int().min(1).max(limits.lifetimeDaysMax).nullable().meta({
      description:
        'How many days a key can live; null for no limit. A new key without an expiry gets the latest one allowed.',
    }),
    tokenPrefix: f.tokenPrefix,
  })
  .meta({
    id: 'KeyPolicy',
    description:
      'The rules of the account for its access keys. They hold for new keys and changes; existing keys go on working.',
  });

export const getKeyPolicy = operation({
  name: 'getKeyPolicy',
  noun: 'key policy',
  summary: 'Get the key policy',
  method: 'GET',
  path: '/key-policy',
  cli: 'policy get',
  right: 'directory:see',
  input: z.strictObject({}),
  output: keyPolicy,
  errors: [],
});

export const updateKeyPolicy = operation({
  name: 'updateKeyPolicy',
  noun: 'key policy',
  summary: 'Change the key policy',
  description: 'What is left out stays. Existing keys are never stopped by it.',
  method: 'PATCH',
  path: '/key-policy',
  cli: 'policy edit',
  right: 'directory:change',
  input: z.strictObject(keyPolicy.partial().shape),
  output: keyPolicy,
  errors: [],
});

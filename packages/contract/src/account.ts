import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import { received, waiting } from './receipts.ts';
import * as useLimits from './use-limits.ts';

/** Which account, where only its id and name matter. */
export const accountName = z.object({ id: z.string(), name: z.string() }).meta({ id: 'AccountName' });

export const account = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(['active', 'inactive']),
    managedBy: accountName
      .nullable()
      .meta({ description: 'The account whose owners and administrators act as administrators here.' }),
    createdAt: f.timeOut,
    ...useLimits.shown,
    ...received,
  })
  .meta({ id: 'Account' });

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
  summary: 'Change the account',
  description:
    'Its name, and the limits that hold for all its access keys together. What is left out stays. The limits of a managed account are set by those who act in it from above; its own administrators can make them tighter only.',
  method: 'PATCH',
  path: '/account',
  cli: 'account edit',
  right: 'directory:change',
  input: z.strictObject({ name: f.personName.optional(), ...useLimits.optional, ...waiting }),
  output: account,
  errors: ['broader_key'],
});

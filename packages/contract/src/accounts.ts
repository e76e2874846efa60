import { z } from 'zod';
import { account } from './account.ts';
import * as f from './fields.ts';
import { operation } from './operation.ts';
import { waiting } from './receipts.ts';

/** An account in which the caller can act, and as what. */
export const reachedAccount = account
  .extend({
    role: f.role.meta({ description: 'What the caller may do there.' }),
    way: z.enum(['member', 'managed']).meta({
      description: 'Whether the caller is of the account, or acts there because an account of theirs manages it.',
    }),
    depth: z.int().meta({ description: "How many levels below the caller's account it lies; 0 for their own." }),
  })
  .meta({ id: 'ReachedAccount' });

const one = {
  noun: 'accounts',
  right: 'accounts:manage',
  input: z.strictObject({ account: f.accountId, ...waiting }),
  output: account,
  errors: ['not_found'],
} as const;

export const createManagedAccount = operation({
  name: 'createManagedAccount',
  noun: 'accounts',
  summary: 'Create a managed account',
  description:
    'An account of its own below this one: owners and administrators of this account act in it as administrators. It can manage accounts in turn, up to three levels below the first.',
  method: 'POST',
  path: '/accounts',
  cli: 'accounts create',
  right: 'accounts:manage',
  creates: true,
  input: z.strictObject({ name: f.personName }),
  output: account,
  errors: ['conflict'],
});

export const listAccounts = operation({
  name: 'listAccounts',
  noun: 'accounts',
  summary: 'List the accounts in which you can act',
  description:
    'Your own and, for owners and administrators, all that they manage. To act in one, name it in the header Keywright-Account.',
  method: 'GET',
  path: '/accounts',
  cli: 'accounts list',
  right: 'caller',
  input: z.strictObject({
    text: f.search,
    sort: z
      .enum(['name', '-name', 'createdAt', '-createdAt'])
      .default('name')
      .meta({ description: f.SORT_DESCRIPTION }),
    ...f.paging,
  }),
  output: f.pageOf(reachedAccount, 'AccountPage'),
  errors: [],
});

export const deactivateAccount = operation({
  ...one,
  name: 'deactivateAccount',
  summary: 'Deactivate a managed account',
  description:
    'Refuses all its access keys and its members at once. Accounts that it manages go on; its managers can still act in it.',
  method: 'POST',
  path: '/accounts/{account}/deactivate',
  cli: 'accounts deactivate',
});

export const activateAccount = operation({
  ...one,
  name: 'activateAccount',
  summary: 'Activate a managed account',
  method: 'POST',
  path: '/accounts/{account}/activate',
  cli: 'accounts activate',
  errors: ['not_found', 'broader_key'],
});

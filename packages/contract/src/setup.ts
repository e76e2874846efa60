import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';

export const getSetup = operation({
  name: 'getSetup',
  noun: 'setup',
  summary: 'Is the server set up?',
  method: 'GET',
  path: '/setup',
  right: 'public',
  input: z.strictObject({}),
  output: z
    .object({
      needed: z.boolean(),
      openAccess: z.boolean().meta({
        description:
          'Whether everybody on this machine may do everything without signing in (started with --open-access).',
      }),
      version: z.string(),
    })
    .meta({ id: 'Setup' }),
  errors: [],
});

export const setUp = operation({
  name: 'setUp',
  noun: 'setup',
  summary: 'Set up the server',
  description:
    'Makes the account and its first owner. Needs the one-time token of the link that the server printed at its start.',
  method: 'POST',
  path: '/setup',
  right: 'public',
  input: z.strictObject({
    token: z.string().max(100).meta({ description: 'The token at the end of the printed link.' }),
    account: f.personName.optional().meta({ description: 'The name of the account.' }),
    name: f.personName,
    email: f.email,
    password: f.password,
  }),
  output: z.object({ account: z.string(), member: z.string() }).meta({ id: 'SetUp' }),
  errors: ['gone', 'too_many_attempts'],
});

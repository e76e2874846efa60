import { z } from 'zod';
import * as f from './fields.ts';
import { operation } from './operation.ts';

const profile = z
  .object({
    member: z.string(),
    name: z.string(),
    email: z.string(),
    role: f.role,
    account: z.object({ id: z.string(), name: z.string() }),
    createdAt: f.timeOut,
  })
  .meta({ id: 'Profile' });

const session = z
  .object({
    id: z.string(),
    current: z.boolean(),
    createdAt: f.timeOut,
    lastSeenAt: f.timeOut,
    expiresAt: f.timeOut,
    address: z.string().nullable(),
    userAgent: z.string().nullable(),
  })
  .meta({ id: 'Session' });

const mine = { noun: 'profile', sessionOnly: true } as const;

export const getProfile = operation({
  ...mine,
  name: 'getProfile',
  summary: 'Get your profile',
  method: 'GET',
  path: '/profile',
  right: 'profile:see',
  input: z.strictObject({}),
  output: profile,
  errors: [],
});

export const updateProfile = operation({
  ...mine,
  name: 'updateProfile',
  summary: 'Change your name',
  method: 'PATCH',
  path: '/profile',
  right: 'profile:change',
  input: z.strictObject({ name: f.personName }),
  output: profile,
  errors: [],
});

export const changePassword = operation({
  ...mine,
  name: 'changePassword',
  summary: 'Change your password',
  description: 'Signs you out on all other devices.',
  method: 'POST',
  path: '/profile/password',
  right: 'profile:change',
  input: z.strictObject({ currentPassword: z.string().max(1000), newPassword: f.password }),
  output: f.done,
  errors: ['too_many_attempts'],
});

export const listSessions = operation({
  ...mine,
  name: 'listSessions',
  summary: 'List your sessions',
  method: 'GET',
  path: '/profile/sessions',
  right: 'profile:see',
  input: z.strictObject({}),
  output: z.object({ items: z.array(session) }).meta({ id: 'Sessions' }),
  errors: [],
});

export const revokeSession = operation({
  ...mine,
  name: 'revokeSession',
  summary: 'Sign out one of your sessions',
  method: 'DELETE',
  path: '/profile/sessions/{session}',
  right: 'profile:change',
  input: z.strictObject({ session: f.sessionId }),
  output: f.done,
  errors: ['not_found'],
});

export const revokeSessions = operation({
  ...mine,
  name: 'revokeSessions',
  summary: 'Sign out everywhere',
  description: 'Ends all your sessions, this one included.',
  method: 'DELETE',
  path: '/profile/sessions',
  right: 'profile:change',
  input: z.strictObject({}),
  output: z.object({ revoked: z.int() }).meta({ id: 'RevokedSessions' }),
  errors: [],
});

export const whoami = operation({
  name: 'whoami',
  inProject: true,
  noun: 'whoami',
  summary: 'Who am I?',
  description: 'Who the caller is: a signed-in member, or the access key and its owner.',
  method: 'GET',
  path: '/whoami',
  cli: 'whoami',
  right: 'caller',
  input: z.strictObject({}),
  output: z
    .object({
      via: z.enum(['session', 'access_key', 'open_access']),
      account: z.object({ id: z.string(), name: z.string() }),
      home: z
        .object({ id: z.string(), name: z.string() })
        .nullable()
        .meta({ description: 'The account that the caller is of, when they act in one that it manages.' }),
      owner: f.party,
      role: f.role,
      key: z.string().nullable(),
      keyName: z.string().nullable(),
      permission: f.permission,
      expiresAt: f.timeOut.nullable(),
    })
    .meta({ id: 'Whoami' }),
  errors: [],
});
